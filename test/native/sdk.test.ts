// Google's own client with nothing but address and key changed, before a pool of three projects and behind the front door.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, type BatchJob, type CallableTool, GoogleGenAI, JobState, Modality } from '@google/genai'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'

const UPSTREAM = ['a', 'b', 'c'].map((name) => ({ key: `upstream-canary-${name}`, project: `project-${name}` }))
const ANN = 'client-canary-ann'
const BOB = 'client-canary-bob'
const model = 'gemini-3.6-flash'

type Json = Record<string, unknown>
interface Video {
  response: { generateVideoResponse: { generatedSamples: [{ video: { uri: string } }] } }
}

let gateway: Gateway
let ann: GoogleGenAI
let bob: GoogleGenAI
/** Everything that came down, headers and bodies. */
let cameDown = ''
const { fetch } = globalThis

// The machine may be busy: it is no matter of speed here.
jest.setTimeout(60_000)

beforeAll(async () => {
  // What the SDK says of thoughts among parts, and of what is experimental.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined)
  gateway = await startGateway({ frontDoor: 'api', geminiKeys: UPSTREAM, clientKeys: [ANN, BOB] })
  const clientOf = (apiKey: string) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.url } })
  ann = clientOf(ANN)
  bob = clientOf(BOB)
  globalThis.fetch = async (...asked) => {
    const response = await fetch(...asked)
    const text = response.clone().text()
    cameDown += JSON.stringify([...response.headers])
    void text.then((body) => {
      cameDown += body
    })
    return response
  }
}, 60_000)
afterAll(async () => {
  globalThis.fetch = fetch
  await gateway.close()
})

const refusal = async (work: Promise<unknown>): Promise<ApiError> => {
  const error = await work.catch((thrown: unknown) => thrown)
  if (error instanceof ApiError) return error
  throw new Error(`No ApiError: ${String(error)}`)
}
const all = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}
const LONG = 'The cat sat on the mat and looked out of the window. '.repeat(400)

test('a chat whose functions the SDK calls by itself', async () => {
  const tool: CallableTool = {
    tool: async () => ({
      functionDeclarations: [
        { name: 'get_weather', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } } },
      ],
    }),
    callTool: async (calls) =>
      calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: 'rain' } } })),
  }
  const chat = ann.chats.create({ model, config: { tools: [tool] } })
  expect((await chat.sendMessage({ message: 'What is the weather in Oslo?' })).text).toContain('rain')
  let streamed = ''
  for await (const { text } of await chat.sendMessageStream({ message: 'Thank you' })) streamed += text ?? ''
  expect(streamed).not.toBe('')
})

test('tokens, embeddings, images, speech and models', async () => {
  expect((await ann.models.countTokens({ model, contents: 'Hello' })).totalTokens).toBeGreaterThan(0)
  const { embeddings } = await ann.models.embedContent({ model: 'gemini-embedding-001', contents: ['a', 'b'] })
  expect(embeddings).toHaveLength(2)
  const image = await ann.models.generateContent({ model: 'gemini-3.1-flash-image', contents: 'Draw a cat' })
  expect(image.data?.length).toBeGreaterThan(100)
  const speech = await ann.models.generateContent({
    model: 'gemini-2.5-flash-preview-tts',
    contents: 'Say hello',
    config: { responseModalities: [Modality.AUDIO] },
  })
  expect(speech.candidates?.[0]?.content?.parts?.[0]?.inlineData?.mimeType).toMatch(/^audio\/L16/)
  const names: (string | undefined)[] = []
  for await (const { name } of await ann.models.list()) names.push(name)
  expect(names).toContain(`models/${model}`)
  expect((await ann.models.get({ model })).name).toBe(`models/${model}`)
})

