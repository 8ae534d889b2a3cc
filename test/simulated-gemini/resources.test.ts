import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { type Json, objectOf, objectsOf, textOf } from '../../infra/local/simulated-gemini/json.ts'
import { asker, contractJson, errorOf, haveContracts, textIn, usageIn, user } from './client.ts'

let simulated: SimulatedGemini
let ask: ReturnType<typeof asker>
let now = Date.parse('2026-11-23T10:00:00Z')
beforeAll(async () => {
  simulated = await startSimulatedGemini({ projects: { a: 'p', b: 'p', other: 'q' }, now: () => now })
  ask = asker(simulated)
})
afterAll(() => simulated.close())

const OTHER = { 'x-goog-api-key': 'other' }
const MODEL = '/v1beta/models/gemini-3.6-flash'
const keysOf = (value: Json): string[] => Object.keys(value).sort()

const start = async (length: number, file: Json = {}): Promise<string> => {
  const answer = await ask(
    'POST',
    '/upload/v1beta/files',
    { file },
    {
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-type': 'text/plain',
      'x-goog-upload-header-content-length': String(length),
    },
  )
  expect([answer.status, answer.headers.get('x-goog-upload-status'), answer.text]).toEqual([200, 'active', ''])
  expect(answer.headers.get('x-goog-upload-chunk-granularity')).toBe('8388608')
  return (answer.headers.get('x-goog-upload-url') ?? '').replace(simulated.origin, '')
}
const send = (url: string, command: string, offset: number, bytes: Uint8Array | string = '') =>
  ask('POST', url, bytes, {
    'x-goog-upload-command': command,
    'x-goog-upload-offset': String(offset),
    'content-type': '',
  })
const stored = async (text: string, file: Json = {}): Promise<Json> => {
  const { body } = await send(await start(Buffer.byteLength(text), file), 'upload, finalize', 0, text)
  return objectOf(body.file)
}

describe('files', () => {
  test('are uploaded in one go, and described as recorded', async () => {
    const file = await stored('hello', { displayName: 'greeting.txt' })
    expect(file).toMatchObject({
      displayName: 'greeting.txt',
      mimeType: 'text/plain',
      sizeBytes: '5',
      state: 'ACTIVE',
      source: 'UPLOADED',
      expirationTime: '2026-11-25T10:00:00.000000Z',
      uri: `https://generativelanguage.googleapis.com/v1beta/${textOf(file.name)}`,
    })
    const hex = createHash('sha256').update('hello').digest('hex')
    expect(Buffer.from(textOf(file.sha256Hash), 'base64').toString()).toBe(hex)
    if (haveContracts)
      expect(keysOf(file)).toEqual(keysOf(objectOf(contractJson('gemini/recorded/file-upload-finalize.json').file)))
  })

  test('are uploaded in pieces of whole granules, from where the last ended', async () => {
    const granule = Buffer.alloc(8 * 2 ** 20, 'x')
    const url = await start(granule.length + 3)
    const small = await send(url, 'upload', 0, 'xyz')
    expect(errorOf(small).message).toContain('must be a multiple of 8388608')
    expect((await send(url, 'upload', 0, granule)).headers.get('x-goog-upload-size-received')).toBe(
      String(granule.length),
    )
    expect((await send(url, 'query', 0)).headers.get('x-goog-upload-size-received')).toBe(String(granule.length))
    expect(errorOf(await send(url, 'upload, finalize', 0, 'end')).message).toContain('Invalid upload offset: 0')
    const last = await send(url, 'upload, finalize', granule.length, 'end')
    expect(last.headers.get('x-goog-upload-status')).toBe('final')
    expect(objectOf(last.body.file).sizeBytes).toBe(String(granule.length + 3))
    expect((await send(url, 'upload, finalize', granule.length, 'end')).status).toBe(400)
  })

  test('must be as long as announced, and of the project that began them', async () => {
    const url = await start(10)
    expect(errorOf(await send(url, 'upload, finalize', 0, 'short')).message).toContain('5 bytes, but 10 were announced')
    const foreign = await ask('POST', await start(1), 'x', {
      ...OTHER,
      'x-goog-upload-command': 'upload, finalize',
      'x-goog-upload-offset': '0',
    })
    expect(foreign.status).toBe(404)
  })

  test('are uploaded as multipart, or as bare bytes', async () => {
    const body =
      '--b\r\nContent-Type: application/json\r\n\r\n{"file":{"displayName":"m"}}\r\n--b\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--'
    const headers = { 'content-type': 'multipart/related; boundary=b', 'x-goog-upload-protocol': 'multipart' }
    const many = await ask('POST', '/upload/v1beta/files', body, headers)
    expect(objectOf(many.body.file)).toMatchObject({ displayName: 'm', mimeType: 'image/png', sizeBytes: '3' })
    const bare = await ask('POST', '/upload/v1beta/files', 'abcd', { 'content-type': 'audio/wav' })
    expect(objectOf(bare.body.file)).toMatchObject({ mimeType: 'audio/wav', sizeBytes: '4' })
  })

  test('are seen by every key of their project and by no other', async () => {
    const file = await stored('secret')
    const path = `/v1beta/${textOf(file.name)}`
    const request = { contents: [user('Read', { fileData: { fileUri: file.uri, mimeType: 'text/plain' } })] }
    const statuses = async (headers: Record<string, string>) =>
      [await ask('GET', path, undefined, headers), await ask('POST', `${MODEL}:generateContent`, request, headers)].map(
        ({ status }) => status,
      )
    expect(await statuses({ 'x-goog-api-key': 'b' })).toEqual([200, 200])
    expect(await statuses(OTHER)).toEqual([403, 403])
    const refused = errorOf(await ask('DELETE', path, undefined, OTHER))
    const id = textOf(file.name).slice('files/'.length)
    expect(refused.message).toBe(`You do not have permission to access the File ${id} or it may not exist.`)
    expect((await ask('DELETE', path)).body).toEqual({})
    expect((await ask('GET', path)).status).toBe(403)
  })

  test('are listed in pages, newest first, until they expire', async () => {
    const names = [await stored('1'), await stored('2')].map(({ name }) => name)
    const page = await ask('GET', '/v1beta/files?pageSize=1')
    const next = await ask('GET', `/v1beta/files?pageSize=1&pageToken=${textOf(page.body.nextPageToken)}`)
    expect([...objectsOf(page.body.files), ...objectsOf(next.body.files)].map(({ name }) => name)).toEqual(
      names.toReversed(),
    )
    now += 48 * 3600 * 1000
    expect((await ask('GET', `/v1beta/${textOf(names[0])}`)).status).toBe(403)
  })
})

