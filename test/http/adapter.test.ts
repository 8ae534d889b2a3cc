import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Context } from 'aws-lambda'
import type { LogRecord } from '../../lib/contract/log.ts'
import { lambdaHandler } from '../../lib/http/adapter.ts'
import type { HttpEvent } from '../../lib/http/event.ts'
import type { Reply, Request } from '../../lib/http/exchange.ts'

/** The runtime's end of an invocation: what went out, chunk by chunk. */
class Sink extends Writable {
  readonly chunks: Buffer[] = []
  prelude: { statusCode: number; headers: Record<string, string> } | undefined
  readonly slow: boolean
  constructor(slow = false) {
    super({ highWaterMark: 1024 })
    this.slow = slow
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length > 0) this.chunks.push(chunk)
    if (this.slow) setTimeout(done, 2)
    else done()
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }
}

const context = (awsRequestId = 'request-1') =>
  ({ awsRequestId, getRemainingTimeInMillis: () => 30_000 }) as unknown as Context

const functionUrl = (parts: Record<string, unknown> = {}, method = 'POST') =>
  ({
    version: '2.0',
    rawPath: '/v1/chat/completions',
    rawQueryString: 'a=1&key=k%2F',
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method } },
    body: '{"x":"语"}',
    isBase64Encoded: false,
    ...parts,
  }) as unknown as HttpEvent

const logged: LogRecord[] = []
let answer: (request: Request) => Promise<Reply> = async () => ({ status: 200, headers: {}, body: '' })
const handler = lambdaHandler({ answer: (request) => answer(request), clock: () => 1000, log: (r) => logged.push(r) })

const invoke = async (
  reply: Reply | ((request: Request) => Promise<Reply>),
  event = functionUrl(),
  sink = new Sink(),
) => {
  let seen: Request | undefined
  answer = async (request) => {
    seen = request
    return typeof reply === 'function' ? await reply(request) : reply
  }
  await handler(event, sink, context())
  if (!sink.writableFinished) await once(sink, 'finish')
  if (!seen) throw new Error('never asked')
  return { sink, seen }
}

test('a Function URL event becomes a request', async () => {
  const { seen, sink } = await invoke({ status: 201, headers: { 'x-a': 'b' }, body: 'done' })
  expect({ ...seen, after: undefined, headers: { ...seen.headers } }).toEqual({
    id: 'request-1',
    method: 'POST',
    path: '/v1/chat/completions',
    query: 'a=1&key=k%2F',
    headers: { 'content-type': 'application/json' },
    body: '{"x":"语"}',
    receivedAt: 1000,
    deadline: 31_000,
    after: undefined,
  })
  expect(Object.getPrototypeOf(seen.headers)).toBeNull()
  expect(sink.prelude).toEqual({ statusCode: 201, headers: { 'x-a': 'b' } })
  expect(sink.text).toBe('done')
})

const rest = (parts: Record<string, unknown> = {}) =>
  ({
    httpMethod: 'PUT',
    resource: '/gemini/{proxy+}',
    path: '/gemini/v1beta/files',
    pathParameters: { proxy: 'v1beta/files' },
    headers: { 'X-Goog-Api-Key': 'k' },
    multiValueHeaders: { 'X-Goog-Api-Key': ['k'], Accept: ['a/b', 'c/d'], ['__proto__']: ['x'] },
    multiValueQueryStringParameters: { key: ['k/ü'], fields: ['a', 'b'] },
    requestContext: { stage: 'api', path: '/api/gemini/v1beta/files' },
    body: Buffer.from([0, 255, 1]).toString('base64'),
    isBase64Encoded: true,
    ...parts,
  }) as unknown as HttpEvent

test('a REST event becomes the same request: header case, repeated and decoded parameters, bytes', async () => {
  const { seen } = await invoke({ status: 200, headers: {}, body: 'x' }, rest())
  expect(seen.method).toBe('PUT')
  expect(seen.path).toBe('/v1beta/files')
  expect(seen.headers['x-goog-api-key']).toBe('k')
  expect(seen.headers.accept).toBe('a/b, c/d')
  expect([...new URLSearchParams(seen.query)]).toEqual([
    ['key', 'k/ü'],
    ['fields', 'a'],
    ['fields', 'b'],
  ])
  expect(seen.body).toEqual(Buffer.from([0, 255, 1]))
})

describe('a REST event', () => {
  const reading = async (parts: Record<string, unknown>): Promise<Request> =>
    (await invoke({ status: 200, headers: {}, body: 'x' }, rest(parts))).seen

  test.each([
    ['its stage', '/{proxy+}', 'v1/models', '/v1/models', '/api/v1/models', '/api'],
    ['a domain of its own', '/{proxy+}', 'v1/models', '/v1/models', '/v1/models', ''],
    ["a domain's base path", '/v1/models', undefined, '/llm/v1/models', '/llm/v1/models', '/llm'],
    ["a domain's longer base path", '/{proxy+}', 'v1/models', '/a/b/v1/models', '/a/b/v1/models', '/a/b'],
  ])('under %s has the path that its API has', async (_, resource, proxy, path, whole, base) => {
    const pathParameters = proxy === undefined ? null : { proxy }
    const seen = await reading({ resource, pathParameters, path, requestContext: { path: whole } })
    expect([seen.path, seen.uploadSession]).toEqual(['/v1/models', `${base}/upload-session`])
  })

  test('keeps the path as it was sent, though its parameter is decoded', async () => {
    const path = '/v1beta/models/a%2Fb%3Ac'
    const pathParameters = { proxy: 'models/a/b:c' }
    const seen = await reading({
      resource: '/v1beta/{proxy+}',
      pathParameters,
      path,
      requestContext: { path: `/api${path}` },
    })
    expect([seen.path, seen.uploadSession]).toEqual([path, '/api/upload-session'])
  })

  test('has the query that was sent, as far as meaning goes', async () => {
    const sent = 'a=1%2B1+x&b=%26%3D&c=50%25&d=%2525&e=&f=%C3%A9&a=2'
    const decoded: Record<string, string[]> = {}
    for (const [name, value] of new URLSearchParams(sent)) {
      decoded[name] = [...(decoded[name] ?? []), value.replaceAll('%', '%25')]
    }
    const { query } = await reading({ multiValueQueryStringParameters: decoded })
    expect(query.split('&').sort()).toEqual(new URLSearchParams(sent).toString().split('&').sort())
  })

  test.each([
    ['no body', { body: null, isBase64Encoded: false }, ''],
    ['text', { body: '{"x":"语"}', isBase64Encoded: false }, '{"x":"语"}'],
  ])('with %s', async (_, parts, body) => {
    expect((await reading({ multiValueQueryStringParameters: null, ...parts })).body).toBe(body)
  })
})

