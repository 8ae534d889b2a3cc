import { describe, expect, test } from '@jest/globals'
import { nextPacificMidnight } from '../../lib/keys/day.ts'
import type { FaultClass } from '../../lib/keys/faults.ts'
import { keyPool, type Tried } from '../../lib/keys/pool.ts'
import { servedTag } from '../../lib/keys/rendezvous.ts'
import type { GeminiKey } from '../../lib/keys/source.ts'
import { environment } from './environment.ts'

const key = (id: string, project: string, weight = 1): GeminiKey => ({ id, key: `secret of ${id}`, project, weight })
const KEYS = [key('a1', 'a'), key('a2', 'a'), key('b1', 'b'), key('c1', 'c')]
const need = (affinity: string, ...projects: string[]) => ({
  affinity,
  model: 'm',
  tried: { keys: new Set<string>(), projects: new Set(projects) },
})
const listOf = (...keys: GeminiKey[]) => ({ version: 'v1', keys })
const LIST = listOf(...KEYS)
const pool = () => keyPool({ random: () => 0, cooldowns: environment().cooldowns })

describe('choice', () => {
  test('one conversation stays in its project; many spread over all', () => {
    const some = pool()
    const projects = Array.from({ length: 300 }, (_, i) => some.choose(LIST, need(`conversation ${i}`), 0)?.project)
    expect(new Set(projects)).toEqual(new Set(['a', 'b', 'c']))
    expect(some.choose(LIST, need('x'), 0)?.project).toBe(pool().choose(LIST, need('x'), 0)?.project)
  })

  test('keys of a project take turns', () => {
    const some = pool()
    const ids = Array.from({ length: 4 }, () => some.choose(listOf(...KEYS.slice(0, 2)), need('x'), 0)?.id)
    expect(ids).toEqual(['a1', 'a2', 'a1', 'a2'])
  })

  test('projects get conversations by their weight', () => {
    const keys = [key('s', 'small', 1), key('l', 'large', 9)]
    const some = pool()
    const large = Array.from({ length: 2000 }, (_, i) => some.choose(listOf(...keys), need(`c${i}`), 0)).filter(
      (chosen) => chosen?.project === 'large',
    ).length
    expect(large / 2000).toBeGreaterThan(0.86)
    expect(large / 2000).toBeLessThan(0.94)
  })

  test('when a project is out, only its own conversations move', () => {
    const [before, after] = [pool(), pool()]
    const home = before.choose(LIST, need('moving'), 0)
    if (!home) throw new Error('no key')
    void after.mark(LIST, home, 'm', { class: 'rate_day' }, 0)
    for (let i = 0; i < 200; i++) {
      const was = before.choose(LIST, need(`c${i}`), 0)?.project
      const is = after.choose(LIST, need(`c${i}`), 0)?.project
      if (was === home.project) expect(is).not.toBe(was)
      else expect(is).toBe(was)
    }
  })

  test('a conversation stays where its last turn was, while that project is usable', () => {
    const some = pool()
    for (let i = 0; i < 50; i++) {
      for (const project of ['a', 'b', 'c']) {
        const lately = servedTag(`c${i}`, project)
        expect(lately).toMatch(/^[a-z0-9]{3}$/)
        expect(some.choose(LIST, { ...need(`c${i}`), lately }, 0)?.project).toBe(project)
        expect(some.choose(LIST, { ...need(`c${i}`, project), lately }, 0)?.project).not.toBe(project)
      }
      // The tag of another conversation, or of nobody's project, says nothing
      expect(some.choose(LIST, { ...need(`c${i}`), lately: '---' }, 0)?.project).toBe(
        some.choose(LIST, need(`c${i}`), 0)?.project,
      )
    }
  })

  test('a key that was tried is no project of the same name', () => {
    const some = pool()
    const twins = [key('a', 'b'), key('b', 'b'), key('c', 'a')]
    const left = (tried: Tried) => twins.filter((each) => some.choose(listOf(each), { ...need('x'), tried }, 0))
    expect(left({ keys: new Set(['a']), projects: new Set() })).toEqual(twins.slice(1))
    expect(left({ keys: new Set(), projects: new Set(['a']) })).toEqual(twins.slice(0, 2))
  })

  test('what has been tried, and projects other than the owner’s, are left out', () => {
    const some = pool()
    expect(some.choose(LIST, { ...need('x'), project: 'b' }, 0)?.id).toBe('b1')
    expect(some.choose(LIST, need('x', 'a', 'b'), 0)?.id).toBe('c1')
    expect(some.choose(LIST, need('x', 'a', 'b', 'c'), 0)).toBeUndefined()
  })
})