describe('cached contents', () => {
  const text = 'Paris is the capital of France. '.repeat(400)
  const create = (more: Json = {}) =>
    ask('POST', '/v1beta/cachedContents', {
      model: 'models/gemini-3.6-flash',
      contents: [user(text)],
      systemInstruction: { parts: [{ text: 'Brief.' }] },
      ...more,
    })

  test('are described as recorded, and count as cached', async () => {
    const { body: cache } = await create({ ttl: '120s' })
    if (haveContracts) expect(keysOf(cache)).toEqual(keysOf(contractJson('gemini/recorded/cached-content-create.json')))
    const { totalTokenCount } = objectOf(cache.usageMetadata) as { totalTokenCount: number }
    const request = { contents: [user('What is the capital?')], cachedContent: cache.name }
    const usage = usageIn((await ask('POST', `${MODEL}:generateContent`, request)).body)
    expect(usage.cachedContentTokenCount).toBe(totalTokenCount)
    expect(usage.promptTokenCount).toBeGreaterThan(totalTokenCount)
  })

  test('go with their model and project, and not with what they hold themselves', async () => {
    const { body: cache } = await create()
    const contents = [user('?')]
    const use = (path: string, more: Json = {}, headers: Record<string, string> = {}) =>
      ask('POST', `${path}:generateContent`, { contents, cachedContent: cache.name, ...more }, headers)
    expect(errorOf(await use(MODEL, {}, OTHER))).toMatchObject({
      code: 403,
      message: 'CachedContent not found (or permission denied)',
    })
    expect(errorOf(await use('/v1beta/models/gemini-3.5-flash')).message).toContain('has to be the same')
    expect(errorOf(await use(MODEL, { systemInstruction: { parts: [{ text: 'x' }] } })).message).toContain(
      'can not be used with',
    )
  })

  test('live as long as is said, and can live longer', async () => {
    const path = `/v1beta/${textOf((await create({ ttl: '60s' })).body.name)}`
    now += 59_000
    expect((await ask('PATCH', `${path}?updateMask=ttl`, { ttl: '60s' })).status).toBe(200)
    now += 59_000
    expect((await ask('GET', path)).status).toBe(200)
    now += 2000
    expect((await ask('GET', path)).status).toBe(403)
    expect(
      errorOf(await ask('PATCH', `/v1beta/${textOf((await create()).body.name)}`, { displayName: 'x' })).message,
    ).toContain('Only ttl and expire_time')
  })

  test('must hold enough, and can be listed and deleted', async () => {
    expect(errorOf(await create({ contents: [user('short')] })).message).toMatch(
      /^Cached content is too small\. total_token_count=\d+, min_total_token_count=1024$/,
    )
    const { body: cache } = await create()
    const listed = objectsOf((await ask('GET', '/v1beta/cachedContents')).body.cachedContents)
    expect(listed.map(({ name }) => name)).toContain(cache.name)
    expect((await ask('DELETE', `/v1beta/${textOf(cache.name)}`)).body).toEqual({})
    expect((await ask('GET', `/v1beta/${textOf(cache.name)}`)).status).toBe(403)
  })
})

