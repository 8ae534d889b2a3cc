// F8: a model that says nothing for long, or next to nothing; in processes whose long waits are over a hundred times as soon.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { logBook } from './faults/books.ts'
import { ask, CLIENT_KEY, nameOf, type Protocol, SAID, VARIANTS, type Variant } from './faults/variants.ts'
import { ending, framesOf, type Kind, refusal, refused } from './faults/words.ts'

/** What the limits of DESIGN come to here, in milliseconds: 20 s until the status goes out, 2 min of silence in a stream. */
const STATUS = 200
const SILENCE = 1_200

let gemini: SimulatedGemini
let gateway: Gateway
const books = logBook()
beforeAll(async () => {
  gemini = await startSimulatedGemini({ pace: { chunkCharacters: 12 } })
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    geminiKeys: ['a', 'b', 'c'].map((name) => ({ key: `canary-${name}`, project: name })),
    clientKeys: [CLIENT_KEY],
    variables: { NODE_OPTIONS: `--require ${join(import.meta.dirname, 'faults/hurried.cjs')}` },
    log: books.take,
  })
  await Promise.all(VARIANTS.map((variant) => ask(gateway, variant, 'warm')))
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})

const STREAMED = VARIANTS.filter(({ stream }) => stream)
/** What keeps a connection alive; native clients wait without. */
const PINGS: Readonly<Record<Protocol, string>> = {
  chat: ': ping\n\n',
  responses: ': ping\n\n',
  messages: 'event: ping\ndata: {"type": "ping"}\n\n',
  native: '',
}
/** The frames a stream begins with, whatever comes of it. */
const BEGUN: Readonly<Record<Protocol, number>> = { chat: 1, responses: 2, messages: 0, native: 0 }

const outcomesOf = async (requestId: string): Promise<string[]> =>
  (await books.callsOf(requestId)).map(({ outcome }) => outcome)

/** The answer to a request of its own, and what the answer would be if nothing were wrong. */
const compared = async (variant: Variant, name: string) => {
  const text = (what: string) => `${what.padEnd(10)} ${name} ${nameOf(variant)}!`
  gemini.script({ text: SAID }, { text: text('sound') })
  gemini.script({ text: SAID }, { text: text('faulty'), times: 2 })
  const sound = framesOf((await ask(gateway, variant, text('sound'))).text)
  return { sound, text: text('faulty') }
}

/** Frames, and how many pings stood between them. */
const withoutPings = (protocol: Protocol, text: string): { frames: string[]; pings: number } => {
  const all = framesOf(text)
  const frames = all.filter((frame) => frame !== PINGS[protocol])
  return { frames, pings: all.length - frames.length }
}

const inEach = (variants: readonly Variant[], meet: (variant: Variant) => Promise<void>) => async (): Promise<void> => {
  await Promise.all(variants.map(meet))
}

describe('F8', () => {
  test.concurrent(
    'silence before anything: the connection is kept, and another try still possible',
    inEach(STREAMED, async (variant) => {
      const { protocol } = variant
      const { sound, text } = await compared(variant, 'early')
      gemini.fail({ fault: 'silence', ms: 4 * STATUS }, { text })
      const answer = await ask(gateway, variant, text)
      const { frames, pings } = withoutPings(protocol, answer.text)
      expect([answer.status, frames]).toEqual([200, sound])
      expect(pings > 0).toBe(protocol !== 'native')
      expect(await outcomesOf(answer.requestId)).toEqual(['bad_body', 'complete'])
    }),
    20_000,
  )

  test.concurrent(
    'silence before anything that never ends: told as a timeout, and not tried again',
    inEach(STREAMED, async (variant) => {
      const { protocol } = variant
      const { sound, text } = await compared(variant, 'never')
      gemini.fail({ fault: 'silence' }, { text })
      const answer = await ask(gateway, variant, text)
      const told: { kind: Kind } = { kind: 'timeout' }
      if (protocol === 'native') {
        expect(refused(answer)).toEqual(refusal(protocol, told))
      } else {
        const { frames, pings } = withoutPings(protocol, answer.text)
        const kept = sound.slice(0, BEGUN[protocol])
        expect([answer.status, frames.join('')]).toEqual([200, kept.join('') + ending(protocol, told, kept)])
        expect(pings).toBeGreaterThan(5)
      }
      expect(await outcomesOf(answer.requestId)).toEqual(['deadline'])
    }),
    20_000,
  )

  test.concurrent(
    'two minutes of silence in the middle: the stream breaks off',
    inEach(STREAMED, async (variant) => {
      const { protocol } = variant
      const { sound, text } = await compared(variant, 'middle')
      gemini.fail({ fault: 'silence', after: 3 }, { text })
      const answer = await ask(gateway, variant, text)
      const { frames, pings } = withoutPings(protocol, answer.text)
      const kept = frames.filter((frame, index) => frame === sound[index])
      const message = 'The model fell silent in the middle of its answer.'
      const last = ending(protocol, { kind: 'timeout', message }, kept)
      expect([answer.status, frames.join('')]).toEqual([200, kept.join('') + last])
      expect(kept.length).toBeGreaterThan(2)
      expect(pings > 0).toBe(protocol !== 'native')
      expect(await outcomesOf(answer.requestId)).toEqual(['broken'])
    }),
    20_000,
  )

  test.concurrent(
    'a reply that drips byte by byte is waited for, however long it takes',
    inEach(VARIANTS, async (variant) => {
      const { sound, text } = await compared(variant, 'drip')
      gemini.fail({ fault: 'drip', bytesPerSecond: 1_000 }, { text })
      const began = performance.now()
      const answer = await ask(gateway, variant, text)
      const { frames } = withoutPings(variant.protocol, answer.text)
      expect([answer.status, frames]).toEqual([200, sound])
      if (variant.stream) expect(performance.now() - began).toBeGreaterThan(SILENCE)
      expect(await outcomesOf(answer.requestId)).toEqual(['complete'])
    }),
    20_000,
  )
})

test('no environment was killed or ended by itself', () => {
  expect(gateway.logs.filter(({ source }) => source === 'platform')).toEqual([])
})
