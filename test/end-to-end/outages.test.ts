// What a client sees when Lambda's time or the secret gives out; one request a process, as in Lambda.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { cooldownsOf, logBook, type SettledCall } from './faults/books.ts'
import { TURNS } from './faults/turns.ts'
import { ask, CLIENT_KEY, nameOf, SAID, VARIANTS, type Variant } from './faults/variants.ts'
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

describe('F17 long before Lambda would kill the environment', () => {
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

  test.concurrent('no further try begins in the last eight seconds', async () => {
    await Promise.all(
      VARIANTS.map(async (variant) => {
        const text = `late: ${nameOf(variant)}!`
        gemini.fail({ fault: 'error', error: 'overloaded' }, { text })
        const answer = await ask(hurried, variant, text)
        expect(refused(answer)).toEqual(refusal(variant.protocol, { kind: 'overloaded' }))
        const calls = await books.callsOf(answer.requestId)
        expect(calls.map(({ outcome }) => outcome)).toEqual(['overload'])
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

test('F20 a plain request asks the table nothing', async () => {
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

describe('F23 a request that finds every key refused', () => {
  test.each(VARIANTS)('condemns two: $protocol, streamed: $stream', async (variant) => {
    const text = `poison: ${nameOf(variant)}!`
    const before = await cooldownsOf(gateway)
    gemini.fail({ fault: 'error', error: 'service-blocked' }, { text, times: 10 })
    const answer = await ask(gateway, variant, text)
    expect(refused(answer)).toEqual(refusal(variant.protocol, { kind: 'unavailable' }))
    const calls = await books.callsOf(answer.requestId)
    expect(calls.map(({ outcome }) => outcome)).toEqual(['config', 'config', 'config'])
    gemini.reset()
    expect([...(await cooldownsOf(gateway))].filter((entry) => !before.has(entry))).toHaveLength(2)
  })
})

describe('F19 without the secret', () => {
  const FAULTS = ['down', 'denied', 'throttled', 'garbage'] as const
  /** Every protocol, in one form or the other: each of them is a process to start. */
  const variantsOf = (fault: (typeof FAULTS)[number]): Variant[] =>
    VARIANTS.filter((_, index) => (index + Math.floor(index / 2) + FAULTS.indexOf(fault)) % 2 === 0)
  const askAll = (variants: readonly Variant[]) =>
    Promise.all(variants.map((variant) => ask(gateway, variant, 'secret')))
  const statuses = async (variants: readonly Variant[]) => (await askAll(variants)).map(({ status }) => status)

  test.each(FAULTS)(
    '%s: those that have it go on, new ones say so until it is back',
    async (fault) => {
      const variants = variantsOf(fault)
      const all = variants.map(() => 200)
      gateway.secret.fault = undefined
      expect(await statuses(variants)).toEqual(all)
      gateway.secret.fault = fault
      expect(await statuses(variants)).toEqual(all)
      await gateway.restart()
      const answers = await askAll(variants)
      const message = 'The gateway has no keys at the moment.'
      for (const [index, { protocol }] of variants.entries()) {
        const told = refusal(protocol, { kind: 'unavailable', message, after: '5' })
        expect(refused(answers[index] as (typeof answers)[number])).toEqual(told)
      }
      gateway.secret.fault = undefined
      expect(await statuses(variants)).toEqual(all)
    },
    30_000,
  )

  test('a bad list replaces no good one', async () => {
    const good = gateway.secret.value()
    gateway.secret.put('{"geminiKeys":[]}')
    expect(await statuses(variantsOf('garbage'))).toEqual([200, 200, 200, 200])
    gateway.secret.put(good)
  })
})

test('no environment was killed or ended by itself', () => {
  expect(platformLines()).toEqual([])
})