describe('batches', () => {
  const inlined = (...texts: string[]): Json => ({
    requests: {
      requests: texts.map((text, at) => ({ request: { contents: [user(text)] }, metadata: { custom_id: String(at) } })),
    },
  })
  const create = (inputConfig: Json) =>
    ask('POST', `${MODEL}:batchGenerateContent`, { batch: { displayName: 'mine', inputConfig } })
  const look = async (name: unknown): Promise<Json> => (await ask('GET', `/v1beta/${textOf(name)}`)).body

  test('wait, run, and end with an answer or an error for each request', async () => {
    const { body } = await create(inlined('Hello', ''))
    expect(objectOf(body.metadata)).toMatchObject({
      state: 'BATCH_STATE_PENDING',
      batchStats: { requestCount: '2', pendingRequestCount: '2' },
    })
    if (haveContracts)
      expect(keysOf(objectOf(body.metadata))).toEqual(
        keysOf(objectOf(contractJson('gemini/recorded/batch-create.json').metadata)),
      )
    expect(objectOf((await look(body.name)).metadata).state).toBe('BATCH_STATE_RUNNING')
    const done = await look(body.name)
    expect([done.done, objectOf(done.metadata).state]).toEqual([true, 'BATCH_STATE_SUCCEEDED'])
    const [first, second] = objectsOf(
      objectOf(objectOf(objectOf(done.metadata).output).inlinedResponses).inlinedResponses,
    )
    expect([textIn(objectOf(first?.response)) === '', first?.metadata]).toEqual([false, { custom_id: '0' }])
    expect(second).toMatchObject({ error: { code: 400 }, metadata: { custom_id: '1' } })
  })

  test('take their requests from a file, and put their answers into one', async () => {
    const lines = JSON.stringify({ key: 'k', request: { contents: [user('Hello')] } })
    const { body } = await create({ fileName: (await stored(lines)).name })
    await look(body.name)
    const name = textOf(objectOf(objectOf((await look(body.name)).metadata).output).responsesFile)
    const moved = await ask('GET', `/v1beta/${name}:download?alt=media`)
    const { text } = await ask('GET', (moved.headers.get('location') ?? '').replace(simulated.origin, ''))
    expect(JSON.parse(text)).toMatchObject({ key: 'k', response: { candidates: [{ finishReason: 'STOP' }] } })
  })

  test('can be cancelled and deleted, by their project', async () => {
    const { body } = await create(inlined('Hello'))
    const path = `/v1beta/${textOf(body.name)}`
    expect((await ask('POST', `${path}:cancel`, {}, OTHER)).status).toBe(404)
    await ask('POST', `${path}:cancel`, {})
    expect(objectOf((await look(body.name)).metadata).state).toBe('BATCH_STATE_CANCELLED')
    await ask('DELETE', path)
    expect((await ask('GET', path)).status).toBe(404)
  })
})

test('a video is an operation first, then a file to download', async () => {
  const { body } = await ask('POST', '/v1beta/models/veo-3.1-generate-preview:predictLongRunning', {
    instances: [{ prompt: 'a calm ocean wave at sunset' }],
    parameters: { durationSeconds: 4 },
  })
  expect(body).toEqual({ name: expect.stringMatching(/^models\/veo-3\.1-generate-preview\/operations\/\w+$/) })
  const path = `/v1beta/${textOf(body.name)}`
  expect((await ask('GET', path)).body).toEqual(body)
  const done = (await ask('GET', path)).body
  const [sample] = objectsOf(objectOf(objectOf(done.response).generateVideoResponse).generatedSamples)
  const uri = new URL(textOf(objectOf(sample?.video).uri))
  const response = await fetch(simulated.origin + uri.pathname + uri.search, { headers: { 'x-goog-api-key': 'a' } })
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(response.headers.get('content-type')).toBe('video/mp4')
  const boxes: string[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) boxes.push(bytes.toString('latin1', at + 4, at + 8))
  expect(boxes).toEqual(['ftyp', 'moov', 'mdat'])
  // The one sample's offset, the last word of `stco`, is where the picture begins.
  const offset = bytes.readUInt32BE(bytes.indexOf('stco') + 12)
  expect(bytes.toString('latin1', offset + 1, offset + 4)).toBe('PNG')
  expect((await ask('GET', path, undefined, OTHER)).status).toBe(404)
})

