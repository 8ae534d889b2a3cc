import { Readable } from 'node:stream'
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { LogRecord } from '../../lib/contract/log.ts'
import { GatewayError } from '../../lib/errors.ts'
import { admitBy } from '../../lib/http/admit.ts'
import { corsFor } from '../../lib/http/cors.ts'
import type { Reply, Request } from '../../lib/http/exchange.ts'
import { front } from '../../lib/http/front.ts'
import { routes } from '../../lib/http/routes.ts'
import { requestOf, textOf } from './requests.ts'

let logged: LogRecord[]
let compared: string[]
let handle: () => Promise<Reply>

const STATUS: Partial<Record<string, number>> = {
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  authentication: 401,
}

const serverFor = (origins: readonly string[] = ['*']) =>
  front({
    routes: routes({ 'POST /v1/messages': () => handle() }),
    admit: admitBy(async (key) => {
      compared.push(key)
      if (key === 'out') throw new GatewayError('unavailable', 'down')
      return key.startsWith('good') ? { name: key, keyId: key } : undefined
    }),
    formOf: ({ headers }) => ({
      error: (error, id) => {
        if (headers['x-broken']) throw new Error('no form')
        return { status: STATUS[error.kind] ?? 500, headers: { 'x-form': 'a' }, body: { said: error.message, id } }
      },
      ...(headers['anthropic-version'] !== undefined && { requestIdHeader: 'request-id' }),
    }),
    cors: corsFor(origins),
    bodyLimit: 100,
    log: (record) => logged.push(record),
  })

const ask = (parts: Partial<Request>, origins?: readonly string[]) => serverFor(origins)(requestOf(parts))
const good = { method: 'POST', path: '/v1/messages', headers: { 'x-api-key': 'good' }, body: '{}' }

beforeEach(() => {
  logged = []
  compared = []
  handle = async () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'fine' })
})

