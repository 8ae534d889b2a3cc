// Several choices of a model that gives one a call: as many calls at once, which the client can't tell.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import type { Json } from '../../lib/gemini/wire.ts'
import { checkGrammar, readStream } from '../openai/chat/grammar.ts'
import { post } from './families.ts'

let gateway: Gateway
let openai: OpenAI
beforeAll(async () => {
  gateway = await startGateway({ simulation: { pace: { chunkCharacters: 4 } } })
  openai = new OpenAI({ apiKey: 'your-api-key-1', baseURL: `${gateway.url}/v1`, maxRetries: 0 })
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => gateway.simulated.reset())

const TEXTS = ['first one of three', 'second one of three', 'third one of three']
const ASKED = { model: 'gemini-3.6-flash', n: 3, messages: [{ role: 'user' as const, content: 'hello' }] }
const script = (): void => gateway.simulated.script(TEXTS.map((text) => ({ text })))
/** Calls and their records may be a moment later than the reply. */
const until = async (condition: () => boolean): Promise<void> => {
  for (let wait = 0; wait < 250 && !condition(); wait++) await sleep(20)
  expect(condition()).toBe(true)
}
const settled = (requestId: string | null): Json[] =>
  gateway.logs
    .filter(({ text }) => text.includes(`"request_id":"${requestId}"`) && text.includes('"attempt":'))
    .map(({ text }) => JSON.parse(text) as Json)

test('whole: each choice has its place, the prompt counts once, and each call is on the books', async () => {
  script()
  const { data, request_id } = await openai.chat.completions.create({ ...ASKED, seed: 7 }).withResponse()
  expect(data.choices.map(({ index }) => index)).toEqual([0, 1, 2])
  expect(new Set(data.choices.map(({ message }) => message.content))).toEqual(new Set(TEXTS))
  const one = await openai.chat.completions.create({ ...ASKED, n: 1 })
  expect(data.usage?.prompt_tokens).toBe(one.usage?.prompt_tokens)
  const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = data.usage ?? {}
  expect(total_tokens).toBe(prompt_tokens + completion_tokens)

  const sent = gateway.simulated.requests.slice(0, 3)
  const seeds = sent.map(({ body }) => (body as { generationConfig: { seed: number } }).generationConfig.seed)
  expect(seeds.toSorted((a, b) => a - b)).toEqual([7, 8, 9])
  expect(new Set(sent.map(({ project }) => project)).size).toBe(1)
  await until(() => settled(request_id).length === 3)
  const records = settled(request_id)
  const outputs = records.map((record) => Number(record['gen_ai.usage.output_tokens']))
  expect(outputs.reduce((sum, output) => sum + output, 0)).toBe(completion_tokens)
})

test('streamed: by OpenAI’s grammar, with the right index at every piece', async () => {
  script()
  const body = { ...ASKED, stream: true, stream_options: { include_usage: true } }
  const { text } = await post(gateway, '/v1/chat/completions', body)
  checkGrammar(text, { includeUsage: true })
  const said = ['', '', '']
  for (const { choices } of readStream(text).chunks) {
    for (const { index, delta } of choices) said[index] += delta.content ?? ''
  }
  expect(new Set(said)).toEqual(new Set(TEXTS))
  script()
  const final = await openai.chat.completions.stream(ASKED).finalChatCompletion()
  expect(new Set(final.choices.map(({ message }) => message.content))).toEqual(new Set(TEXTS))
})

test.each([true, false])('one that fails before its content is tried again (streamed: %s)', async (stream) => {
  gateway.simulated.fail({ fault: 'error', error: 'internal' })
  const { status, text } = await post(gateway, '/v1/chat/completions', { ...ASKED, stream })
  expect(status).toBe(200)
  expect(text.match(/"finish_reason":"stop"/g)).toHaveLength(3)
  expect(gateway.simulated.requests).toHaveLength(4)
})

test.each([true, false])('one that fails for good before its content is the status (streamed: %s)', async (stream) => {
  gateway.simulated.fail({ fault: 'error', error: 'bad-argument' })
  expect((await post(gateway, '/v1/chat/completions', { ...ASKED, stream })).status).toBe(400)
  await until(() => gateway.simulated.requests.length === 3)
})

test('one that breaks off later ends the stream with an error', async () => {
  script()
  gateway.simulated.fail({ fault: 'end', after: 2 })
  const { status, text } = await post(gateway, '/v1/chat/completions', { ...ASKED, stream: true })
  expect(status).toBe(200)
  expect(readStream(text).end).toMatchObject({ error: { type: 'server_error' } })
})

test('Completions have them, too', async () => {
  script()
  const whole = await openai.completions.create({ model: ASKED.model, prompt: 'one', n: 3 })
  expect(new Set(whole.choices.map(({ text }) => text))).toEqual(new Set(TEXTS))
  script()
  const said = ['', '', '']
  for await (const { choices } of await openai.completions.create({
    model: ASKED.model,
    prompt: 'one',
    n: 3,
    stream: true,
  })) {
    for (const { index, text } of choices) said[index] += text
  }
  expect(new Set(said)).toEqual(new Set(TEXTS))
})

test('a model that gives several in one call is asked once', async () => {
  const { choices } = await openai.chat.completions.create({ ...ASKED, model: 'gemini-2.5-flash' })
  expect(choices).toHaveLength(3)
  expect(gateway.simulated.requests.map(({ body }) => (body as Json).generationConfig)).toEqual([{ candidateCount: 3 }])
})
