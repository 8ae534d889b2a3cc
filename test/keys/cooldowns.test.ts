import { beforeEach, describe, expect, test } from '@jest/globals'
import type { FaultClass } from '../../lib/keys/faults.ts'
import type { GeminiKey, KeyList } from '../../lib/keys/source.ts'
import { type Environment, environment, type SharedTable, sharedTable } from './environment.ts'

const key = (id: string, project: string): GeminiKey => ({ id, key: `secret of ${id}`, project, weight: 1 })
const [A, B] = [key('a1', 'a'), key('b1', 'b')] as const
const LIST: KeyList = { version: 'v1', keys: [A, B] }
const need = (model = 'm') => ({
  affinity: 'x',
  model,
  tried: { keys: new Set<string>(), projects: new Set<string>() },
})
const MINUTE = 60_000

let now: number
let shared: SharedTable
const newEnvironment = async (): Promise<Environment> => {
  const made = environment(
    () => now,
    shared.table,
    () => 0.5,
  )
  made.cooldowns.start()
  await new Promise((resolve) => setImmediate(resolve))
  return made
}
const isUsable = ({ pool }: Environment, some: GeminiKey, list = LIST, model = 'm'): boolean =>
  pool.choose({ ...list, keys: [some] }, need(model), now) !== undefined

beforeEach(() => {
  now = Date.parse('2026-11-23T12:00:00Z')
  shared = sharedTable(() => now)
})

describe('what one environment learns', () => {
  test.each<FaultClass>([
    'rate_day',
    'spend_window',
    'billing',
    'billing_cap',
    'key_dead',
    'key_leaked',
    'project_dead',
    'config',
    'project_config',
    'region',
    'model_project',
  ])('%s: the others know after their next look, those that start at once', async (kind) => {
    const [one, other] = [await newEnvironment(), await newEnvironment()]
    await one.pool.mark(LIST, A, 'm', { class: kind, retryAfter: 400 }, now)
    expect(shared.writes).toBe(1)
    expect(isUsable(await newEnvironment(), A)).toBe(false)
    expect(isUsable(other, A)).toBe(true)
    now += 5.1 * MINUTE
    await other.cooldowns.refresh()
    expect([isUsable(other, A), isUsable(other, B)]).toEqual([false, true])
  })

  test.each<FaultClass>(['rate_minute', 'capacity'])('%s stays its own', async (kind) => {
    const one = await newEnvironment()
    expect(one.pool.mark(LIST, A, 'm', { class: kind, retryAfter: 65 }, now)).toBeUndefined()
    expect([isUsable(one, A), shared.writes]).toEqual([false, 0])
  })

  test('who writes reads what others wrote', async () => {
    const [one, other] = [await newEnvironment(), await newEnvironment()]
    await one.pool.mark(LIST, A, 'm', { class: 'key_dead' }, now)
    await other.pool.mark(LIST, B, 'm', { class: 'key_dead' }, now)
    expect([isUsable(other, A), shared.reads]).toEqual([false, 2])
  })

  test('ends with the version of the secret for keys and projects, not for quotas', async () => {
    const one = await newEnvironment()
    await one.pool.mark(LIST, A, 'm', { class: 'key_dead' }, now)
    await one.pool.mark(LIST, B, 'm', { class: 'rate_day' }, now)
    const next = await newEnvironment()
    const renewed = { ...LIST, version: 'v2' }
    expect([isUsable(next, A, renewed), isUsable(next, B, renewed)]).toEqual([true, false])
  })
})

test('a thousand choices and calls that go well read and write nothing, but for one look every five minutes', async () => {
  const one = await newEnvironment()
  for (let i = 0; i < 1000; i++) {
    const chosen = one.pool.choose(LIST, { ...need(), affinity: `c${i}` }, now)
    await one.cooldowns.refresh()
    if (chosen) one.pool.works(LIST, chosen, 'm', now)
    now += 1000
  }
  expect([shared.reads, shared.writes, shared.leases.length]).toEqual([1 + 3, 0, 0])
})

test('a table that fails costs no request, and is named in the log', async () => {
  shared.broken = true
  const one = await newEnvironment()
  await one.pool.mark(LIST, A, 'm', { class: 'billing' }, now)
  expect(isUsable(one, A)).toBe(false)
  now += 20 * MINUTE
  await one.cooldowns.refresh()
  expect(isUsable(one, A)).toBe(true)
  expect(one.warnings).toEqual([
    'The shared cooldowns could not be read.',
    'A cooldown could not be shared.',
    'The shared cooldowns could not be read.',
    'A probe could not be leased.',
  ])
})

describe('when a long cooldown is over', () => {
  const both = async () => {
    const one = await newEnvironment()
    await one.pool.mark(LIST, A, 'm', { class: 'billing' }, now)
    const other = await newEnvironment()
    now += 16 * MINUTE
    return [one, other] as const
  }
  const prefers = ({ pool }: Environment, some: GeminiKey): boolean =>
    Array.from({ length: 50 }, (_, i) => pool.choose(LIST, { ...need(), affinity: `c${i}` }, now)).includes(some)

  test('one environment tries, and the others follow if that went well', async () => {
    const [one, other] = await both()
    expect([prefers(one, A), prefers(other, A)]).toEqual([false, false])
    await Promise.all([one.cooldowns.refresh(), other.cooldowns.refresh()])
    expect([prefers(one, A), prefers(other, A)]).toEqual([true, false])
    now += 40_000
    await other.cooldowns.refresh()
    expect(prefers(other, A)).toBe(true)
    expect(shared.leases).toEqual(['probe project v1 a'])
  })

  test('they leave it alone if it went wrong', async () => {
    const [one, other] = await both()
    await Promise.all([one.cooldowns.refresh(), other.cooldowns.refresh()])
    await one.pool.mark(LIST, A, 'm', { class: 'billing' }, now)
    now += 40_000
    await other.cooldowns.refresh()
    expect([prefers(other, A), isUsable(other, A)]).toEqual([false, false])
  })

  test('it is tried without a lease if nothing else is left, and is open once it works', async () => {
    const [, other] = await both()
    expect(isUsable(other, A)).toBe(true)
    other.pool.works(LIST, A, 'm', now)
    expect(prefers(other, A)).toBe(true)
  })
})

test('an answer to an older call opens nothing that closed meanwhile', async () => {
  const one = await newEnvironment()
  await one.pool.mark(LIST, A, 'm', { class: 'rate_day' }, now)
  one.pool.works(LIST, A, 'm', now)
  expect(isUsable(one, A)).toBe(false)
})
