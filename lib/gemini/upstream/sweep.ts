import type { Log } from '../../contract/log.ts'
import { CONSEQUENCES } from '../../keys/faults.ts'
import type { Pool } from '../../keys/pool.ts'
import type { GeminiKey, KeyList } from '../../keys/source.ts'
import type { Table } from '../../state/table.ts'
import type { Send } from './send.ts'
import { tryKey } from './trial.ts'

/** Tries every key that is not known to rest, so that the next request needn't. `deadline` in milliseconds since 1970. */
export type KeySweep = (list: KeyList, deadline: number) => Promise<void>

export interface KeySweepParts {
  send: Send
  pool: Pool
  lease: Table['lease']
  clock(): number
  log: Log
}

const AT_A_TIME = 8
/** Seconds until any environment may sweep again. */
const APART = 600
/** Milliseconds. */
const LEAVES = 8_000

export const keySweep = ({ send, pool, lease, clock, log }: KeySweepParts): KeySweep => {
  /** True if the key turned out bad. What says nothing of the key itself, a slow answer say, changes nothing. */
  const isBad = async (list: KeyList, key: GeminiKey): Promise<boolean> => {
    const fault = await tryKey(send, key.key)
    if (!fault) {
      pool.works(list, key, '', clock())
      return false
    }
    const { scope } = CONSEQUENCES[fault.class]
    if (scope !== 'key' && scope !== 'project') return false
    await pool.mark(list, key, '', fault, clock())
    return true
  }

  /** Until when this environment leaves it be, having swept without a lease. */
  let sweptUntil = 0

  /** A newer list is worth a sweep of its own. While the table can't say whose turn it is, each environment has its own. */
  const isOurTurn = async ({ version }: KeyList): Promise<boolean> => {
    try {
      return await lease(`sweep ${version}`, APART)
    } catch (error) {
      log({ level: 'warn', message: 'The sweep of keys could not be leased.', error })
      if (clock() < sweptUntil) return false
      sweptUntil = clock() + APART * 1000
      return true
    }
  }

  return async (list, deadline) => {
    const isLate = (): boolean => deadline - clock() < LEAVES
    if (isLate() || !(await isOurTurn(list))) return
    const left = pool.awake(list, clock()).values()
    let bad = 0
    let seen = 0
    const worker = async (): Promise<void> => {
      for (const key of left) {
        if (isLate()) return
        seen++
        if (await isBad(list, key)) bad++
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, worker))
    log({ level: bad > 0 ? 'error' : 'info', message: 'Keys were tried after two bad ones.', seen, bad })
  }
}
