import { CONSEQUENCES, type Fault, type FaultClass } from '../../keys/faults.ts'
import type { Tried } from '../../keys/pool.ts'
import type { GeminiKey } from '../../keys/source.ts'

/** What a request has tried so far. */
export interface Tries {
  count: number
  /** What must not be chosen again. */
  tried: Record<keyof Tried, Set<string>>
  /** Faults of a key's or a project's own. */
  bad: number
  /** It has waited for a key to come back. */
  waited: boolean
  /** `once` rules that have been used. */
  spent: Set<FaultClass>
}

export const newTries = (): Tries => ({
  count: 0,
  tried: { keys: new Set(), projects: new Set() },
  bad: 0,
  waited: false,
  spent: new Set(),
})

/** A call, as far as another try may change it. */
export interface Remediable {
  body: string | Buffer | undefined
  remedy?(fault: 'signature' | 'schema'): Remediable
}

// DESIGN's limits, in milliseconds
const LAST_TRY_AFTER = 60_000
const LAST_TRY_BEFORE_DEADLINE = 8_000
const SHORTEST_PAUSE = 250
const PAUSES_BY = 500

/** And with that at most so many projects. */
const MOST_TRIES = 3
const MOST_MARKED = 2

/** A fault that lies with whose key it is, whatever was asked. */
const isTheirs = ({ class: kind }: Fault): boolean => ['key', 'project'].includes(CONSEQUENCES[kind].scope)

/** Without a model a call may ask for what no API key is let do, as some collections at Google: that tells nothing of this key. */
const OF_THE_CALL: ReadonlySet<FaultClass> = new Set(['credentials', 'config'])

/** A request that finds every key bad may be the bad one itself: it condemns no more than two. Asked before `nextTry`. */
export const mayMark = (fault: Fault, { bad }: Tries, model: string): boolean =>
  !isTheirs(fault) || (bad < MOST_MARKED && (model !== '' || !OF_THE_CALL.has(fault.class)))

/** At the second bad key of a request; asked after `nextTry`. */
export const startsSweep = (fault: Fault, { bad }: Tries): boolean => isTheirs(fault) && bad === MOST_MARKED

/** The call for another try after a fault, or nothing. Notes in `tries` what must not be tried again. */
export const nextTry = <Call extends Remediable>(
  call: Call,
  key: GeminiKey,
  fault: Fault,
  tries: Tries,
): Call | undefined => {
  const { again, scope } = CONSEQUENCES[fault.class]
  const first = !tries.spent.has(fault.class)
  tries.spent.add(fault.class)
  if (isTheirs(fault)) tries.bad++
  const { keys, projects } = tries.tried
  if (scope === 'key') keys.add(key.id)
  else projects.add(key.project)
  switch (again) {
    case 'never':
      return undefined
    case 'remedied': {
      const remedy = fault.class === 'signature' || fault.class === 'schema' ? call.remedy?.(fault.class) : undefined
      projects.delete(key.project)
      return remedy && first ? { ...call, ...remedy } : undefined
    }
    case 'same once':
      if (first) projects.delete(key.project)
      return tries.count < MOST_TRIES ? call : undefined
    case 'elsewhere once':
      return first && tries.count < MOST_TRIES ? call : undefined
    case 'elsewhere':
      return tries.count < MOST_TRIES ? call : undefined
  }
}

/** Milliseconds before the next try: only a model that may recover is given time. `random` is from 0 to 1. */
export const pauseAfter = (fault: Fault, random: number): number =>
  fault.class === 'overload' || fault.class === 'transient' ? SHORTEST_PAUSE + random * PAUSES_BY : 0

/** Faults that another call may add to. A bad key or a used-up day is found once; a remedied request is another one. */
export const countsAsRetry = (fault: Fault): boolean => {
  const { again, kind } = CONSEQUENCES[fault.class]
  return again === 'same once' || kind === 'quota_minute'
}

/** All in milliseconds since 1970. */
export const timeForAnother = (
  { receivedAt, deadline }: { receivedAt: number; deadline: number },
  now: number,
): boolean => now - receivedAt < LAST_TRY_AFTER && deadline - now > LAST_TRY_BEFORE_DEADLINE