test('a file of 50 MB goes up past the functions, is used, listed and deleted by whom it belongs to', async () => {
  const bytes = new Uint8Array(50 * 1000 * 1000).fill(120)
  const file = await ann.files.upload({
    file: new Blob([bytes]),
    config: { mimeType: 'text/plain', displayName: 'big' },
  })
  expect(file).toMatchObject({ name: expect.stringMatching(/^files\/[a-z0-9-]{1,40}$/), sizeBytes: '50000000' })
  const { name = '', uri = '' } = file
  const ask = (who: GoogleGenAI) =>
    who.models.generateContent({
      model,
      contents: [{ role: 'user', parts: [{ fileData: { fileUri: uri, mimeType: 'text/plain' } }, { text: 'Sum up' }] }],
    })
  expect((await ask(ann)).text).not.toBe('')
  expect((await ann.files.get({ name })).uri).toBe(uri)

  for (const refused of [ask(bob), bob.files.get({ name }), bob.files.delete({ name })]) {
    expect((await refusal(refused)).status).toBe(404)
  }
  const listed = async (who: GoogleGenAI) => (await all(await who.files.list())).map((one) => one.name)
  expect(await listed(ann)).toContain(name)
  expect(await listed(bob)).toEqual([])
  await ann.files.delete({ name })
  expect((await refusal(ann.files.get({ name }))).status).toBe(404)
  expect(await listed(ann)).not.toContain(name)
}, 60_000)

test('a name that a client chose is its own: nobody else can have it in the same project, before or after', async () => {
  const upload = (who: GoogleGenAI) =>
    who.files.upload({ file: new Blob(['x']), config: { mimeType: 'text/plain', name: 'my-notes' } })
  expect((await upload(ann)).name).toBe('files/my-notes')
  expect((await refusal(upload(ann))).status).toBe(409)
  expect((await ann.files.get({ name: 'my-notes' })).name).toBe('files/my-notes')
  expect((await refusal(bob.files.get({ name: 'my-notes' }))).status).toBe(404)
})

