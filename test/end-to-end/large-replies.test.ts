// F7: one event of 8 MB, and ten thousand small ones; in environments with as much memory as they have in Lambda.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { cooldownsOf, logBook } from './faults/books.ts'
import { ask, CLIENT_KEY, nameOf, VARIANTS, type Variant } from './faults/variants.ts'

const LETTERS = 4 * 2 ** 20
const EVENTS = 10_000

let gemini: SimulatedGemini
let gateway: Gateway
const books = logBook()
beforeAll(async () => {
  gemini = await startSimulatedGemini()
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    geminiKeys: ['a', 'b'].map((name) => ({ key: `canary-${name}`, project: name })),
    clientKeys: [CLIENT_KEY],
    shared: false,
    log: books.take,
  })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})

/** A whole reply is one JSON, a streamed one as many events as there are texts. */
const replyOf = ({ stream }: Variant, count: number, text: string) => {
  const response = (last: boolean) => ({
    candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...(last && { finishReason: 'STOP' }) }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    modelVersion: 'large',
    responseId: 'large',
  })
  if (!stream) return JSON.stringify(response(true))
  const event = (last: boolean) => `data: ${JSON.stringify(response(last))}\r\n\r\n`
  return event(false).repeat(count - 1) + event(true)
}

const lettersIn = (text: string): number => text.split('ß').length - 1

const asked = async (variant: Variant, count: number, text: string): Promise<number> => {
  const prompt = `${count} ${text.length} ${nameOf(variant)}!`
  const type = variant.stream ? 'text/event-stream' : 'application/json'
  gemini.script({ raw: replyOf(variant, count, text), headers: { 'content-type': type } }, { text: prompt })
  const answer = await ask(gateway, variant, prompt)
  expect(answer.status).toBe(200)
  const calls = await books.callsOf(answer.requestId)
  expect(calls).toMatchObject([{ outcome: 'complete', estimated: false, usage: { totalTokenCount: 2 } }])
  return lettersIn(answer.text)
}

test.each(VARIANTS)(
  'F7 one event of 8 MB: $protocol, streamed: $stream',
  async (variant) => {
    // Some say the whole text again at the end
    const times = await asked(variant, 1, 'ß')
    expect(await asked(variant, 1, 'ß'.repeat(LETTERS))).toBe(times * LETTERS)
  },
  20_000,
)

test.each(VARIANTS.filter(({ stream }) => stream))(
  'F7 ten thousand small events: $protocol',
  async (variant) => {
    const times = await asked(variant, 1, 'ß')
    expect(await asked(variant, EVENTS, 'ß')).toBe(times * EVENTS)
  },
  20_000,
)

test('F7 costs no key and no environment', async () => {
  expect(await cooldownsOf(gateway)).toEqual(new Set())
  expect(gateway.logs.filter(({ source }) => source === 'platform')).toEqual([])
})
