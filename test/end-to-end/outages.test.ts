// What a client sees when Lambda's time, the secret or the client itself gives out; one request a process, as in Lambda.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { cooldownsOf, logBook, type SettledCall } from './faults/books.ts'
import { TURNS } from './faults/turns.ts'
import { ask, CLIENT_KEY, nameOf, requestOf, SAID, VARIANTS, type Variant } from './faults/variants.ts'
import { ending, framesOf, refusal, refused } from './faults/words.ts'

/** What Lambda gives each request of the hurried one; milliseconds. */
const LAMBDA = 7_000
const KILL_MARGIN = 2_000

let gemini: SimulatedGemini
let gateway: Gateway
let hurried: Gateway
const books = logBook()
beforeAll(async () => {
  gemini = await startSimulatedGemini({ pace: { chunkCharacters: 12 } })
  const start = (timeoutMs: number) =>
    startGateway({
      geminiBaseUrl: gemini.origin,
      geminiKeys: Array.from({ length: 60 }, (_, i) => ({ key: `canary-gemini-${i}-key`, project: `project-${i}` })),
      clientKeys: [CLIENT_KEY],
      shared: false,
      timeoutMs,
      log: books.take,
    })
  ;[gateway, hurried] = await Promise.all([start(900_000), start(LAMBDA)])
  await Promise.all(VARIANTS.map((variant) => ask(hurried, variant, 'warm')))
}, 60_000)
afterAll(async () => {
  await Promise.all([gateway.close(), hurried.close()])
  await gemini.close()
})

const platformLines = () => [...gateway.logs, ...hurried.logs].filter(({ source }) => source === 'platform')

describe('long before Lambda would kill the environment', () => {
  /** As the environment itself took the time: how long its neighbours kept it waiting is another matter. */
  const inTime = ([call]: readonly SettledCall[]): void => {
    expect(call?.duration_ms).toBeLessThan(LAMBDA - KILL_MARGIN)
  }

  test.concurrent('a model that says nothing at all is told as a timeout', async () => {
    await Promise.all(
      VARIANTS.map(async (variant) => {
        const text = `nothing: ${nameOf(variant)}!`
        gemini.fail({ fault: 'silence' }, { text })
        const answer = await ask(hurried, variant, text)
        expect(refused(answer)).toEqual(refusal(variant.protocol, { kind: 'timeout' }))
        const calls = await books.callsOf(answer.requestId)
        expect(calls.map(({ outcome }) => outcome)).toEqual(['deadline'])
        inTime(calls)
      }),
    )
  }, 20_000)

  test.concurrent('a model that falls silent in the middle is told in the stream', async () => {
    const message = 'The answer took longer than this gateway may run.'
    await Promise.all(
      VARIANTS.filter(({ stream }) => stream).map(async (variant) => {
        const text = `silence: ${nameOf(variant)}!`
        gemini.script({ text: SAID }, { text })
        gemini.fail({ fault: 'silence', after: 3 }, { text })
        const answer = await ask(hurried, variant, text)
        const frames = framesOf(answer.text)
        const kept = frames.slice(0, variant.protocol === 'responses' ? -2 : -1)
        expect(kept.join('')).toContain('größer')
        expect(answer.text).toBe(kept.join('') + ending(variant.protocol, { kind: 'timeout', message }, kept))
        const calls = await books.callsOf(answer.requestId)
        expect(calls).toMatchObject([{ outcome: 'broken', estimated: true }])
        inTime(calls)
      }),
    )
  }, 20_000)
})

test('when a client goes away its answer is still read to the end, for the books', async () => {
  gemini.pace({ chunkMs: 20 })
  const variant: Variant = { protocol: 'messages', stream: true }
  const [path, body] = requestOf(variant, 'gone', 'gemini-3.6-flash')
  gemini.script({ text: SAID }, { text: 'gone' })
  const leaving = new AbortController()
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${CLIENT_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: leaving.signal,
  })
  const requestId = response.headers.get('x-request-id') ?? ''
  await response.body?.getReader().read()
  leaving.abort()
  const calls = await books.callsOf(requestId)
  gemini.pace({ chunkMs: 0 })
  expect(calls).toMatchObject([
    { outcome: 'complete', estimated: false, usage: { totalTokenCount: expect.any(Number) } },
  ])
  expect(gemini.requests.at(-1)?.cut).toBeUndefined()
})

