// What a function loads only when it is asked for, out of the bundles that are deployed, one request a process as in Lambda.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'

let gateway: Gateway
let openai: OpenAI
beforeAll(async () => {
  gateway = await startGateway({ shared: false, memory: 128 })
  openai = new OpenAI({ apiKey: 'your-api-key-1', baseURL: `${gateway.url}/v1`, maxRetries: 0 })
}, 60_000)
afterAll(() => gateway.close())

test('speech as MP3, by an encoder in WebAssembly', async () => {
  const reply = await openai.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'How are you?' })
  expect(reply.headers.get('content-type')).toBe('audio/mpeg')
  const bytes = Buffer.from(await reply.arrayBuffer())
  expect(bytes.length).toBeGreaterThan(1000)
  expect(bytes.readUInt16BE(0)).toBe(0xfff3)
})

test('embeddings of token ids, by OpenAI’s table', async () => {
  const input = [[9906, 11, 220, 3574, 244, 98220], [0]]
  const ids = await openai.embeddings.create({ model: 'text-embedding-3-small', input })
  const texts = await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['Hello, 世界', '!'] })
  expect(ids.data).toEqual(texts.data)
})

test('who asks for a WebSocket, as Codex does first, is told to go on without one', async () => {
  const ask = (headers: Record<string, string>) =>
    fetch(`${gateway.url}/v1/responses`, { headers: { authorization: 'Bearer your-api-key-1', ...headers } })
  const told = await ask({ 'openai-beta': 'responses_websockets=2026-02-06' })
  expect([told.status, await told.json()]).toEqual([
    426,
    { error: expect.objectContaining({ type: 'invalid_request_error' }) },
  ])
  expect((await ask({})).status).toBe(405)
})
