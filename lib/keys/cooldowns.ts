import type { Log } from '../contract/log.ts'
import type { ErrorKind } from '../errors.ts'
import type { Table } from '../state/table.ts'

/** Something rests until then, and this is what a client hears if nothing else is left. */
export interface Rest {
  /** Milliseconds since 1970. */
  until: number
  kind: ErrorKind
}

/** What this environment knows of resting keys, projects and models. Scopes are names that the pool makes. */
export interface Cooldowns {
  /** Nothing rests at all, as nearly always. */
  empty(): boolean
  resting(scope: string, now: number): Rest | undefined
  /** Its long cooldown is over, but nobody has tried it since. */
  halfOpen(scope: string, now: number): boolean
  /** The promise, of a long one, is that all environments know; it never fails. */
  add(scope: string, rest: Rest): Promise<void> | undefined
  /** A call went well: what was half-open is open. A cooldown that began meanwhile stays. */
  open(scope: string, now: number): void
}

/** The same, in step with the other environments. */
export interface SharedCooldowns extends Cooldowns {
  /** Begins to read, while the function starts. Never fails. */
  start(): void
  /** For the time in which upstream is waited for: reads or asks for probes if that is due, as it seldom is. Never fails. */
  refresh(): Promise<void> | undefined
}

export interface CooldownParts {
  table: Pick<Table, 'readCooldowns' | 'addCooldown' | 'lease'>
  clock(): number
  /** From 0 to 1. */
  random(): number
  log: Log
}

interface Known extends Rest {
  /** Somebody else probes; when to see what came of it. */
  lookAt?: number
}

const SECOND = 1000
const EVERY = 300 * SECOND
const SPREAD = 0.2
/** Seconds that one environment has for its probe, alone. */
const PROBE = 30
const PROBES_AT_A_TIME = 8

/** Minute quotas are over before telling others would pay: measured, it costs writes and moves conversations for nothing. */
const SHARED_KINDS: readonly ErrorKind[] = ['quota_day', 'model_not_found', 'pool_dead']
const isLong = ({ kind }: Rest): boolean => SHARED_KINDS.includes(kind)

/** In the table a scope stands behind the kind of its cooldown. */
const toEntry = (scope: string, { kind }: Rest): string => `${kind} ${scope}`
const readEntry = (entry: string): { scope: string; kind: ErrorKind } | undefined => {
  const kind = SHARED_KINDS.find((each) => entry.startsWith(`${each} `))
  return kind && { kind, scope: entry.slice(kind.length + 1) }
}

/**
 * Short cooldowns stay here, long ones are shared: read at the start and every 5 min, written when they happen. When one is
 * over, a lease lets one environment try first. A table that fails costs knowledge, never a request.
 */
export const sharedCooldowns = ({ table, clock, random, log }: CooldownParts): SharedCooldowns => {
  const known = new Map<string, Known>()
  let readAgainAt = 0
  let busy = false

  const keep = (scope: string, rest: Rest): void => {
    const before = known.get(scope)
    if (!before || before.until < rest.until) known.set(scope, rest)
  }

  const isHalfOpen = (scope: string, now: number): boolean => {
    const rest = known.get(scope)
    return rest !== undefined && isLong(rest) && rest.until <= now
  }

  const merge = (shared: ReadonlyMap<string, number>): void => {
    for (const [name, until] of shared) {
      const entry = readEntry(name)
      if (entry) keep(entry.scope, { until, kind: entry.kind })
    }
  }

  const read = async (): Promise<void> => {
    readAgainAt = clock() + EVERY * (1 + SPREAD * (2 * random() - 1))
    try {
      merge(await table.readCooldowns())
    } catch (error) {
      log({ level: 'warn', message: 'The shared cooldowns could not be read.', error })
    }
  }

  const share = async (scope: string, rest: Rest): Promise<void> => {
    try {
      merge(await table.addCooldown(toEntry(scope, rest), Math.round(rest.until)))
    } catch (error) {
      log({ level: 'warn', message: 'A cooldown could not be shared.', scope, error })
    }
  }

  const leaseProbe = async (scope: string): Promise<boolean> => {
    try {
      return await table.lease(`probe ${scope}`, PROBE)
    } catch (error) {
      log({ level: 'warn', message: 'A probe could not be leased.', scope, error })
      return true
    }
  }

  /** Who gets the lease opens the scope to its next request. The others look after a while whether it was closed again. */
  const probe = async ([scope, rest]: [string, Known]): Promise<void> => {
    const free = rest.lookAt !== undefined || (await leaseProbe(scope))
    if (known.get(scope) !== rest) return
    if (free) known.delete(scope)
    else known.set(scope, { ...rest, lookAt: clock() + PROBE * SECOND * (1 + SPREAD * random()) })
  }

  const catchUp = async (over: [string, Known][], due: boolean): Promise<void> => {
    if (due || over.some(([, { lookAt }]) => lookAt !== undefined)) await read()
    await Promise.all(over.map(probe))
    busy = false
  }

  return {
    start: () => void read(),
    refresh: () => {
      const now = clock()
      const over = [...known]
        .filter(([, rest]) => isLong(rest) && rest.until <= now && (rest.lookAt ?? 0) <= now)
        .slice(0, PROBES_AT_A_TIME)
      const due = now >= readAgainAt
      if (busy || (!due && over.length === 0)) return undefined
      busy = true
      return catchUp(over, due)
    },
    empty: () => known.size === 0,
    resting: (scope, now) => {
      const rest = known.get(scope)
      if (rest && rest.until <= now && !isLong(rest)) known.delete(scope)
      return rest && rest.until > now ? rest : undefined
    },
    halfOpen: isHalfOpen,
    add: (scope, rest) => {
      keep(scope, rest)
      return isLong(rest) ? share(scope, rest) : undefined
    },
    open: (scope, now) => {
      if (isHalfOpen(scope, now)) known.delete(scope)
    },
  }
}
