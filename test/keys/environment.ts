// What one environment knows of keys, and the table that several share, in memory.
import type { GeminiClientOptions } from '../../lib/gemini/upstream/client.ts'
import { type CooldownParts, type SharedCooldowns, sharedCooldowns } from '../../lib/keys/cooldowns.ts'
import { keyPool, type Pool } from '../../lib/keys/pool.ts'
import type { GeminiKey } from '../../lib/keys/source.ts'

export interface SharedTable {
  table: CooldownParts['table']
  reads: number
  writes: number
  leases: string[]
  /** Makes every operation fail. */
  broken: boolean
}

export const sharedTable = (clock: () => number): SharedTable => {
  const cooldowns = new Map<string, number>()
  const leases = new Map<string, number>()
  const running = () => new Map([...cooldowns].filter(([, until]) => until > clock()))
  const fail = (): void => {
    if (shared.broken) throw new Error('the table is out')
  }
  const shared: SharedTable = {
    reads: 0,
    writes: 0,
    leases: [],
    broken: false,
    table: {
      readCooldowns: async () => {
        shared.reads++
        fail()
        return running()
      },
      addCooldown: async (scope, until) => {
        shared.writes++
        fail()
        cooldowns.set(scope, Math.max(until, cooldowns.get(scope) ?? 0))
        return running()
      },
      lease: async (what, seconds) => {
        fail()
        if ((leases.get(what) ?? 0) > clock()) return false
        leases.set(what, clock() + seconds * 1000)
        shared.leases.push(what)
        return true
      },
    },
  }
  return shared
}

export interface Environment {
  cooldowns: SharedCooldowns
  pool: Pool
  warnings: string[]
}

export const environment = (
  clock: () => number = () => 0,
  table: CooldownParts['table'] = sharedTable(clock).table,
  random: () => number = () => 0,
): Environment => {
  const warnings: string[] = []
  const cooldowns = sharedCooldowns({ table, clock, random, log: ({ message }) => void warnings.push(message) })
  return { cooldowns, pool: keyPool({ random, cooldowns }), warnings }
}

/** The part of a client's options that has to do with keys, in an environment on its own. Nobody waits. */
export const alone = (
  keys: readonly GeminiKey[],
  clock?: () => number,
): Omit<GeminiClientOptions, 'send' | 'settle' | 'clock'> => {
  const { cooldowns, pool } = environment(clock)
  return {
    keys: async () => ({ version: 'v1', keys }),
    distrust: async () => undefined,
    pool,
    refresh: cooldowns.refresh,
    sweep: async () => undefined,
    random: () => 0,
    sleep: async () => undefined,
  }
}