describe('every reply', () => {
  test.each([
    ['a good one', good, 200],
    ['a preflight', { ...good, method: 'OPTIONS', headers: {} }, 204],
    ['an unknown path', { ...good, path: '/nowhere' }, 404],
    ['a wrong method', { ...good, method: 'GET' }, 405],
    ['a large body', { ...good, body: 'a'.repeat(101) }, 413],
    ['no key', { ...good, headers: {} }, 401],
    ['a wrong key', { ...good, headers: { 'x-api-key': 'bad' } }, 401],
    ['a form that fails', { ...good, headers: { 'x-broken': '1' } }, 500],
  ])('carries the request’s id and the security headers: %s', async (_name, parts, status) => {
    const reply = await ask(parts)
    expect(reply.status).toBe(status)
    expect(reply.headers).toMatchObject({
      'x-request-id': 'request-1',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    expect(reply.headers['request-id']).toBeUndefined()
  })

  test('can be read by a browser, and names its id as its family does', async () => {
    for (const key of ['good', 'bad']) {
      const reply = await ask({ ...good, headers: { 'x-api-key': key, 'anthropic-version': '1' } })
      expect(reply.headers['access-control-allow-origin']).toBe('*')
      expect(reply.headers['access-control-expose-headers']).toMatch(/x-goog-upload-url.*request-id.*retry-after/)
      expect(reply.headers['request-id']).toBe('request-1')
    }
  })
})

describe('errors', () => {
  test('are in the family’s form; 405 says what would be right', async () => {
    const reply = await ask({ ...good, method: 'PUT' })
    expect(reply.headers).toMatchObject({ allow: 'POST, OPTIONS', 'x-form': 'a', 'content-type': 'application/json' })
    expect(JSON.parse(textOf(reply))).toEqual({ said: '/v1/messages does not answer PUT.', id: 'request-1' })
  })

  test('that nobody foresaw tell the client nothing, and the log everything', async () => {
    const error = new TypeError('x is not a function')
    handle = () => Promise.reject(error)
    const reply = await ask(good)
    expect(textOf(reply)).not.toMatch(/not a function/)
    expect(logged).toEqual([
      expect.objectContaining({
        level: 'error',
        requestId: 'request-1',
        error: expect.objectContaining({ cause: error }),
      }),
    ])
  })

  test('of the client’s are not logged', async () => {
    await ask({ ...good, headers: {} })
    await ask({ ...good, path: '/wp-login.php' })
    expect(logged).toEqual([])
  })

  test('a secret that is out is not the client’s fault', async () => {
    expect((await ask({ ...good, headers: { 'x-api-key': 'out' } })).status).toBe(500)
    expect(logged).toHaveLength(1)
  })
})

describe('what is open to all', () => {
  test.each(['/', '/health', '/api/hello'])('%s, to HEAD without a body', async (path) => {
    const get = await ask({ path })
    const head = await ask({ path, method: 'HEAD' })
    expect(JSON.parse(textOf(get))).toEqual(expect.any(Object))
    expect(head).toEqual({ ...get, body: '' })
    expect((await ask({ path, method: 'POST' })).headers.allow).toBe('GET, HEAD, OPTIONS')
    expect(compared).toEqual([])
  })

  test('an error to HEAD has no body, and a stream nobody reads is closed', async () => {
    expect(await ask({ path: '/x', method: 'HEAD' })).toMatchObject({ status: 404, body: '' })
    const body = new Readable({ read: () => undefined })
    const server = front({
      routes: routes({ 'HEAD /file': () => ({ status: 200, headers: {}, body }) }),
      admit: admitBy(async () => ({ name: 'a', keyId: 'a' })),
      formOf: () => ({ error: () => ({ status: 500, headers: {}, body: {} }) }),
      cors: corsFor(['*']),
      bodyLimit: 1,
      log: () => undefined,
    })
    expect(await server(requestOf({ method: 'HEAD', path: '/file', headers: { 'x-api-key': 'a' } }))).toMatchObject({
      body: '',
    })
    expect(body.destroyed).toBe(true)
  })
})

describe('admission', () => {
  test.each([
    ['a bearer token', { headers: { authorization: 'bearer  good ' } }],
    ['x-api-key', { headers: { 'x-api-key': 'good' } }],
    ['x-goog-api-key', { headers: { 'x-goog-api-key': 'good' } }],
    ['?key=', { headers: {}, query: 'alt=sse&key=good' }],
  ])('by %s', async (_name, parts) => {
    expect((await ask({ ...good, ...parts })).status).toBe(200)
  })

  test('the first key that fits counts, and all are compared', async () => {
    const admitted: string[] = []
    const server = front({
      routes: routes({
        'POST /v1/messages': ({ client }) => {
          admitted.push(client.name)
          return { status: 200, headers: {}, body: 'x' }
        },
      }),
      admit: admitBy(async (key) => {
        compared.push(key)
        return key.startsWith('good') ? { name: key, keyId: key } : undefined
      }),
      formOf: () => ({ error: () => ({ status: 500, headers: {}, body: {} }) }),
      cors: corsFor(['*']),
      bodyLimit: 100,
      log: () => undefined,
    })
    const headers = { authorization: 'Bearer bad', 'x-api-key': 'good-1', 'x-goog-api-key': 'good-2' }
    await server(requestOf({ ...good, headers, query: 'key=worse' }))
    expect(admitted).toEqual(['good-1'])
    expect(compared).toEqual(['bad', 'good-1', 'good-2', 'worse'])
  })

  test('comes before the body is looked into, and says where keys are read from without repeating one', async () => {
    let ran = false
    handle = async () => {
      ran = true
      throw new Error('body was read')
    }
    const reply = await ask({
      ...good,
      body: 'not json',
      headers: { authorization: 'Basic c2VjcmV0', 'x-api-key': 'leaked-key' },
    })
    expect(reply.status).toBe(401)
    expect(ran).toBe(false)
    expect(textOf(reply)).toMatch(/Authorization: Bearer, x-api-key, x-goog-api-key or \?key=/)
    expect(textOf(reply)).not.toMatch(/leaked-key|c2VjcmV0/)
  })
})

describe('browsers', () => {
  const preflight = (headers: Record<string, string>, origins?: readonly string[]) =>
    ask({ method: 'OPTIONS', path: '/v1/anything', headers: { origin: 'https://app.example', ...headers } }, origins)

  test('may send what they ask to send', async () => {
    const wanted = 'authorization,x-stainless-new, X-Whatever'
    const reply = await preflight({
      'access-control-request-headers': wanted,
      'access-control-request-private-network': 'true',
    })
    expect(reply).toMatchObject({ status: 204, body: '' })
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, x-stainless-new, X-Whatever',
      'access-control-allow-private-network': 'true',
      vary: 'Access-Control-Request-Headers',
    })
    expect(compared).toEqual([])
  })

  test.each(['a b', 'x-a,\r\nset-cookie: b', 'ü', 'a'.repeat(101), ''])(
    'are not told back what is no header: %j',
    async (wanted) => {
      const { headers } = await preflight({ 'access-control-request-headers': wanted })
      const allowed = headers['access-control-allow-headers']?.split(', ')
      expect(allowed).toEqual(
        expect.arrayContaining(['authorization', 'x-api-key', 'x-goog-api-key', 'anthropic-version']),
      )
      expect(allowed).not.toContain(wanted)
    },
  )

  test('are let in by a list of origins', async () => {
    const origins = ['https://app.example']
    for (const reply of [
      await preflight({}, origins),
      await ask({ ...good, headers: { origin: 'https://app.example' } }, origins),
    ]) {
      expect(reply.headers['access-control-allow-origin']).toBe('https://app.example')
      expect(reply.headers.vary).toMatch(/Origin/)
    }
    const stranger = await preflight({ origin: 'https://app.example.evil' }, origins)
    expect(stranger.status).toBe(204)
    expect(Object.keys(stranger.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(stranger.headers.vary).toMatch(/Origin/)
  })
})
