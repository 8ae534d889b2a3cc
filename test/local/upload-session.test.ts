// The route on which a large file's bytes go to Google with no function between: nothing of the client may go along.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

const MIB = 2 ** 20
const PART = 8 * MIB

let gemini: SimulatedGemini
beforeAll(async () => {
  gemini = await startSimulatedGemini()
})
afterAll(() => gemini.close())

/** Google's own answer to the start of an upload: path below `/upload`, and query. */
const begin = async (size: number): Promise<string> => {
  const response = await fetch(`${gemini.origin}/upload/v1beta/files`, {
    method: 'POST',
    headers: {
      'x-goog-api-key': 'upstream-key',
      'content-type': 'application/json',
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-length': String(size),
      'x-goog-upload-header-content-type': 'video/mp4',
    },
    body: '{"file":{"displayName":"film"}}',
  })
  const url = new URL(response.headers.get('x-goog-upload-url') ?? '')
  return `${url.pathname.replace('/upload', '')}${url.search}`
}

const CLIENT = {
  'x-goog-api-key': 'client-key',
  authorization: 'Bearer client-key',
  'x-api-key': 'client-key',
  cookie: 'client-key',
  'x-goog-api-client': 'google-genai-sdk/3.1.0',
  'x-custom': 'client-key',
}

describe.each(['urls', 'api'] as const)('before %s', (frontDoor) => {
  let gateway: Gateway
  let route: string
  beforeAll(async () => {
    const geminiKeys = [{ key: 'upstream-key', project: 'one' }]
    gateway = await startGateway({ frontDoor, geminiBaseUrl: gemini.origin, geminiKeys })
    route = `${gateway.url}/upload-session`
  }, 60_000)
  afterAll(() => gateway.close())

  const send = (path: string, command: string, offset: number, body?: Buffer) =>
    fetch(`${route}${path}&key=client-key`, {
      method: 'POST',
      headers: { ...CLIENT, 'x-goog-upload-command': command, 'x-goog-upload-offset': String(offset) },
      body,
    })

  test('9 MiB go up in two parts, bytes of any kind, and the answers come back', async () => {
    const size = PART + MIB
    const file = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const bytes = Buffer.alloc(size, file)
    const path = await begin(size)
    const first = await send(path, 'upload', 0, bytes.subarray(0, PART))
    expect([first.status, first.headers.get('x-goog-upload-status')]).toEqual([200, 'active'])
    expect(first.headers.get('x-goog-upload-size-received')).toBe(String(PART))
    const last = await send(path, 'upload, finalize', PART, bytes.subarray(PART))
    expect(last.headers.get('x-goog-upload-status')).toBe('final')
    const { file: kept } = (await last.json()) as { file: { sizeBytes: string; mimeType: string } }
    expect(kept).toMatchObject({ sizeBytes: String(size), mimeType: 'video/mp4' })
    const parts = gemini.requests.filter(({ query }) => query.upload_id !== undefined).slice(-2)
    expect(parts.map(({ bytes }) => bytes)).toEqual([PART, MIB])
  }, 30_000)

  test('what the client shows stays here', async () => {
    await send(await begin(3), 'upload, finalize', 0, Buffer.from('abc'))
    const { headers, query, method } = gemini.requests.at(-1) ?? {}
    expect(JSON.stringify([headers, query])).not.toContain('client-key')
    expect(Object.keys(query ?? {}).sort()).toEqual(['upload_id', 'upload_protocol'])
    expect(headers).toMatchObject({ 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': '0' })
    expect(Object.keys(headers ?? {})).not.toContain('x-goog-api-client')
    expect(method).toBe('POST')
  })

  test("Google's refusals come through, as does who may read them", async () => {
    const path = await begin(PART)
    const wrong = await send(path, 'upload', 7, Buffer.from('x'))
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { message: /offset/ } }])
    expect((await send('/v1beta/files?upload_id=unknown', 'query', 0)).status).toBe(403)
    expect(wrong.headers.get('access-control-allow-origin')).toBe('*')
    expect(wrong.headers.get('access-control-expose-headers')).toContain('x-goog-upload-status')
    const preflight = await fetch(`${route}${path}`, { method: 'OPTIONS', headers: { origin: 'https://a.example' } })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  })

  test('a request over 10 MB is refused, and nothing but uploads is reached', async () => {
    const before = gemini.requests.length
    const large = await send('/v1beta/files?upload_id=x', 'upload', 0, Buffer.alloc(10 * MIB + 1))
    expect(large.status).toBe(413)
    expect((await fetch(`${route}/..%2F..%2Fv1beta/models`, { method: 'POST' })).status).toBeGreaterThanOrEqual(400)
    expect((await fetch(`${route}/v1beta/files`)).status).toBe(404)
    const reached = gemini.requests.slice(before).map(({ path }) => path)
    expect(reached.filter((path) => !path.startsWith('/upload/'))).toEqual([])
  })
})