describe('file search stores', () => {
  test('are filled by uploads and by files, and belong to their project with all that is in them', async () => {
    const { body: store } = await ask('POST', '/v1beta/fileSearchStores', { displayName: 'My notes' })
    const path = `/v1beta/${textOf(store.name)}`
    const upload = await ask(
      'POST',
      `/upload${path}:uploadToFileSearchStore`,
      { display_name: 'a.txt' },
      {
        'x-goog-upload-protocol': 'resumable',
        'x-goog-upload-command': 'start',
        'x-goog-upload-header-content-type': 'text/plain',
      },
    )
    const url = (upload.headers.get('x-goog-upload-url') ?? '').replace(simulated.origin, '')
    const { body: operation } = await send(url, 'upload, finalize', 0, 'hello')
    if (haveContracts) {
      const recorded = contractJson('gemini/recorded/file-search-upload.json')
      expect(keysOf(objectOf(operation.response))).toEqual(keysOf(objectOf(recorded.response)))
    }
    expect((await ask('GET', `/v1beta/${textOf(operation.name)}`)).status).toBe(200)
    expect((await ask('POST', `${path}:importFile`, { fileName: (await stored('x')).name })).status).toBe(200)
    expect(objectsOf((await ask('GET', `${path}/documents`)).body.documents)).toHaveLength(2)
    const request = {
      contents: [user('?')],
      tools: [{ fileSearch: { fileSearchStoreNames: [store.name] } }],
    }
    expect((await ask('POST', `${MODEL}:generateContent`, request)).status).toBe(200)
    expect((await ask('POST', `${MODEL}:generateContent`, request, OTHER)).status).toBe(403)
    expect((await ask('GET', path, undefined, OTHER)).status).toBe(403)
    expect((await ask('DELETE', path)).status).toBe(400)
    expect((await ask('DELETE', `${path}?force=true`)).body).toEqual({})
    expect((await ask('GET', `/v1beta/${textOf(operation.name)}`)).status).toBe(403)
    expect(errorOf(await ask('POST', '/v1beta/fileSearchStores', { colour: 'red' })).message).toContain('"colour"')
  })
})

describe('interactions', () => {
  const create = (body: Json, headers: Record<string, string> = {}) =>
    ask('POST', '/v1beta/interactions', { model: 'gemini-3.6-flash', ...body }, headers)

  test('are kept by their project, and go on from one another', async () => {
    const { body: first } = await create({ input: 'Hello' })
    if (haveContracts) expect(keysOf(first)).toEqual(keysOf(contractJson('gemini/recorded/interactions-create.json')))
    expect((await create({ input: 'More', previous_interaction_id: first.id })).status).toBe(200)
    expect((await create({ input: 'More', previous_interaction_id: first.id }, OTHER)).status).toBe(404)
    expect((await ask('GET', `/v1beta/interactions/${textOf(first.id)}`)).body).toEqual(first)
    await ask('DELETE', `/v1beta/interactions/${textOf(first.id)}`)
    expect((await ask('GET', `/v1beta/interactions/${textOf(first.id)}`)).status).toBe(404)
    const { body: passing } = await create({ input: 'Hello', store: false })
    expect((await ask('GET', `/v1beta/interactions/${textOf(passing.id)}`)).status).toBe(404)
  })

  test('stream their steps as recorded', async () => {
    const { text } = await create({ input: 'Hello', stream: true })
    const events = text.split('\n\n').map((event) => /^event: (.*)$/m.exec(event)?.[1])
    expect(events.slice(0, 3)).toEqual(['interaction.created', 'interaction.status_update', 'step.start'])
    expect(text.endsWith('event: done\ndata: [DONE]\n\n')).toBe(true)
  })
})

test('who has the id of an upload may go on with it without a key, with another key nobody', async () => {
  const { searchParams, pathname } = new URL(await start(5), simulated.origin)
  const go = async (id: string) =>
    await fetch(`${simulated.origin}${pathname}?upload_id=${id}`, {
      method: 'POST',
      headers: { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': '0' },
      body: 'hello',
    })
  expect((await go('wrong')).status).toBe(403)
  const { file } = (await (await go(searchParams.get('upload_id') ?? '')).json()) as Json
  expect((await ask('GET', `/v1beta/${textOf(objectOf(file).name)}`)).status).toBe(200)
})