test('a client with its key in the query uploads to the address that it gets, as it is', async () => {
  const start = await globalThis.fetch(`${gateway.url}/upload/v1beta/files?key=${ANN}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-length': '5',
      'x-goog-upload-header-content-type': 'text/plain',
    },
    body: JSON.stringify({ file: { display_name: 'hello' } }),
  })
  const address = start.headers.get('x-goog-upload-url') ?? ''
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/upload-session\/v1beta\/files\?upload_id=/)
  const headers = { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': '0' }
  const { file } = (await (await globalThis.fetch(address, { method: 'POST', headers, body: 'hello' })).json()) as {
    file: { name: string }
  }
  const found = await globalThis.fetch(`${gateway.url}/v1beta/${file.name}?key=${ANN}`)
  expect(await found.json()).toMatchObject({ displayName: 'hello', sizeBytes: '5' })
  expect((await globalThis.fetch(`${gateway.url}/v1beta/${file.name}?key=${BOB}`)).status).toBe(404)
})

test('caches', async () => {
  const cache = await ann.caches.create({ model, config: { contents: LONG, ttl: '300s' } })
  const { name = '' } = cache
  const use = (who: GoogleGenAI) =>
    who.models.generateContent({ model, contents: 'And?', config: { cachedContent: name } })
  expect((await use(ann)).usageMetadata?.cachedContentTokenCount).toBeGreaterThan(1000)
  expect((await refusal(use(bob))).status).toBe(404)
  await ann.caches.update({ name, config: { ttl: '600s' } })
  expect((await all(await ann.caches.list())).map((one) => one.name)).toEqual([name])
  expect(await all(await bob.caches.list())).toEqual([])
  await ann.caches.delete({ name })
  expect((await refusal(ann.caches.get({ name }))).status).toBe(404)
})

const finished = async (who: GoogleGenAI, { name = '' }: BatchJob): Promise<BatchJob> => {
  for (let look = 0; look < 5; look++) {
    const batch = await who.batches.get({ name })
    if (batch.state === JobState.JOB_STATE_SUCCEEDED) return batch
  }
  throw new Error('The batch does not end.')
}

test('batches: of requests, of a file whose answers are one, and of embeddings', async () => {
  const batch = await ann.batches.create({ model, src: [{ contents: 'Hello' }], config: { displayName: 'one' } })
  expect((await finished(ann, batch)).dest?.inlinedResponses?.[0]?.response).toBeDefined()
  expect((await refusal(bob.batches.get({ name: batch.name ?? '' }))).status).toBe(404)

  const lines = JSON.stringify({ key: 'k', request: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] } })
  const file = await ann.files.upload({ file: new Blob([lines]), config: { mimeType: 'application/jsonl' } })
  const many = await ann.batches.create({ model, src: file.name ?? '', config: { displayName: 'two' } })
  const answers = (await finished(ann, many)).dest?.fileName ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'triglot-'))
  try {
    const downloadPath = join(folder, 'answers.jsonl')
    await ann.files.download({ file: answers, downloadPath })
    expect(JSON.parse(await readFile(downloadPath, 'utf8'))).toMatchObject({ key: 'k' })
  } finally {
    await rm(folder, { recursive: true })
  }
  const vectors = await ann.batches.createEmbeddings({
    model: 'gemini-embedding-001',
    src: { inlinedRequests: { contents: [{ parts: [{ text: 'Hello' }] }] } },
    config: { displayName: 'three' },
  })
  expect((await ann.batches.get({ name: vectors.name ?? '' })).name).toBe(vectors.name)
  const names = (await all(await ann.batches.list())).map(({ name }) => name)
  expect(new Set(names)).toEqual(new Set([batch.name, many.name, vectors.name]))
  expect(await all(await bob.batches.list())).toEqual([])
  await ann.batches.cancel({ name: vectors.name ?? '' })
  await ann.batches.delete({ name: vectors.name ?? '' })
})

/** The SDK leaves Veo to Vertex; its users call it by themselves. */
const call = async (path: string, key: string, body?: object): Promise<{ status: number; json: Json }> => {
  const response = await globalThis.fetch(gateway.url + path, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(path.startsWith('/v1/') ? { authorization: `Bearer ${key}` } : { 'x-goog-api-key': key }),
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: (await response.json()) as Json }
}

test('a video is polled for and downloaded, by whom it was made for', async () => {
  const veo = '/v1beta/models/veo-3.1-generate-preview'
  const { json: operation } = await call(`${veo}:predictLongRunning`, ANN, { instances: [{ prompt: 'A wave' }] })
  const path = `/v1beta/${String(operation.name)}`
  expect((await call(path, BOB)).status).toBe(404)
  expect((await call(`${veo}/operations`, BOB)).json).toEqual({})
  expect((await call(`${veo}/operations`, ANN)).json).toMatchObject({ operations: [{ name: operation.name }] })
  let done = (await call(path, ANN)).json
  for (let look = 0; look < 5 && done.done !== true; look++) done = (await call(path, ANN)).json
  const { uri } = (done as unknown as Video).response.generateVideoResponse.generatedSamples[0].video
  expect(uri).toMatch(/^https:\/\/generativelanguage\.googleapis\.com\/v1beta\/files\/\w+:download\?alt=media$/)

  const folder = await mkdtemp(join(tmpdir(), 'triglot-'))
  try {
    const downloadPath = join(folder, 'wave.mp4')
    await ann.files.download({ file: uri, downloadPath })
    expect((await readFile(downloadPath)).toString('latin1', 4, 8)).toBe('ftyp')
  } finally {
    await rm(folder, { recursive: true })
  }
  const { pathname, search } = new URL(uri)
  const head = await globalThis.fetch(`${gateway.url}${pathname}${search}&key=${ANN}`, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'video/mp4', ''])
  expect((await globalThis.fetch(`${gateway.url}${pathname}${search}&key=${BOB}`)).status).toBe(404)
  // It can go on from there, but only for whom it was made
  const more = { instances: [{ prompt: 'More', video: { uri } }] }
  expect((await call(`${veo}:predictLongRunning`, ANN, more)).status).toBe(200)
  expect((await call(`${veo}:predictLongRunning`, BOB, more)).status).toBe(404)
})

test('file search stores', async () => {
  const store = await ann.fileSearchStores.create({ config: { displayName: 'Notes' } })
  const { name = '' } = store
  const operation = await ann.fileSearchStores.uploadToFileSearchStore({
    fileSearchStoreName: name,
    file: new Blob(['The cat sat.']),
    config: { mimeType: 'text/plain' },
  })
  expect((await ann.operations.get({ operation })).done).toBe(true)
  expect(await all(await ann.fileSearchStores.documents.list({ parent: name }))).toHaveLength(1)
  const search = (who: GoogleGenAI) =>
    who.models.generateContent({
      model,
      contents: 'Where did it sit?',
      config: { tools: [{ fileSearch: { fileSearchStoreNames: [name] } }] },
    })
  expect((await search(ann)).text).not.toBe('')
  expect((await refusal(search(bob))).status).toBe(404)
  expect((await all(await ann.fileSearchStores.list())).map((one) => one.name)).toEqual([name])
  await ann.fileSearchStores.delete({ name, config: { force: true } })
})

test('interactions, whole and streamed', async () => {
  const first = await ann.interactions.create({ model, input: 'Hello' })
  const second = await ann.interactions.create({
    model,
    input: 'More',
    previous_interaction_id: first.id,
    stream: true,
  })
  const events = await all(second)
  const id = events.flatMap((event) => (event.event_type === 'interaction.created' ? [event.interaction.id] : []))[0]
  expect((await ann.interactions.get(id ?? '')).id).toBe(id)
  await expect(bob.interactions.get(id ?? '')).rejects.toMatchObject({ status: 404 })
  await expect(
    bob.interactions.create({ model, input: 'More', previous_interaction_id: first.id }),
  ).rejects.toMatchObject({ status: 404 })
})

const OTHERS = {
  Chat: {
    path: '/v1/chat/completions',
    bodyOf: (name: string) => ({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Sum up' },
            { type: 'file', file: { file_id: name } },
          ],
        },
      ],
    }),
    field: 'messages[0].content[1].file.file_id',
  },
  Responses: {
    path: '/v1/responses',
    bodyOf: (name: string) => ({
      model,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Sum up' },
            { type: 'input_file', file_id: name },
          ],
        },
      ],
    }),
    field: 'input[0].content[1].file_id',
  },
  Messages: {
    path: '/v1/messages',
    bodyOf: (name: string) => ({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: name } }] }],
    }),
    field: 'messages[0].content[0].source.file_id',
  },
  'the count of Messages': {
    path: '/v1/messages/count_tokens',
    bodyOf: (name: string) => ({
      model,
      messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: name } }] }],
    }),
    field: 'messages[0].content[0].source.file_id',
  },
} as const

test.each(Object.entries(OTHERS))('%s finds the project of a file, too', async (_, { path, bodyOf, field }) => {
  const { name = '' } = await ann.files.upload({ file: new Blob(['The cat sat.']), config: { mimeType: 'text/plain' } })
  expect((await call(path, ANN, bodyOf(name))).status).toBe(200)
  const { status, json } = await call(path, BOB, bodyOf(name))
  expect(status).toBe(404)
  expect(JSON.stringify(json)).toContain(`${field}: ${name} does not exist`)
})

test('a cache is found from Chat', async () => {
  const { name } = await ann.caches.create({ model, config: { contents: LONG, ttl: '300s' } })
  const body = {
    model,
    messages: [{ role: 'user', content: 'And?' }],
    extra_body: { google: { cached_content: name } },
  }
  const { status, json } = await call('/v1/chat/completions', ANN, body)
  expect([status, (json.usage as { prompt_tokens_details: Json }).prompt_tokens_details.cached_tokens]).toEqual([
    200,
    expect.any(Number),
  ])
  expect((await call('/v1/chat/completions', BOB, body)).status).toBe(404)
})

test("no client's key went up, no key of the pool came down, each call carried one key of one project", () => {
  const { requests } = gateway.simulated
  expect(requests.length).toBeGreaterThan(50)
  // The bytes of files are what the clients made them.
  const wentUp = requests.map(({ body, ...request }) => ({ ...request, ...(!Buffer.isBuffer(body) && { body }) }))
  expect(JSON.stringify(wentUp)).not.toContain('client-canary')
  expect(cameDown).toContain('x-goog-upload-url')
  expect(cameDown).not.toContain('upstream-canary')
  expect(gateway.logs.map(({ text }) => text).join('\n')).not.toMatch(/(?:upstream|client)-canary/)
  for (const { query } of requests) expect(query).not.toHaveProperty('key')
})
