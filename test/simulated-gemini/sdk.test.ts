// Google's own client against the simulator: what it sends is taken, and what it reads is right.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, JobState } from '@google/genai'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'

let simulated: SimulatedGemini
let client: GoogleGenAI
beforeAll(async () => {
  simulated = await startSimulatedGemini()
  client = new GoogleGenAI({ apiKey: 'a', httpOptions: { baseUrl: simulated.origin } })
})
afterAll(() => simulated.close())

const model = 'gemini-3.6-flash'

test('generates, whole and streamed', async () => {
  const contents = '请用三句话总结函数式编程的核心思想。'
  const whole = await client.models.generateContent({ model, contents })
  let text = ''
  for await (const chunk of await client.models.generateContentStream({ model, contents })) text += chunk.text ?? ''
  expect(whole.text).toMatch(/函数式编程/)
  expect(text).toBe(whole.text)
  expect(simulated.requests.at(-1)).toMatchObject({ credentials: ['x-goog-api-key'], query: { alt: 'sse' } })
})

test('keeps a chat in which functions are called', async () => {
  const functionDeclarations = [
    { name: 'get_weather', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } } },
  ]
  const chat = client.chats.create({ model, config: { tools: [{ functionDeclarations }] } })
  const first = await chat.sendMessage({ message: 'What is the weather in Oslo?' })
  const [call] = first.functionCalls ?? []
  expect(call).toMatchObject({ name: 'get_weather', args: { city: 'Oslo' } })
  const functionResponse = { name: call?.name, id: call?.id, response: { output: 'rain' } }
  const second = await chat.sendMessage({ message: [{ functionResponse }] })
  expect(second.text).toContain('rain')
  let streamed = ''
  for await (const chunk of await chat.sendMessageStream({ message: 'Thank you' })) streamed += chunk.text ?? ''
  expect(streamed).not.toBe('')
})

test('forces a call', async () => {
  const config = {
    tools: [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }],
    toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['b'] } },
  }
  const forced = await client.models.generateContent({ model, contents: 'Hello', config })
  expect(forced.functionCalls?.map(({ name }) => name)).toEqual(['b'])
})

test('embeds, counts, lists', async () => {
  const contents = ['one', 'two']
  const { embeddings } = await client.models.embedContent({
    model: 'gemini-embedding-001',
    contents,
    config: { outputDimensionality: 256 },
  })
  expect(embeddings?.map(({ values }) => values?.length)).toEqual([256, 256])
  expect((await client.models.countTokens({ model, contents: 'one two three' })).totalTokens).toBeGreaterThan(0)
  const names: (string | undefined)[] = []
  for await (const { name } of await client.models.list({ config: { pageSize: 5 } })) names.push(name)
  expect(names).toContain('models/gemini-3.1-flash-lite-image')
  expect(new Set(names).size).toBe(names.length)
  expect((await client.models.get({ model })).outputTokenLimit).toBe(65_536)
})

test('uploads a file, uses it, and caches it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulated-'))
  const path = join(folder, 'a.txt')
  await writeFile(path, 'A long story. '.repeat(1000))
  const file = await client.files.upload({ file: path, config: { mimeType: 'text/plain', displayName: 'story' } })
  await rm(folder, { recursive: true })
  expect(file).toMatchObject({ displayName: 'story', sizeBytes: '14000', state: 'ACTIVE' })
  const contents = [
    { role: 'user', parts: [{ fileData: { fileUri: file.uri, mimeType: file.mimeType } }, { text: 'Sum up' }] },
  ]
  expect((await client.models.generateContent({ model, contents })).text).not.toBe('')
  const long = { role: 'user', parts: [{ text: 'A long story. '.repeat(1000) }] }
  const cache = await client.caches.create({ model, config: { contents: [long], ttl: '300s' } })
  const cached = await client.models.generateContent({ model, contents: 'And?', config: { cachedContent: cache.name } })
  expect(cached.usageMetadata?.cachedContentTokenCount).toBe(cache.usageMetadata?.totalTokenCount)
  await client.caches.delete({ name: cache.name ?? '' })
  await client.files.delete({ name: file.name ?? '' })
  await expect(client.files.get({ name: file.name ?? '' })).rejects.toMatchObject({ status: 403 })
})

test('makes images and speech', async () => {
  const image = await client.models.generateContent({ model: 'gemini-2.5-flash-image', contents: 'A cat' })
  expect(
    Buffer.from(image.candidates?.[0]?.content?.parts?.[1]?.inlineData?.data ?? '', 'base64').toString('latin1', 1, 4),
  ).toBe('PNG')
  const config = {
    responseModalities: ['AUDIO'],
    speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
  }
  const speech = await client.models.generateContent({
    model: 'gemini-2.5-flash-preview-tts',
    contents: 'Hello',
    config,
  })
  expect(speech.candidates?.[0]?.content?.parts?.[0]?.inlineData?.mimeType).toBe('audio/L16;codec=pcm;rate=24000')
})

test('waits for a batch', async () => {
  let batch = await client.batches.create({
    model,
    src: [{ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }],
    config: { displayName: 'b' },
  })
  for (let looks = 0; batch.state !== JobState.JOB_STATE_SUCCEEDED && looks < 5; looks++)
    batch = await client.batches.get({ name: batch.name ?? '' })
  expect(batch.dest?.inlinedResponses?.[0]?.response?.candidates?.[0]?.finishReason).toBe('STOP')
})

test('reads errors', async () => {
  const error = await client.models
    .generateContent({ model: 'gemini-9', contents: 'x' })
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({
    status: 404,
    message: expect.stringContaining('models/gemini-9 is not found for API version v1'),
  })
})
