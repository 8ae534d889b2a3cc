import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Tiktoken } from 'js-tiktoken/lite'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
import type { BatchEmbedContentsRequest } from '../../lib/openai/embeddings/request.ts'
import { faultsOf, serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve()
})
afterEach(() => served.simulated.reset())
afterAll(() => served.simulated.close())

const lengthOf = (vector: readonly number[]): number => Math.hypot(...vector)

test('the SDK, which asks for base64, reads the floats that a client without it gets', async () => {
  const { openai } = served
  const decoded = await openai.embeddings.create({ model: 'gemini-embedding-2', input: 'How are you?' })
  const plain = await openai.embeddings.create({
    model: 'gemini-embedding-2',
    input: 'How are you?',
    encoding_format: 'float',
  })
  expect(faultsOf('CreateEmbeddingResponse', plain)).toEqual([])
  expect(decoded.data[0]?.embedding).toHaveLength(3072)
  expect(decoded.data[0]?.embedding).toEqual(Array.from(new Float32Array(plain.data[0]?.embedding ?? [])))
})

test('what Gemini doesn’t count is on the books all the same, as an estimate', async () => {
  const { openai, settled } = served
  settled.length = 0
  await openai.embeddings.create({ model: 'gemini-embedding-001', input: 'How are you, and how are the whales?' })
  await openai.embeddings.create({ model: 'gemini-embedding-2', input: 'How are you, and how are the whales?' })
  expect(settled).toMatchObject([
    { model: 'gemini-embedding-001', usage: { promptTokenCount: expect.any(Number) }, estimated: true },
    { model: 'gemini-embedding-2', usage: { promptTokenCount: expect.any(Number) }, estimated: false },
  ])
  const [guessed = 0, counted = 0] = settled.map(({ usage }) => usage.promptTokenCount)
  expect(guessed).toBeGreaterThanOrEqual(counted)
})

test('shortened vectors have length 1 on every model', async () => {
  for (const model of ['text-embedding-3-small', 'gemini-embedding-2']) {
    const { data } = await served.openai.embeddings.create({ model, input: ['a', 'b'], dimensions: 768 })
    expect(data.map(({ embedding }) => embedding.length)).toEqual([768, 768])
    for (const { embedding } of data) expect(lengthOf(embedding)).toBeCloseTo(1, 5)
  }
  expect(served.simulated.requests.map(({ model }) => model)).toEqual(['gemini-embedding-001', 'gemini-embedding-2'])
})

test('250 texts are three batches, and come back in their order', async () => {
  const { openai, simulated } = served
  const input = Array.from({ length: 250 }, (_, index) => `text ${index}`)
  const { data, usage } = await openai.embeddings.create({ model: 'gemini-embedding-001', input })
  const [last] = (await openai.embeddings.create({ model: 'gemini-embedding-001', input: 'text 249' })).data
  expect(simulated.requests).toHaveLength(4)
  expect(data.map(({ index }) => index)).toEqual(input.map((_, index) => index))
  expect(data[249]?.embedding).toEqual(last?.embedding)
  expect(usage.prompt_tokens).toBeGreaterThan(250)
})

test("Gemini's own count is the usage where it counts", async () => {
  const { openai } = served
  const one = await openai.embeddings.create({ model: 'gemini-embedding-2', input: 'one two three' })
  const many = await openai.embeddings.create({ model: 'gemini-embedding-2', input: Array(101).fill('one two three') })
  expect(many.usage.total_tokens).toBe(101 * one.usage.total_tokens)
})

test('token ids are the text they stand for, as OpenAI’s tokenizer makes them', async () => {
  const { openai, simulated } = served
  const texts = [
    'Hello, 世界! 🎉 naïve\n\tdef f(x): return x ** 2',
    '  zwei  Wörter  ',
    'constructor __proto__ <|endoftext|>',
  ]
  const tokenizer = new Tiktoken(cl100k)
  const encoded = texts.map((text) => tokenizer.encode(text, 'all'))
  const model = 'text-embedding-3-small'
  const [plain, many, one] = [
    await openai.embeddings.create({ model, input: texts }),
    await openai.embeddings.create({ model, input: encoded }),
    await openai.embeddings.create({ model, input: encoded[0] ?? [] }),
  ]
  expect(many.data).toEqual(plain.data)
  expect(one.data).toEqual(plain.data.slice(0, 1))
  const sent = simulated.requests.map(({ body }) =>
    (body as BatchEmbedContentsRequest).requests.map(({ content }) => content.parts[0]?.text),
  )
  expect(sent).toEqual([texts, texts, texts.slice(0, 1)])
})

test.each([
  ['input', { input: [1, 2, 100_300] }],
  ['input[1]', { input: [[1, 2], [-1]] }],
  ['input[0]', { input: [1.5] }],
  ['input[0]', { input: [[]] }],
  ['input', { input: '' }],
  ['input[1]', { input: ['a', ''] }],
  ['input', { input: [] }],
  ['input', { input: Array.from({ length: 2049 }, () => 'a') }],
  ['input', {}],
  ['dimensions', { input: 'a', dimensions: 0 }],
])('%s of %j is refused by its name', async (param, body) => {
  const reply = await served.fetch('http://gateway.test/v1/embeddings', {
    method: 'POST',
    body: JSON.stringify({ model: 'gemini-embedding-2', ...body }),
  })
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ error: { type: 'invalid_request_error', param } })
  expect(served.simulated.requests).toEqual([])
})

test("a model that can't embed is a model that is not found", async () => {
  await expect(served.openai.embeddings.create({ model: 'gemini-2.5-pro', input: 'a' })).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
  })
})

test('moderations are not found, in words', async () => {
  await expect(served.openai.moderations.create({ input: 'a' })).rejects.toMatchObject({
    status: 404,
    type: 'invalid_request_error',
  })
})
