import { GatewayError } from '../errors.ts'
import type { Cooldowns, Rest } from './cooldowns.ts'
import { nextPacificMidnight } from './day.ts'
import { CONSEQUENCES, type Cooldown, type Fault, type Scope } from './faults.ts'
import { bestProject, projectServed } from './rendezvous.ts'
import type { GeminiKey, KeyList } from './source.ts'

/** What a request needs a key for. */
export interface Need {
  /** Requests that share it prefer the same project, for its prompt cache. */
  affinity: string
  /** Empty where no model is involved. */
  model: string
  /** The only project that will do: it owns what the request names. */
  project?: string | undefined
  /** The tag of the project that served the turn before, wherever the conversation's own home is. */
  lately?: string | undefined
  /** What this request has tried already. */
  tried: Tried
}

/** Ids and names apart: a key may be called as a project is. */
export interface Tried {
  keys: ReadonlySet<string>
  projects: ReadonlySet<string>
}

/** The key that comes back first, and in how many milliseconds. */
export interface Comeback {
  key: GeminiKey
  milliseconds: number
}

/** How many keys there are, how many could be chosen for some model, and how many only a human can bring back. */
export interface PoolHealth {
  /** Of the secret. */
  version: string
  keys: number
  healthy: number
  dead: number
}

/** Which key next, and what a fault does to it. Of its own it knows whose turn it is and what recurs. */
export interface Pool {
  /** Undefined when nothing usable is left to try. */
  choose(list: KeyList, need: Need, now: number): GeminiKey | undefined
  /** The promise is that of `Cooldowns.add`. */
  mark(list: KeyList, key: GeminiKey, model: string, fault: Fault, now: number): Promise<void> | undefined
  /** A call with it was answered. */
  works(list: KeyList, key: GeminiKey, model: string, now: number): void
  isResting(list: KeyList, key: GeminiKey, model: string, now: number): boolean
  /** Keys that are not known to rest. That one worked before says nothing: many may have died at once. */
  awake(list: KeyList, now: number): GeminiKey[]
  /** What to wait for when nothing is left: keys that rest, tried or not. */
  comeback(list: KeyList, need: Need, now: number): Comeback | undefined
  health(list: KeyList, now: number): PoolHealth
  /** Why nothing is left: the first row of the error table that holds for any project that would do. */
  exhaustion(list: KeyList, need: Pick<Need, 'model' | 'project'>, now: number): GatewayError
}

const DEFAULT_HINT = 15
/** Milliseconds. */
const MISSING = 60_000

