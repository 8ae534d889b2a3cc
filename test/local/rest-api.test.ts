import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { ROUTES, routeOf } from '../../infra/front-door/routes.ts'
import type { Gateway } from '../../infra/local/gateway.ts'
import { type HttpEvent, readEvent } from '../../lib/http/event.ts'
import { startFixture } from './fixtures/gateway.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

let urls: Gateway
let api: Gateway
beforeAll(async () => {
  ;[urls, api] = await Promise.all([
    startFixture(),
    startFixture({ frontDoor: 'api', shared: false, concurrency: 2, timeoutMs: 3000 }),
  ])
})
afterAll(() => Promise.all([urls.close(), api.close()]))

interface Sent {
  method?: string
  path: string
  headers?: string[]
  body?: Buffer
}

/** What the fixture echoes: the event. (fetch would change path and headers.) */
const eventOf = async (gateway: Gateway, { method = 'POST', path, headers = [], body }: Sent): Promise<HttpEvent> => {
  const { origin, host, pathname } = new URL(gateway.url)
  const own = ['Host', host, 'Content-Length', String(body?.length ?? 0)]
  const sent = request(origin, {
    method,
    path: `${pathname.replace(/\/$/, '')}${path}`,
    headers: [...own, ...headers],
  })
  const [response] = (await once(sent.end(body), 'response')) as [IncomingMessage]
  return JSON.parse(await text(response)) as HttpEvent
}

const sorted = (query: string): string[] => new URLSearchParams(query).toString().split('&').sort()

test.each<[string, Sent]>([
  [
    'JSON',
    { path: '/v1/chat/completions', headers: ['Content-Type', 'application/json'], body: Buffer.from('{"a":"语"}') },
  ],
  ['bytes without a type', { path: '/upload/v1beta/files', body: Buffer.from([0, 255, 128]) }],
  ['nothing', { method: 'DELETE', path: '/v1beta/files/a' }],
  ['a prefix', { path: '/gemini/v1beta/models/a:generateContent' }],
  ['a doubled version', { path: '/v1/v1/messages?beta=true' }],
  ['an encoded path', { method: 'GET', path: '/v1/models/a%2Fb%3ac' }],
  ['a query', { method: 'GET', path: '/v1/models?key=a%2Bb+c&list=1&list=2&p=5%25&e&u=%C3%A9&x=%7Bid%7D' }],
  [
    'headers in any case',
    { path: '/v1/x', headers: ['X-Many', '1', 'X-MANY', '2', 'Authorization', 'Bearer k', 'anthropic-version', 'v'] },
  ],
])('%s: the same request, whether by URL or by REST API', async (_, sent) => {
  const [first, second] = await Promise.all([eventOf(urls, sent), eventOf(api, sent)])
  const [byUrl, byApi] = [readEvent(first), readEvent(second)]
  expect([byApi.method, byApi.path]).toEqual([byUrl.method, byUrl.path])
  expect(sorted(byApi.query)).toEqual(sorted(byUrl.query))
  expect(Buffer.from(byApi.body)).toEqual(Buffer.from(byUrl.body))
  for (const name of ['content-type', 'authorization', 'anthropic-version', 'x-many']) {
    expect([name, byApi.headers[name]?.replaceAll(', ', ',')]).toEqual([name, byUrl.headers[name]])
  }
  expect([byUrl.uploadSession, byApi.uploadSession]).toEqual(['/upload-session', '/api/upload-session'])
})

test('bytes that call themselves JSON, as parts of uploaded files do, stay what they are', async () => {
  const body = Buffer.from([0, 255, 128])
  const event = await eventOf(api, { path: '/v1/x', headers: ['Content-Type', 'application/json'], body })
  expect(readEvent(event).body).toEqual(body)
})

test('a stage that is not there is nobody’s', async () => {
  const response = await fetch(`${new URL(api.url).origin}/v1/models`)
  expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }])
})

test('a stream arrives as it is written', async () => {
  const response = await fetch(`${api.url}/stream?count=3&gap=40`)
  expect(await response.text()).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n')
})

describe('F24 what API Gateway says itself has what each SDK reads', () => {
  const answer = async (path: string, init?: RequestInit) => {
    const response = await fetch(api.url + path, init)
    return { response, body: (await response.json()) as Record<string, unknown> }
  }
  const form = (type: string, code: number, status: string) => ({
    type: 'error',
    error: { type, code, status, message: expect.stringMatching(/^[A-Z].+\.$/), param: null },
    request_id: expect.any(String),
  })

  test('to a body that Lambda takes no more, once it is in base64', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const { response, body } = await answer('/v1/x', { ...init, body: Buffer.alloc(4_800_000, 'x') })
    expect([response.status, body]).toEqual([413, form('request_too_large', 413, 'INVALID_ARGUMENT')])
    const taken = await fetch(`${api.url}/v1/x`, { ...init, body: Buffer.alloc(4_700_000, 'x') })
    expect(taken.status).toBe(200)
    await taken.body?.cancel()
  })

  test('to too many at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => fetch(`${api.url}/stream?count=2&gap=900`)))
    const late = answers.find(({ status }) => status !== 200)
    expect([late?.status, await late?.json()]).toEqual([429, form('rate_limit_error', 429, 'RESOURCE_EXHAUSTED')])
    expect(late?.headers.get('retry-after')).toBe('1')
    await Promise.all(answers.filter((one) => one !== late).map((one) => one.text()))
  })

  test('when the function ends without a status', async () => {
    const { response, body } = await answer('/hang-silently')
    expect([response.status, body]).toEqual([502, form('api_error', 502, 'INTERNAL')])
    expect(response.headers.get('x-request-id')).toBe(body.request_id)
  })
})

test('every route of the table can be reached', () => {
  for (const [route, target] of Object.entries(ROUTES)) {
    const [method = '', resource = ''] = route.split(' ')
    const path = resource.replace('{proxy+}', 'x/y')
    const overruled = method === 'ANY' && ROUTES[`POST ${resource}`] !== undefined
    expect(routeOf(overruled ? 'GET' : 'POST', path)).toMatchObject({ resource, target })
  }
})

test('an event says of itself what a REST API says', async () => {
  const event = (await eventOf(api, { path: '/anthropic/v1/messages?beta=true' })) as APIGatewayProxyEvent
  expect(event).toMatchObject({
    resource: '/anthropic/{proxy+}',
    path: '/anthropic/v1/messages',
    pathParameters: { proxy: 'v1/messages' },
    requestContext: { stage: 'api', path: '/api/anthropic/v1/messages', resourcePath: '/anthropic/{proxy+}' },
    body: null,
  })
})