test.each([
  ['/upload-session', '/upload-session'],
  ['/api/upload-session', '/api/upload-session'],
  ['https://elsewhere.example/upload-session', undefined],
  ['//elsewhere.example/upload-session', undefined],
  ['/api', undefined],
  [undefined, undefined],
])('a front door before a Function URL that says %s has its upload route at %s', async (announced, route) => {
  const headers = { ...(announced !== undefined && { 'x-upload-session': announced }) }
  const { seen } = await invoke({ status: 200, headers: {}, body: 'x' }, functionUrl({ headers }))
  expect(seen.uploadSession).toBe(route)
})

test('a large body leaves whole', async () => {
  const body = 'é'.repeat(100_000)
  const { sink } = await invoke({ status: 200, headers: {}, body })
  expect(sink.chunks.map((chunk) => chunk.length)).toEqual([200_000])
})

test.each([
  ['204', 204, 'OPTIONS', ''],
  ['HEAD', 200, 'HEAD', ''],
  ['an empty 200', 200, 'POST', '\n'],
])('F25 %s ends', async (_name, status, method, text) => {
  const { sink } = await invoke({ status, headers: {}, body: '' }, functionUrl({}, method))
  expect(sink.prelude?.statusCode).toBe(status)
  expect(sink.text).toBe(text)
})

test.each([
  ['204', 204, ''],
  ['200', 200, '\n'],
])('F25 a stream of nothing ends, with %s', async (_name, status, text) => {
  const { sink } = await invoke({ status, headers: {}, body: Readable.from([]) })
  expect(sink.text).toBe(text)
})

test('chunks leave one by one, and a slow client stops the source', async () => {
  let most = 0
  let made = 0
  const sink = new Sink(true)
  const body = new Readable({
    highWaterMark: 1024,
    read() {
      made++
      most = Math.max(most, made - sink.chunks.length)
      this.push(made > 200 ? null : Buffer.alloc(512, 97))
    },
  })
  await invoke({ status: 200, headers: {}, body }, functionUrl(), sink)
  expect(sink.text).toBe('a'.repeat(512 * 200))
  expect(sink.chunks).toHaveLength(200)
  expect(most).toBeLessThan(180)
})

test.each([
  ['throws', (stream: Readable) => stream.destroy(new Error('torn')), ['A reply broke off.']],
  ['is destroyed without an error', (stream: Readable) => stream.destroy(), []],
])('a body that %s after its first chunk ends cleanly', async (_name, tear, messages) => {
  logged.length = 0
  const body = new Readable({ read: () => undefined })
  body.push('first')
  setTimeout(() => tear(body), 5)
  const { sink } = await invoke({ status: 200, headers: {}, body })
  expect(sink.text).toBe('first')
  expect(logged.map(({ message }) => message)).toEqual(messages)
})

test('a body that was over before it was sent ends, too', async () => {
  const body = new Readable({ read: () => undefined })
  body.destroy()
  await once(body, 'close')
  const { sink } = await invoke({ status: 200, headers: {}, body })
  expect(sink.writableFinished).toBe(true)
})

test('the invocation lasts as long as the work after the reply, failures included', async () => {
  logged.length = 0
  const order: string[] = []
  const sink = new Sink()
  sink.on('finish', () => order.push('client served'))
  await invoke(
    async (request) => {
      request.after(
        sleep(20).then(() => {
          order.push('first')
          request.after(sleep(5).then(() => order.push('second')))
        }),
      )
      request.after(Promise.reject(new Error('no table')))
      return { status: 200, headers: {}, body: 'x' }
    },
    functionUrl(),
    sink,
  )
  expect(order).toEqual(['client served', 'first', 'second'])
  expect(logged.map(({ requestId }) => requestId)).toEqual(['request-1'])
})

test('many requests at once keep apart', async () => {
  answer = async (request) => {
    const after: string[] = []
    request.after(sleep(1).then(() => after.push(request.id)))
    await sleep(Math.random() * 10)
    return { status: 200, headers: { 'x-id': request.id }, body: Readable.from([request.id, '!']) }
  }
  const ids = Array.from({ length: 300 }, (_, index) => `id-${index}`)
  const sinks = await Promise.all(
    ids.map(async (id) => {
      const sink = new Sink()
      await handler(functionUrl(), sink, context(id))
      return sink
    }),
  )
  expect(sinks.map((sink) => `${sink.prelude?.headers['x-id']} ${sink.text}`)).toEqual(ids.map((id) => `${id} ${id}!`))
})

test('what is no HTTP event fails with a clear error', async () => {
  await expect(handler({} as HttpEvent, new Sink(), context())).rejects.toThrow(/HTTP requests only/)
})