export const keyPool = ({ random, cooldowns }: { random(): number; cooldowns: Cooldowns }): Pool => {
  const turns = new Map<string, number>()
  /** How often in a row a scope was out of capacity. */
  const repeats = new Map<string, number>()
  /** Models that two projects did not have, and until when nobody need ask a third. */
  const missing = new Map<string, number>()

  const restOf = (list: KeyList, key: GeminiKey, model: string, now: number): Rest | undefined => {
    let longest: Rest | undefined
    for (const scope of SCOPES) {
      const rest = cooldowns.resting(scopeName(scope, list, key, model), now)
      if (rest && (!longest || rest.until > longest.until)) longest = rest
    }
    return longest
  }
  const isHalfOpen = (list: KeyList, key: GeminiKey, model: string, now: number): boolean =>
    SCOPES.some((scope) => cooldowns.halfOpen(scopeName(scope, list, key, model), now))

  const isMissing = (model: string, now: number): boolean => missing.size > 0 && (missing.get(model) ?? 0) > now

  const isMissingElsewhere = (list: KeyList, key: GeminiKey, model: string, now: number): boolean =>
    list.keys.some(
      (other) =>
        other.project !== key.project &&
        cooldowns.resting(scopeName('model', list, other, model), now)?.kind === 'model_not_found',
    )

  /** Milliseconds, with a tenth of jitter so that environments don't all come back at once. */
  const lengthOf = (cooldown: Cooldown, fault: Fault, scope: string, now: number): number => {
    switch (cooldown.for) {
      case 'midnight':
        return nextPacificMidnight(now) - now + random() * 120_000
      case 'seconds':
        return cooldown.seconds * 1000 * (0.95 + random() * 0.1)
      case 'hint': {
        const seconds = Math.min(cooldown.most, Math.max(cooldown.least, fault.retryAfter ?? DEFAULT_HINT))
        return seconds * 1000 * (1 + random() * 0.1)
      }
      case 'backoff': {
        const before = repeats.get(scope) ?? 0
        repeats.set(scope, before + 1)
        const seconds = Math.max(cooldown.first * 2 ** Math.min(before, 10), fault.retryAfter ?? 0)
        return Math.min(cooldown.most, seconds) * 1000 * (1 + random() * 0.1)
      }
    }
  }

  return {
    choose(list, { affinity, model, project, lately, tried }, now) {
      if (!project && isMissing(model, now)) return undefined
      const left = list.keys.filter(
        (key) =>
          (project === undefined || key.project === project) &&
          !tried.projects.has(key.project) &&
          !tried.keys.has(key.id),
      )
      const calm = cooldowns.empty()
      const usable = calm ? left : left.filter((key) => !restOf(list, key, model, now))
      const sure = calm ? left : usable.filter((key) => !isHalfOpen(list, key, model, now))
      const some = sure.length > 0 ? sure : usable
      const home = projectServed(some, affinity, lately) ?? bestProject(some, affinity)
      const mates = some.filter((key) => key.project === home)
      if (home === undefined || mates.length === 0) return undefined
      const turn = turns.get(home) ?? 0
      turns.set(home, (turn + 1) % Number.MAX_SAFE_INTEGER)
      return mates[turn % mates.length]
    },

    mark(list, key, model, fault, now) {
      const { scope, cooldown, kind } = CONSEQUENCES[fault.class]
      if (scope === 'none' || !cooldown) return undefined
      // A call that names no model for its quota may still ask for one that isn't there: that is its own affair
      if (fault.class === 'model_project' && model === '') return undefined
      if (fault.class === 'model_project' && isMissingElsewhere(list, key, model, now))
        missing.set(model, now + MISSING)
      const name = scopeName(scope, list, key, model)
      return cooldowns.add(name, { until: now + lengthOf(cooldown, fault, name, now), kind })
    },

    works(list, key, model, now) {
      if (repeats.size > 0) repeats.delete(scopeName('model', list, key, model))
      if (!cooldowns.empty()) for (const scope of SCOPES) cooldowns.open(scopeName(scope, list, key, model), now)
    },

    isResting: (list, key, model, now) => restOf(list, key, model, now) !== undefined,

    awake: (list, now) => list.keys.filter((key) => !restOf(list, key, '', now)),

    comeback(list, { model, project }, now) {
      let first: Comeback | undefined
      for (const key of list.keys) {
        if (project !== undefined && key.project !== project) continue
        const rest = restOf(list, key, model, now)
        const milliseconds = rest && rest.until - now
        if (milliseconds !== undefined && milliseconds < (first?.milliseconds ?? Infinity))
          first = { key, milliseconds }
      }
      return first
    },

    health({ version, keys }, now) {
      if (cooldowns.empty()) return { version, keys: keys.length, healthy: keys.length, dead: 0 }
      const rests = keys.map((key) => restOf({ version, keys }, key, '', now)?.kind)
      return {
        version,
        keys: keys.length,
        healthy: rests.filter((kind) => kind === undefined || kind === 'quota_minute').length,
        dead: rests.filter((kind) => kind === 'pool_dead').length,
      }
    },

    exhaustion(list, { model, project }, now) {
      if (project !== undefined && !list.keys.some((key) => key.project === project)) {
        return new GatewayError('not_found', 'What this request names was made with a key that is no longer here.')
      }
      if (!project && isMissing(model, now)) return new GatewayError('model_not_found', EXHAUSTED.model_not_found)
      const found = list.keys
        .filter((key) => project === undefined || key.project === project)
        .flatMap((key) => restOf(list, key, model, now) ?? [])
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

/** What clients read of the pool: nothing of keys, projects or accounts. */
export const EXHAUSTED = {
  quota_minute: 'Rate limit reached. Please try again in a moment.',
  quota_day: 'The daily quota is used up.',
  model_not_found: 'This model does not exist or is not available.',
  pool_dead: 'No upstream key is usable at the moment.',
} as const

type Marked = Exclude<Scope, 'none'>
const SCOPES: readonly Marked[] = ['key', 'project', 'model']

/** What befell a key or a project ends with the version of the secret at the latest: somebody may have seen to it. */
const scopeName = (scope: Marked, { version }: KeyList, key: GeminiKey, model: string): string => {
  switch (scope) {
    case 'key':
      return `key ${version} ${key.id}`
    case 'project':
      return `project ${version} ${key.project}`
    case 'model':
      return `model ${key.project} ${model}`
  }
}