describe('cooldowns', () => {
  test('a minute quota rests one model of one project for as long as Google asks', () => {
    const some = pool()
    const only = [key('a1', 'a')]
    void some.mark(LIST, only[0] as GeminiKey, 'm', { class: 'rate_minute', retryAfter: 20 }, 1000)
    expect(some.choose(listOf(...only), need('x'), 20_999)).toBeUndefined()
    expect(some.choose(listOf(...only), { ...need('x'), model: 'other' }, 1000)?.id).toBe('a1')
    expect(some.choose(listOf(...only), need('x'), 21_001)?.id).toBe('a1')
  })

  test('without capacity a project rests twice as long each time, up to half a minute, until it has some', () => {
    const some = pool()
    const only = key('a1', 'a')
    const rests = (): number => {
      void some.mark(LIST, only, 'm', { class: 'capacity' }, 0)
      return some.comeback(listOf(only), need('x'), 0)?.milliseconds ?? 0
    }
    expect(Array.from({ length: 7 }, rests)).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * 1000))
    some.works(LIST, only, 'm', 40_000)
    void some.mark(LIST, only, 'm', { class: 'capacity' }, 40_000)
    expect(some.comeback(listOf(only), need('x'), 40_000)?.milliseconds).toBe(1000)
  })

  test('a model that two projects do not have is looked for in no third, for a minute', () => {
    const some = pool()
    void some.mark(LIST, key('a1', 'a'), 'm', { class: 'model_project' }, 0)
    expect(some.choose(LIST, need('x'), 1)).toBeDefined()
    void some.mark(LIST, key('b1', 'b'), 'm', { class: 'model_project' }, 0)
    expect(some.choose(LIST, need('x'), 59_999)).toBeUndefined()
    expect(some.exhaustion(LIST, { model: 'm' }, 1)).toMatchObject({ kind: 'model_not_found' })
    expect(some.choose(LIST, { ...need('x'), model: 'other' }, 1)).toBeDefined()
    expect(some.choose(LIST, need('x'), 60_001)?.id).toBe('c1')
    // Calls that need no model are not those that ask for a missing one
    for (const each of KEYS) void some.mark(LIST, each, '', { class: 'model_project' }, 0)
    expect(some.choose(LIST, { ...need('x'), model: '' }, 1)).toBeDefined()
  })

  test('a dead key rests alone, a suspended project as a whole', () => {
    const some = pool()
    void some.mark(LIST, key('a1', 'a'), 'm', { class: 'key_dead' }, 0)
    expect(some.choose(listOf(...KEYS.slice(0, 2)), need('x'), 1)?.id).toBe('a2')
    void some.mark(LIST, key('a2', 'a'), 'm', { class: 'project_dead' }, 0)
    expect(some.choose(listOf(...KEYS.slice(0, 2)), need('x'), 1)).toBeUndefined()
  })

  test.each<FaultClass>(['caller', 'network', 'bad_body', 'transient', 'affinity', 'forbidden', 'empty'])(
    '%s punishes no key',
    (kind) => {
      const some = pool()
      for (const each of KEYS) void some.mark(LIST, each, 'm', { class: kind }, 0)
      expect(some.choose(LIST, need('x'), 0)).toBeDefined()
    },
  )

  test.each<[FaultClass, FaultClass, string]>([
    ['rate_minute', 'key_dead', 'quota_minute'],
    ['rate_day', 'key_dead', 'quota_day'],
    ['key_dead', 'config', 'pool_dead'],
  ])('%s and %s together are told as %s', (first, second, kind) => {
    const some = pool()
    const keys = [key('a1', 'a'), key('b1', 'b')]
    void some.mark(LIST, keys[0] as GeminiKey, 'm', { class: first, retryAfter: 12 }, 0)
    void some.mark(LIST, keys[1] as GeminiKey, 'm', { class: second }, 0)
    expect(some.exhaustion(listOf(...keys), { model: 'm' }, 0)).toMatchObject({ kind })
  })
})

test('health: what rests for long is not healthy, what only a human brings back is dead, a minute is nothing', () => {
  const some = pool()
  const health = () => some.health(LIST, 1000)
  expect(health()).toEqual({ version: 'v1', keys: 4, healthy: 4, dead: 0 })
  void some.mark(LIST, key('b1', 'b'), 'm', { class: 'rate_minute' }, 0)
  void some.mark(LIST, key('b1', 'b'), 'm', { class: 'rate_day' }, 0)
  expect(health()).toMatchObject({ healthy: 4, dead: 0 })
  void some.mark(LIST, key('a1', 'a'), 'm', { class: 'key_dead' }, 0)
  expect(health()).toMatchObject({ healthy: 3, dead: 1 })
  void some.mark(LIST, key('c1', 'c'), 'm', { class: 'spend_window' }, 0)
  expect(health()).toMatchObject({ healthy: 2, dead: 1 })
  void some.mark(LIST, key('a2', 'a'), 'm', { class: 'project_dead' }, 0)
  expect(health()).toMatchObject({ healthy: 1, dead: 2 })
})

test.each([
  ['2026-11-23T11:00:00Z', '2026-11-24T08:00:00Z'],
  ['2026-07-01T06:59:59Z', '2026-07-01T07:00:00Z'],
  // Clocks go back on the morning of 1 November 2026, forward on that of 14 March 2027
  ['2026-11-01T07:30:00Z', '2026-11-02T08:00:00Z'],
  ['2026-11-01T06:30:00Z', '2026-11-01T07:00:00Z'],
  ['2027-03-14T08:30:00Z', '2027-03-15T07:00:00Z'],
  ['2027-03-14T07:30:00Z', '2027-03-14T08:00:00Z'],
])('F21 after %s the day in Los Angeles ends at %s', (now, midnight) => {
  expect(new Date(nextPacificMidnight(Date.parse(now))).toISOString()).toBe(midnight.replace('Z', '.000Z'))
})

test('F21 for a year, at any hour, the day ends at the next midnight there', () => {
  const wall = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'America/Los_Angeles',
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  const dayOf = (instant: number): string => wall.format(instant).slice(0, 10)
  for (let hour = 0; hour < 365 * 24; hour += 7) {
    const now = Date.parse('2026-06-01T00:30:00Z') + hour * 3_600_000
    const midnight = nextPacificMidnight(now)
    expect(wall.format(midnight).slice(-8)).toBe('00:00:00')
    // The same day until then, and the next one from then on
    expect([dayOf(midnight - 1), dayOf(midnight) === dayOf(now)]).toEqual([dayOf(now), false])
  }
})
