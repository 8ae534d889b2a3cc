import { type ErrorKind, GatewayError } from '../errors.ts'
import { nextPacificMidnight } from './day.ts'
import { CONSEQUENCES, type Cooldown, type Fault, type Scope } from './faults.ts'
import type { GeminiKey } from './source.ts'

/** What a request needs a key for. */
export interface Need {
  /** Requests that share it prefer the same project, for its prompt cache. */
  affinity: string
  /** Empty where no model is involved. */
  model: string
  /** The only project that will do: it owns what the request names. */
  project?: string | undefined
  /** Projects and keys that this request has tried already. */
  tried: ReadonlySet<string>
}

interface Rest {
  until: number
  kind: ErrorKind
}

/** Which key next, and what a fault does to it. State: the cooldowns this environment knows of. */
export interface Pool {
  /** Undefined when nothing usable is left to try. */
  choose(keys: readonly GeminiKey[], need: Need, now: number): GeminiKey | undefined
  mark(key: GeminiKey, model: string, fault: Fault, now: number): void
  /** Why nothing is left: the first row of the error table that holds for any project. */
  exhaustion(keys: readonly GeminiKey[], model: string, now: number): GatewayError
}

const DEFAULT_HINT = 15

export const keyPool = ({ random }: { random(): number }): Pool => {
  const rests = new Map<string, Rest>()
  const turns = new Map<string, number>()

  const restOf = (scope: string, now: number): Rest | undefined => {
    const rest = rests.get(scope)
    if (rest && rest.until <= now) rests.delete(scope)
    return rest && rest.until > now ? rest : undefined
  }
  const resting = (key: GeminiKey, model: string, now: number): Rest | undefined =>
    restOf(scopeName('key', key, model), now) ??
    restOf(scopeName('project', key, model), now) ??
    restOf(scopeName('model', key, model), now)

  return {
    choose(keys, { affinity, model, project, tried }, now) {
      const usable = keys.filter(
        (key) =>
          (project === undefined || key.project === project) &&
          !tried.has(key.project) &&
          !tried.has(key.id) &&
          !resting(key, model, now),
      )
      const home = bestProject(usable, affinity)
      const mates = usable.filter((key) => key.project === home)
      if (home === undefined || mates.length === 0) return undefined
      const turn = turns.get(home) ?? 0
      turns.set(home, (turn + 1) % Number.MAX_SAFE_INTEGER)
      return mates[turn % mates.length]
    },

    mark(key, model, fault, now) {
      const { scope, cooldown, kind } = CONSEQUENCES[fault.class]
      if (scope === 'none' || !cooldown) return
      rests.set(scopeName(scope, key, model), { until: now + lengthOf(cooldown, fault, now, random), kind })
    },

    exhaustion(keys, model, now) {
      const found = keys.flatMap((key) => resting(key, model, now) ?? [])
      for (const kind of ['quota_minute', 'quota_day', 'model_not_found', 'pool_dead'] as const) {
        const some = found.filter((rest) => rest.kind === kind)
        if (some.length > 0) {
          const seconds = (Math.min(...some.map(({ until }) => until)) - now) / 1000
          return new GatewayError(kind, EXHAUSTED[kind], kind === 'quota_minute' ? { retryAfter: seconds } : {})
        }
      }
      return new GatewayError('pool_dead', EXHAUSTED.pool_dead)
    },
  }
}

const EXHAUSTED = {
  quota_minute: 'Rate limit reached. Please try again in a moment.',
  quota_day: 'The daily quota is used up.',
  model_not_found: 'This model does not exist or is not available.',
  pool_dead: 'No upstream key is usable at the moment.',
} as const

const scopeName = (scope: Exclude<Scope, 'none'>, key: GeminiKey, model: string): string => {
  switch (scope) {
    case 'key':
      return `key ${key.id}`
    case 'project':
      return `project ${key.project}`
    case 'model':
      return `model ${key.project} ${model}`
  }
}

/** Milliseconds, with a tenth of jitter so that environments don't all come back at once. */
const lengthOf = (cooldown: Cooldown, fault: Fault, now: number, random: () => number): number => {
  switch (cooldown.for) {
    case 'midnight':
      return nextPacificMidnight(now) - now + random() * 120_000
    case 'seconds':
      return cooldown.seconds * 1000 * (0.95 + random() * 0.1)
    case 'hint': {
      const seconds = Math.min(cooldown.most, Math.max(cooldown.least, fault.retryAfter ?? DEFAULT_HINT))
      return seconds * 1000 * (1 + random() * 0.1)
    }
  }
}

/** Weighted rendezvous hashing: each affinity ranks all projects the same way everywhere, in proportion to their weights. */
const bestProject = (keys: readonly GeminiKey[], affinity: string): string | undefined => {
  const weights = new Map(keys.map(({ project, weight }) => [project, weight]))
  let best: string | undefined
  let highest = -Infinity
  for (const [project, weight] of weights) {
    const score = -weight / Math.log(fraction(`${affinity} ${project}`))
    if (score > highest) {
      highest = score
      best = project
    }
  }
  return best
}

/** FNV-1a with a final mix, as a number between 0 and 1, both excluded. */
const fraction = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32
}
