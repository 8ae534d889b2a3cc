import { asGatewayError, type ErrorKind, GatewayError } from '../../errors.ts'
import type { Fault } from '../../keys/faults.ts'
import { EXHAUSTED, type Need, type Pool } from '../../keys/pool.ts'
import type { GeminiKey, KeyList } from '../../keys/source.ts'
import { faultOf } from '../errors.ts'
import type { ReplyReader } from '../flow.ts'
import type { Caller, NewReader, Opened, UpstreamCall } from './call.ts'
import { retryBudget } from './retry-budget.ts'
import { singleTry, type TryParts } from './single-try.ts'
import type { KeySweep } from './sweep.ts'
import {
  countsAsRetry,
  mayMark,
  newTries,
  nextTry,
  pauseAfter,
  startsSweep,
  type Tries,
  timeForAnother,
} from './tries.ts'

export type { Attempt, Caller, NewReader, Opened, UpstreamCall } from './call.ts'

export interface GeminiClient {
  /**
   * Tries projects and keys until a reply commits; throws what is left for the client to hear when none does. `newReader`
   * makes a fresh reader for each try.
   */
  open<Reader extends ReplyReader>(
    call: UpstreamCall,
    caller: Caller,
    newReader: NewReader<Reader>,
  ): Promise<Opened<Reader>>
}

export interface GeminiClientOptions extends TryParts {
  /** The pool's keys as they are now. */
  keys(): Promise<KeyList>
  /** A key turned out dead, so the list may be stale: over when it was looked for anew. Never fails. */
  distrust(): Promise<unknown>
  pool: Pool
  /** Tries the keys that are left, after two dead ones. Never fails. */
  sweep: KeySweep
  /** From 0 to 1. */
  random(): number
  sleep(milliseconds: number): Promise<unknown>
}

/** Milliseconds: waiting this long beats failing. */
const LONGEST_WAIT = 2_000
/** Kinds that tell of keys and quotas, not of the request. */
const OF_THE_POOL: ReadonlySet<ErrorKind> = new Set(['quota_minute', 'quota_day', 'pool_dead'])
/** Kinds after which a newer list may help. */
const OUT_OF_KEYS: ReadonlySet<ErrorKind> = new Set(['pool_dead', 'unavailable'])
/** What other environments know of dead keys is worth this wait, once a key turned out dead. */
const SHARING = 250

export const geminiClient = (options: GeminiClientOptions): GeminiClient => {
  const { keys, distrust, pool, sweep, clock, random, sleep } = options
  const tryOnce = singleTry(options)
  const budget = retryBudget()

  /** Waits for the key that comes back first, if that is soon; once a request. */
  const waitForOne = async (list: KeyList, need: Need, tries: Tries, caller: Caller): Promise<boolean> => {
    const now = clock()
    const next = pool.comeback(list, need, now)
    if (!next || tries.waited || next.milliseconds > LONGEST_WAIT) return false
    if (!timeForAnother(caller, now + next.milliseconds)) return false
    tries.waited = true
    tries.tried.projects.delete(next.key.project)
    tries.tried.keys.delete(next.key.id)
    await sleep(next.milliseconds + 1)
    return true
  }

  /** Notes a fault. What the promise brings, after some, is what others know: environments of keys, the secret of newer ones. */
  const note = (list: KeyList, key: GeminiKey, call: UpstreamCall, fault: Fault, tries: Tries, caller: Caller) => {
    const shared = mayMark(fault, tries, call.model) ? pool.mark(list, key, call.model, fault, clock()) : undefined
    if (shared) caller.after(shared)
    if (fault.class !== 'key_dead' && fault.class !== 'key_leaked') return shared
    const reloaded = distrust()
    caller.after(reloaded)
    return Promise.all([shared, reloaded])
  }

  /** The list as it is now. Somebody may have renewed a key under its old name. */
  const latest = async ({ version }: KeyList, { tried }: Tries): Promise<KeyList> => {
    const list = await keys()
    if (list.version !== version) tried.keys.clear()
    return list
  }

  /** What the client should hear: that of the whole pool, where keys were the matter; and soon to come back if some are free. */
  const toThrow = (last: GatewayError | undefined, list: KeyList, need: Need): GatewayError => {
    if (last && !OF_THE_POOL.has(last.kind)) return last
    const free = pool.choose(list, { ...need, tried: newTries().tried }, clock())
    if (!last || !free) return pool.exhaustion(list, need, clock())
    const soon = { cause: last, retryAfter: 1 }
    return last.kind === 'pool_dead'
      ? new GatewayError('unavailable', EXHAUSTED.pool_dead, soon)
      : new GatewayError('quota_minute', EXHAUSTED.quota_minute, soon)
  }

  return {
    async open(call, caller, newReader) {
      let list = await keys()
      const tries = newTries()
      const { affinity, model, project, lately } = call
      const need = { affinity, model, project, lately, tried: tries.tried }
      let current = call
      let last: GatewayError | undefined
      let again = false
      for (;;) {
        const key = pool.choose(list, need, clock())
        if (!key) {
          if (await waitForOne(list, need, tries, caller)) continue
          const told = toThrow(last, list, need)
          const { version } = list
          if (OUT_OF_KEYS.has(told.kind)) {
            await distrust()
            list = await latest(list, tries)
          }
          if (list.version === version || !timeForAnother(caller, clock())) throw told
          continue
        }
        tries.count++
        budget.note(again)
        try {
          const opened = await tryOnce(current, caller, key, tries, newReader)
          pool.works(list, key, call.model, clock())
          return opened
        } catch (thrown) {
          last = asGatewayError(thrown)
          const fault = faultOf(last)
          // Calls that were under way together find the same quota used up: only the first of them is news
          const known = pool.isResting(list, key, model, clock())
          const news = note(list, key, call, fault, tries, caller)
          const next = nextTry(current, key, fault, tries)
          if (startsSweep(fault, tries)) caller.after(sweep(list, caller.deadline))
          again = !known && countsAsRetry(fault)
          if (!next || !timeForAnother(caller, clock()) || (again && !budget.left())) throw toThrow(last, list, need)
          if (news) {
            await Promise.race([news, sleep(SHARING)])
            list = await latest(list, tries)
          }
          const pause = pauseAfter(fault, random())
          if (pause > 0) await sleep(pause)
          current = next
        }
      }
    },
  }
}
