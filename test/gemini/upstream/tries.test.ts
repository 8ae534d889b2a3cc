// Which tries a request makes, how long it waits between them, and what it costs the keys.
import { beforeEach, describe, expect, test } from '@jest/globals'
import { asGatewayError } from '../../../lib/errors.ts'
import { streamReader } from '../../../lib/gemini/reply/reader.ts'
import { geminiClient } from '../../../lib/gemini/upstream/client.ts'
import { keySweep } from '../../../lib/gemini/upstream/sweep.ts'
import type { GeminiKey } from '../../../lib/keys/source.ts'
import { type Environment, environment, type SharedTable, sharedTable } from '../../keys/environment.ts'
import { type Answer, answering, event, failing, saying } from '../../upstream.ts'

const WHOLE: Answer = { reads: [event(saying('Hello', 'STOP'))] }
const status = (code: number, name: string, message: string, ...details: object[]): Answer =>
  failing(code, { error: { code, status: name, message, details } })
const INFO = 'type.googleapis.com/google.rpc.ErrorInfo'
const DEAD = status(400, 'INVALID_ARGUMENT', 'API key not valid.')
const OVERLOADED = status(503, 'UNAVAILABLE', 'overloaded')
const quota = (seconds: number): Answer =>
  status(
    429,
    'RESOURCE_EXHAUSTED',
    'quota',
    { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'PerMinute' }] },
    { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` },
  )

let now: number
let shared: SharedTable
let slept: number[]
let callTakes: number
beforeEach(() => {
  now = Date.parse('2026-11-23T12:00:00Z')
  shared = sharedTable(() => now)
  slept = []
  callTakes = 0
})

interface Asked {
  outcome: string
  keys: (string | undefined)[]
}

const keysOf = (ids: readonly string[]): GeminiKey[] =>
  ids.map((id) => ({ id, key: `secret-${id}`, project: `project-${id}`, weight: 1 }))

/** A client in an environment of its own; upstream answers as the key that calls decides. */
const clientOf = (
  ids: readonly string[],
  upstream: (key: string, call: number, path: string) => Answer,
  made?: Environment,
  /** What the secret says by now. */
  newer: () => readonly string[] | undefined = () => undefined,
) => {
  const { pool, cooldowns } = made ?? environment(() => now, shared.table)
  let version = 'v1'
  let keys = keysOf(ids)
  const calls: { id: string; path: string }[] = []
  const send: ReturnType<typeof answering>['send'] = (outgoing) => {
    const id = (outgoing.headers['x-goog-api-key'] ?? '').slice('secret-'.length)
    calls.push({ id, path: outgoing.path })
    now += callTakes
    return answering(upstream(id, calls.length, outgoing.path)).send(outgoing)
  }
  const clock = () => now
  const gemini = geminiClient({
    send,
    keys: async () => ({ version, keys }),
    distrust: async () => {
      await Promise.resolve()
      const renewed = newer()
      if (renewed) keys = keysOf(renewed)
      if (renewed) version = renewed.join()
    },
    pool,
    refresh: cooldowns.refresh,
    sweep: keySweep({ send, pool, lease: shared.table.lease, clock, log: () => undefined }),
    settle: async () => undefined,
    clock,
    random: () => 0.5,
    sleep: async (milliseconds) => {
      slept.push(milliseconds)
      // The short waits for what others know are over when those have spoken
      if (milliseconds !== 250) now += milliseconds
    },
  })
  const ask = async (affinity = 'conversation', model = 'm', time = 900_000): Promise<Asked> => {
    const before = calls.length
    const work: Promise<unknown>[] = []
    const path = '/v1beta/models/m:streamGenerateContent?alt=sse'
    const outcome = await gemini
      .open(
        { method: 'POST', path, headers: {}, body: '{}', model, streamed: true, affinity },
        {
          requestId: 'r',
          client: { name: 'someone', keyId: 'k' },
          protocol: 'chat',
          asked: 'm',
          receivedAt: now,
          deadline: now + time,
          after: (promise) => void work.push(promise),
        },
        () => streamReader({ newCallId: () => 'call_1', functions: [] }),
      )
      .then(
        ({ flow }) =>
          new Promise<string>((resolve) =>
            flow.start(
              () => {},
              () => resolve('answered'),
            ),
          ),
      )
      .catch((thrown: unknown) => asGatewayError(thrown).kind)
    while (work.length > 0) await Promise.all(work.splice(0))
    return {
      outcome,
      keys: calls
        .slice(before)
        .filter((call) => call.path === path)
        .map(({ id }) => id),
    }
  }
  return { ask, calls }
}

describe('waiting', () => {
  test.each([
    [1, 'answered', 2],
    [1.9, 'answered', 2],
    [5, 'quota_minute', 1],
  ])('for the only project, which is back in %d s: %s', async (seconds, outcome, tries) => {
    const { ask } = clientOf(['a'], (_, call) => (call === 1 ? quota(seconds) : WHOLE))
    expect(await ask()).toEqual({ outcome, keys: Array.from({ length: tries }, () => 'a') })
    expect(slept).toEqual(outcome === 'answered' ? [seconds * 1000 + 1] : [])
  })

  test('happens once: a project that says so again is out of quota', async () => {
    expect((await clientOf(['a'], () => quota(1)).ask()).outcome).toBe('quota_minute')
    expect(slept).toHaveLength(1)
  })

  test('never happens while another project is free', async () => {
    const { ask } = clientOf(['a', 'b'], (_, call) => (call === 1 ? quota(1) : WHOLE))
    expect((await ask()).outcome).toBe('answered')
    expect(slept).toEqual([])
  })

  test('before the same project is tried again after an overload', async () => {
    const { ask } = clientOf(['a'], (_, call) => (call === 1 ? OVERLOADED : WHOLE))
    expect(await ask()).toEqual({ outcome: 'answered', keys: ['a', 'a'] })
    expect(slept).toEqual([500])
  })
})

test('an outage gets no more than a fifth on top, from an environment that goes on', async () => {
  const { ask, calls } = clientOf(['a', 'b', 'c'], () => OVERLOADED)
  for (let i = 0; i < 200; i++) expect((await ask(`c${i}`)).outcome).toBe('overloaded')
  expect(calls.length).toBeLessThanOrEqual(200 * 1.25 + 10)
})

test('a request meets three projects at most, whatever each of them says', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const said = [
    quota(50),
    quota(50),
    status(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'),
    status(403, 'PERMISSION_DENIED', 'Your project has been denied access.'),
    status(403, 'PERMISSION_DENIED', 'words of next year'),
    WHOLE,
  ]
  expect((await clientOf(ids, (_, call) => said[call - 1] ?? WHOLE).ask()).keys).toHaveLength(3)
})

test('many copies of one request leave a project together, whose minute is used up', async () => {
  for (const good of ['a', 'b']) {
    const { ask } = clientOf(['a', 'b'], (id) => (id === good ? WHOLE : quota(50)))
    const copies = await Promise.all(Array.from({ length: 32 }, () => ask()))
    expect(new Set(copies.map(({ outcome }) => outcome))).toEqual(new Set(['answered']))
  }
})

describe('a list that was renewed meanwhile', () => {
  const renewing = (ids: readonly string[], renewed: () => readonly string[] | undefined) =>
    clientOf(ids, (id) => (id.startsWith('new') ? WHOLE : DEAD), undefined, renewed)

  test.each([1, 2, 5])('serves the very request that finds one of %d old keys dead', async (count) => {
    const ids = Array.from({ length: count }, (_, i) => `old${i}`)
    const { outcome, keys } = await renewing(ids, () => ['new']).ask()
    expect([outcome, keys.length, keys.at(-1)]).toEqual(['answered', 2, 'new'])
  })

  test('serves who comes when all its old keys are known to be dead', async () => {
    let renewed: string[] | undefined
    const { ask } = renewing(['old'], () => renewed)
    expect(await ask()).toEqual({ outcome: 'pool_dead', keys: ['old'] })
    renewed = ['new']
    expect(await ask()).toEqual({ outcome: 'answered', keys: ['new'] })
  })
})

describe('bad keys', () => {
  const MANY = Array.from({ length: 100 }, (_, i) => `k${i}`)

  const isSweep = (path: string): boolean => path.startsWith('/v1beta/models?')

  test.each(MANY.filter((_, i) => i % 9 === 0))('99 dead, %s good: the second request succeeds', async (good) => {
    const { ask, calls } = clientOf(MANY, (id) => (id === good ? WHOLE : DEAD))
    const first = await ask()
    expect(first.keys.length).toBeLessThanOrEqual(3)
    expect(await ask('another')).toEqual({ outcome: 'answered', keys: [good] })
    expect(calls.filter(({ path }) => path === '/v1beta/models?pageSize=1').length).toBeGreaterThanOrEqual(97)
    // An environment that starts now knows too
    const cold = environment(() => now, shared.table)
    cold.cooldowns.start()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await clientOf(MANY, (id) => (id === good ? WHOLE : DEAD), cold).ask('a third')).toEqual({
      outcome: 'answered',
      keys: [good],
    })
  })

  test('all but one of the keys that worked die at once: the second request succeeds', async () => {
    const some = MANY.slice(0, 10)
    let good: readonly string[] = some
    const { ask } = clientOf(some, (id) => (good.includes(id) ? WHOLE : DEAD))
    for (let i = 0; i < 100; i++) expect((await ask(`c${i}`)).outcome).toBe('answered')
    const [last = ''] = some.slice(-1)
    good = [last]
    await ask()
    expect(await ask('another')).toEqual({ outcome: 'answered', keys: [last] })
  })

  test('a request that found only bad keys may be sent again', async () => {
    expect((await clientOf(MANY, () => DEAD).ask()).outcome).toBe('unavailable')
  })

  test.each<[string, Answer]>([
    ['an API key is let do', status(401, 'UNAUTHENTICATED', 'x', { '@type': INFO, reason: 'CREDENTIALS_MISSING' })],
    ['this key is let do', status(403, 'PERMISSION_DENIED', 'The caller does not have permission')],
  ])('a call without a model may ask for what %s not: that condemns no key', async (_, refusal) => {
    const { ask } = clientOf(MANY, (_id, _call, path) => (isSweep(path) ? WHOLE : refusal))
    await ask('any', '')
    expect(shared.writes).toBe(0)
    await ask('any', 'm')
    expect(shared.writes).toBe(2)
  })

  test('one request condemns two keys, and the sweep finds the third good', async () => {
    const { ask, calls } = clientOf(['a', 'b', 'c', 'd'], (_, __, path) => (isSweep(path) ? WHOLE : DEAD))
    const { keys } = await ask()
    expect([shared.writes, keys.length]).toEqual([2, 3])
    expect(calls.filter(({ path }) => isSweep(path)).map(({ id }) => id)).toEqual(expect.arrayContaining(keys.slice(2)))
  })

  test('nobody sweeps again for ten minutes', async () => {
    for (let i = 0; i < 3; i++) await clientOf(MANY, () => DEAD).ask()
    expect(shared.leases).toEqual(['sweep v1'])
  })

  test('without the table each environment sweeps by itself, and leaves it be for ten minutes', async () => {
    shared.broken = true
    const { ask, calls } = clientOf(MANY, (id) => (id === 'k99' ? WHOLE : DEAD))
    const sweeps = () => calls.splice(0).filter(({ path }) => isSweep(path)).length
    const outcomes = [(await ask()).outcome, (await ask('another')).outcome]
    expect(outcomes).toEqual(['unavailable', 'answered'])
    expect(sweeps()).toBeGreaterThan(90)

    const all = clientOf(MANY, () => DEAD)
    await all.ask()
    all.calls.splice(0)
    for (let i = 0; i < 3; i++) await all.ask(`c${i}`)
    expect(all.calls.filter(({ path }) => isSweep(path))).toEqual([])
  })

  test('who has no time to sweep leaves it to the next', async () => {
    const { ask } = clientOf(MANY, () => DEAD)
    callTakes = 3_000
    await ask('any', 'm', 12_000)
    callTakes = 0
    expect(shared.leases).toEqual([])
    await ask('other')
    expect(shared.leases).toEqual(['sweep v1'])
  })

  test('a sweep that meets a slow or failing model list condemns nobody', async () => {
    const { ask } = clientOf(MANY, (_, __, path) => (isSweep(path) ? OVERLOADED : DEAD))
    await ask()
    expect(shared.writes).toBe(2)
  })
})
