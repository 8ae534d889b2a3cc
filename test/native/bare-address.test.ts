// What a function's own address does with uploads, and what it does with collections that nobody knows.
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'

type Json = Record<string, unknown>
const KEY = 'ann'
const UPSTREAM = ['a', 'b'].map((name) => ({ key: `upstream-${name}`, project: `project-${name}` }))

// The machine may be busy: it is no matter of speed here.
jest.setTimeout(60_000)

let gateway: Gateway
let url: string
beforeAll(async () => {
  gateway = await startGateway({ geminiKeys: UPSTREAM, clientKeys: [KEY, 'bob'] })
  url = gateway.urls.gemini
}, 60_000)
afterAll(() => gateway.close())

const send = async (
  path: string,
  {
    key = KEY,
    method = 'GET',
    headers = {},
    body,
  }: { key?: string; method?: string; headers?: object; body?: string | Uint8Array<ArrayBuffer> },
) => {
  const response = await fetch(path.startsWith('http') ? path : url + path, {
    method,
    headers: { ...(key && { 'x-goog-api-key': key }), ...headers },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (text.startsWith('{') ? JSON.parse(text) : {}) as Json,
  }
}
const start = (length: number, more: { key?: string; sdk?: boolean; file?: Json } = {}) =>
  send('/upload/v1beta/files', {
    method: 'POST',
    ...(more.key && { key: more.key }),
    headers: {
      'content-type': 'application/json',
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-length': String(length),
      'x-goog-upload-header-content-type': 'text/plain',
      ...(more.sdk && { 'x-goog-api-client': 'google-genai-sdk/3.1.0 gl-node/web' }),
    },
    ...(more.file && { body: JSON.stringify({ file: more.file }) }),
  })
const addressIn = ({ headers }: { headers: Headers }): string => headers.get('x-goog-upload-url') ?? ''
const FINALIZE = { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': '0' }

describe('uploads', () => {
  test("an SDK's small file goes through the function", async () => {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: url } })
    const bytes = new Uint8Array(4_400_000).fill(120)
    const file = await client.files.upload({ file: new Blob([bytes]), config: { mimeType: 'text/plain' } })
    expect(file.sizeBytes).toBe('4400000')
    expect((await client.files.get({ name: file.name ?? '' })).uri).toBe(file.uri)
    const last = gateway.simulated.requests.findLast(({ query }) => query.upload_id !== undefined)
    expect(last).toMatchObject({ project: expect.stringContaining('project-'), bytes: 4_400_000 })
  })

  test('and one into a file search store', async () => {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: url } })
    const { name = '' } = await client.fileSearchStores.create({ config: { displayName: 'Notes' } })
    const file = new Blob(['The cat sat.'], { type: 'text/plain' })
    const operation = await client.fileSearchStores.uploadToFileSearchStore({ fileSearchStoreName: name, file })
    expect(operation).toMatchObject({ done: true, response: { parent: name } })
    expect((await send(`/v1beta/${name}/documents`, {})).json.documents).toHaveLength(1)
    expect((await send(`/v1beta/${name}/documents`, { key: 'bob' })).status).toBe(404)
  })

  test('a larger one is refused at its start, in words that tell where it can go', async () => {
    const { status, json } = await start(4_600_000, { sdk: true })
    expect(status).toBe(413)
    expect(json).toMatchObject({ error: { code: 413, message: expect.stringContaining('front door') } })
  })

  test('who takes the address as it is goes to Google directly, with nothing of ours', async () => {
    const begun = await start(12 * 2 ** 20, { file: { display_name: 'large' } })
    const address = addressIn(begun)
    expect(address).toMatch(
      new RegExp(`^${gateway.simulated.origin}/upload/v1beta/files\\?upload_id=\\w+&upload_protocol=resumable$`),
    )
    const body = new Uint8Array(12 * 2 ** 20)
    const { json } = await send(address, { method: 'POST', key: '', headers: FINALIZE, body })
    const { name } = json.file as { name: string }
    expect(name).toMatch(/^files\/[a-z0-9]{8}-u[a-z0-9]{24}-txt$/)
    expect((await send(`/v1beta/${name}`, {})).json).toMatchObject({
      displayName: 'large',
      sizeBytes: String(body.length),
    })
    expect((await send(`/v1beta/${name}`, { key: 'bob' })).status).toBe(404)
  })

  test('can be asked how far they are, gone on with and cancelled by whom they belong to alone', async () => {
    const path = new URL(addressIn(await start(5)))
    const go = (headers: object, key = KEY, body?: string) =>
      send(path.pathname + path.search, { method: 'POST', key, headers, ...(body && { body }) })
    expect((await go({ 'x-goog-upload-command': 'query' })).headers.get('x-goog-upload-status')).toBe('active')
    const stolen = await go(FINALIZE, 'bob', 'hello')
    expect([stolen.status, (stolen.json.error as Json).message]).toEqual([404, 'Upload not found.'])
    expect((await go({ 'x-goog-upload-command': 'cancel' })).headers.get('x-goog-upload-status')).toBe('cancelled')
  })

  test('an upload of one’s own opens no way into what others have', async () => {
    const { json } = await send('/v1beta/fileSearchStores', { method: 'POST', body: '{}' })
    const path = `/upload/v1beta/${String(json.name)}:uploadToFileSearchStore`
    const { search } = new URL(addressIn(await start(5, { key: 'bob' })))
    gateway.simulated.requests.splice(0)
    const START = { 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start' }
    for (const headers of [START, FINALIZE, { 'x-goog-upload-protocol': 'raw' }]) {
      const refused = await send(path + search, { key: 'bob', method: 'POST', headers, body: '{}' })
      expect([refused.status, (refused.json.error as Json).status]).toEqual([404, 'NOT_FOUND'])
    }
    expect(gateway.simulated.requests).toEqual([])
  })

  test('description and bytes in one request, or the bytes alone', async () => {
    const multipart =
      '--b\r\nContent-Type: application/json\r\n\r\n{"file":{"displayName":"m"}}\r\n--b\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--'
    for (const [headers, body] of [
      [{ 'content-type': 'multipart/related; boundary=b', 'x-goog-upload-protocol': 'multipart' }, multipart],
      [{ 'content-type': 'audio/wav', 'x-goog-upload-protocol': 'raw' }, 'RIFF'],
    ] as const) {
      const { json, status } = await send('/upload/v1beta/files', { method: 'POST', headers, body })
      expect(status).toBe(200)
      const { name } = json.file as { name: string }
      expect((await send(`/v1/${name}`, {})).status).toBe(200)
      expect((await send(`/v1/${name}`, { key: 'bob' })).status).toBe(404)
    }
  })

  test('nobody gets at a file by choosing its name while it is on its way', async () => {
    gateway.simulated.keys.set('upstream-a', 'minute-quota')
    const file = { name: 'files/board-minutes' }
    expect((await start(5, { file })).status).toBe(200)
    const { status, json } = await start(5, { key: 'bob', file })
    expect([status, json]).toEqual([
      409,
      { error: { code: 409, status: 'ALREADY_EXISTS', message: 'File board-minutes already exists.' } },
    ])
    const multipart =
      '--b\r\nContent-Type: application/json\r\n\r\n{"file":{"name":"files/board-minutes"}}\r\n--b\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--'
    const headers = { 'content-type': 'multipart/related; boundary=b', 'x-goog-upload-protocol': 'multipart' }
    expect((await send('/upload/v1beta/files', { key: 'bob', method: 'POST', headers, body: multipart })).status).toBe(
      409,
    )
    expect((await send('/v1beta/files/board-minutes', { key: 'bob' })).status).toBe(404)
    gateway.simulated.keys.set('upstream-a', 'ok')
  })
})

describe('queries', () => {
  test.each([
    ['/v1beta/files?pageToken=nonsense', 'Invalid page token.'],
    ['/v1beta/files?pageToken=WyJhIl0', 'Invalid page token.'],
    ['/v1beta/files?pageSize=-1', `Invalid value at 'page_size' (TYPE_INT32), "-1"`],
    ['/v1beta/files?alt=proto', `Invalid value at 'alt': "proto"`],
  ])('%s is refused', async (path, message) => {
    expect((await send(path, {})).json).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT', message } })
  })
})

describe('collections that nobody knows', () => {
  const path = '/v1beta/agents'
  test('are refused while the secret names more than one client', async () => {
    const { status, json } = await send(path, { method: 'POST', body: '{}' })
    expect([status, (json.error as Json).message]).toEqual([404, expect.stringContaining('nativeUnknown')])
    expect(gateway.simulated.requests.some((request) => request.path === path)).toBe(false)
  })
})
