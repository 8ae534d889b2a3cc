// One base URL of the REST API for the SDKs of all three families: its stage, its base64, its way for large files.
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

const apiKey = 'your-api-key-1'
const model = 'gemini-2.5-flash'
const messages = [{ role: 'user' as const, content: '你好 — how are you?' }]

let gateway: Gateway
let openai: OpenAI
let anthropic: Anthropic
let google: GoogleGenAI
beforeAll(async () => {
  gateway = await startGateway({ frontDoor: 'api', simulation: { pace: { chunkCharacters: 8 } } })
  openai = new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey, baseURL: gateway.url, maxRetries: 0 })
  google = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.url } })
}, 60_000)
afterAll(() => gateway.close())

const all = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const chunks: T[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

test('OpenAI, streamed and with a query', async () => {
  const stream = await openai.chat.completions.create({ model, messages, stream: true })
  const chunks = await all(stream)
  expect(chunks.length).toBeGreaterThan(2)
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
  const { data } = await openai.models.list()
  expect(data.length).toBeGreaterThan(5)
})

test('Anthropic, streamed, and what several families share', async () => {
  const message = await anthropic.messages.stream({ model, max_tokens: 500, messages }).finalMessage()
  expect(message.stop_reason).toBe('end_turn')
  const page = await anthropic.models.list({ limit: 2 })
  expect(page.data[0]?.type).toBe('model')
  expect(await anthropic.messages.countTokens({ model, messages })).toEqual({ input_tokens: expect.any(Number) })
})

test('Google, streamed, and a colon in the path', async () => {
  const stream = await google.models.generateContentStream({ model, contents: 'Hello' })
  const chunks = await all(stream)
  expect(chunks.map(({ text }) => text ?? '').join('').length).toBeGreaterThan(10)
  expect((await google.models.countTokens({ model, contents: 'Hello' })).totalTokens).toBeGreaterThan(0)
})

test('a file that no function could take goes up, is named and deleted', async () => {
  const bytes = Buffer.alloc(9 * 2 ** 20, Buffer.from([0, 255, 128, 10]))
  const file = await google.files.upload({ file: new Blob([bytes]), config: { mimeType: 'video/mp4' } })
  expect(file).toMatchObject({ sizeBytes: String(bytes.length), mimeType: 'video/mp4' })
  const parts = gateway.simulated.requests.filter(({ query }) => query.upload_id !== undefined)
  expect(parts.map((part) => part.bytes)).toEqual([8 * 2 ** 20, 2 ** 20])
  expect(JSON.stringify(parts.map(({ headers, query }) => [headers, query]))).not.toContain(apiKey)
  const name = file.name ?? ''
  expect((await google.files.get({ name })).name).toBe(name)
  await google.files.delete({ name })
}, 20_000)

test('a key in the query, and a stream that breaks off after it began', async () => {
  const listed = await fetch(`${gateway.url}/v1beta/models?pageSize=1&key=${apiKey}`)
  expect([listed.status, Object.keys((await listed.json()) as object)]).toEqual([200, ['models', 'nextPageToken']])
  gateway.simulated.script({ text: 'one two three four five six seven eight nine ten' })
  gateway.simulated.fail({ fault: 'end', after: 3 })
  const stream = anthropic.messages.stream({ model, max_tokens: 500, messages })
  await expect(stream.finalMessage()).rejects.toMatchObject({ error: { type: 'error', error: { type: 'api_error' } } })
})

test('F24 errors are in the words of whoever asks, those of API Gateway in words that all read', async () => {
  const unknown = { model: 'no-such-model', messages }
  await expect(openai.chat.completions.create(unknown)).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  await expect(anthropic.messages.create({ ...unknown, max_tokens: 9 })).rejects.toMatchObject({
    status: 404,
    error: { type: 'error', error: { type: 'not_found_error' } },
  })
  const long = [{ role: 'user' as const, content: 'x'.repeat(5_000_000) }]
  await expect(openai.chat.completions.create({ model, messages: long })).rejects.toMatchObject({
    status: 413,
    message: expect.stringContaining('too large'),
    type: 'request_too_large',
  })
  await expect(anthropic.messages.create({ model, max_tokens: 9, messages: long })).rejects.toMatchObject({
    status: 413,
    error: { error: { type: 'request_too_large' } },
  })
  const parts = [{ text: long[0]?.content ?? '' }]
  const refusal = google.models.generateContent({ model, contents: [{ role: 'user', parts }] })
  await expect(refusal).rejects.toMatchObject({ status: 413, message: expect.stringContaining('INVALID_ARGUMENT') })
})