test('a plain request asks the table nothing', async () => {
  const round = async (): Promise<void> => {
    for (const variant of VARIANTS) await ask(gateway, variant, 'plain')
  }
  // Environments read the table when they start
  await round()
  gateway.table.calls.splice(0)
  await round()
  await round()
  expect(gateway.table.calls).toEqual([])
})

describe('a conversation that had to leave its project', () => {
  const post = async (path: string, body: object): Promise<{ text: string; projects: string[] }> => {
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${CLIENT_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    const calls = await books.callsOf(response.headers.get('x-request-id') ?? '')
    return { text, projects: calls.map(({ project }) => project) }
  }

  test.each(Object.entries(TURNS))(
    '%s: stays where it went, in environments that know nothing of it',
    async (_, [path, first, second]) => {
      gemini.fail({ fault: 'error', error: 'minute-quota' })
      gemini.script({ calls: [{ name: 'f' }] })
      const { text, projects } = await post(path, first)
      expect(projects).toHaveLength(2)
      await gateway.restart()
      const id = /"(call_[a-z0-9]{24})"/.exec(text)?.[1] ?? ''
      expect((await post(path, second(id))).projects).toEqual(projects.slice(1))
      // An id that says nothing leads home
      expect((await post(path, second('call_of-another-gateway'))).projects).toEqual(projects.slice(0, 1))
    },
  )
})

test('a request that finds every key refused condemns two', async () => {
  const before = await cooldownsOf(gateway)
  gemini.fail({ fault: 'error', error: 'service-blocked' }, { text: 'poison', times: 10 })
  const answer = await ask(gateway, { protocol: 'chat', stream: false }, 'poison')
  expect(refused(answer)).toEqual(refusal('chat', { kind: 'unavailable' }))
  expect((await books.callsOf(answer.requestId)).map(({ outcome }) => outcome)).toEqual(['config', 'config', 'config'])
  gemini.reset()
  expect([...(await cooldownsOf(gateway))].filter((entry) => !before.has(entry))).toHaveLength(2)
})

describe('F19 without the secret', () => {
  const both: readonly Variant[] = [
    { protocol: 'chat', stream: true },
    { protocol: 'messages', stream: false },
    { protocol: 'native', stream: false },
  ]
  const statuses = () => Promise.all(both.map(async (variant) => (await ask(gateway, variant, 'secret')).status))

  test.each(['down', 'denied', 'throttled', 'garbage'] as const)(
    '%s: those that have it go on, new ones say so until it is back',
    async (fault) => {
      gateway.secret.fault = undefined
      expect(await statuses()).toEqual([200, 200, 200])
      gateway.secret.fault = fault
      expect(await statuses()).toEqual([200, 200, 200])
      await gateway.restart()
      const answers = await Promise.all(both.map((variant) => ask(gateway, variant, 'secret')))
      const message = 'The gateway has no keys at the moment.'
      for (const [index, { protocol }] of both.entries()) {
        const told = refusal(protocol, { kind: 'unavailable', message, after: '5' })
        expect(refused(answers[index] as (typeof answers)[number])).toEqual(told)
      }
      gateway.secret.fault = undefined
      expect(await statuses()).toEqual([200, 200, 200])
    },
    30_000,
  )

  test('a bad list replaces no good one', async () => {
    const good = gateway.secret.value()
    gateway.secret.put('{"geminiKeys":[]}')
    expect(await statuses()).toEqual([200, 200, 200])
    gateway.secret.put(good)
  })
})

test('no environment was killed or ended by itself', () => {
  expect(platformLines()).toEqual([])
})
