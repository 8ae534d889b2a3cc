import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { LambdaFunctionURLEvent } from 'aws-lambda'
import type { Gateway } from '../../infra/local/gateway.ts'
import { startFixture } from './fixtures/gateway.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startFixture()
})
afterAll(() => gateway.close())

const eventOf = async (path: string, init?: RequestInit): Promise<LambdaFunctionURLEvent> =>
  (await (await fetch(gateway.url + path, init)).json()) as LambdaFunctionURLEvent

/** fetch would join and sort them. */
const withRawHeaders = async (headers: string[]): Promise<LambdaFunctionURLEvent> => {
  const [response] = (await once(request(gateway.url, { headers }).end(), 'response')) as [IncomingMessage]
  return (await json(response)) as LambdaFunctionURLEvent
}

describe('a request becomes a Function URL event', () => {
  test('path and query stay as they were sent', async () => {
    const event = await eventOf('/v1/models/a%2Fb%3ax/?q=%C3%A9&list=1&list=2&plus=a+b&empty')
    expect(event.rawPath).toBe('/v1/models/a%2Fb%3ax/')
    expect(event.requestContext.http.path).toBe('/v1/models/a%2Fb%3ax/')
    expect(event.rawQueryString).toBe('q=%C3%A9&list=1&list=2&plus=a+b&empty')
    expect(event.queryStringParameters).toEqual({ q: 'é', list: '1,2', plus: 'a b', empty: '' })
    expect(event.requestContext.http.sourceIp).toBe('127.0.0.1')
    expect(event.isBase64Encoded).toBe(false)
    expect(event.body).toBeUndefined()
  })

  test('header names are lower-cased, several of a name joined, those of the connection dropped', async () => {
    const { headers, cookies } = await withRawHeaders(
      ['X-Many: 1', 'X-MANY: 2', 'Cookie: a=1; b=2', 'Host: me.example', 'Connection: close'].flatMap((line) =>
        line.split(': '),
      ),
    )
    expect(headers).toMatchObject({ 'x-many': '1,2', host: 'me.example', 'x-forwarded-proto': 'http' })
    expect(headers).not.toHaveProperty('connection')
    expect(cookies).toEqual(['a=1', 'b=2'])
  })

  test.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['Text/Plain', false],
    ['application/jsonl', true],
    ['application/x-www-form-urlencoded', true],
    ['multipart/form-data; boundary=x', true],
  ])('a body of %s in base64: %s', async (type, encoded) => {
    const text = '你好 {"a":1}'
    const { body, isBase64Encoded } = await eventOf('/', {
      method: 'POST',
      headers: { 'content-type': type },
      body: text,
    })
    expect(isBase64Encoded).toBe(encoded)
    expect(body).toBe(encoded ? Buffer.from(text).toString('base64') : text)
  })
})

test('a stream arrives chunk by chunk, as it is written', async () => {
  const response = await fetch(`${gateway.url}/stream?count=4&gap=60`)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  const times: number[] = []
  const chunks: string[] = []
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    times.push(performance.now())
    chunks.push(Buffer.from(chunk).toString())
  }
  expect(chunks).toEqual(['data: 0\n\n', 'data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n'])
  for (const [index, time] of times.slice(1).entries()) expect(time - (times[index] ?? 0)).toBeGreaterThan(30)
})

test('300 streams run at once', async () => {
  const started = performance.now()
  const texts = await Promise.all(
    Array.from({ length: 300 }, async () => (await fetch(`${gateway.url}/stream?count=3&gap=400`)).text()),
  )
  expect(new Set(texts)).toEqual(new Set(['data: 0\n\ndata: 1\n\ndata: 2\n\n']))
  // One after the other they would take four minutes.
  expect(performance.now() - started).toBeLessThan(4000)
})

test('a function writes no faster than its client reads, and is read to the end when the client goes', async () => {
  const abort = new AbortController()
  const flooded = (): boolean => gateway.logs.some(({ text }) => text.includes('flooded'))
  await fetch(`${gateway.url}/flood`, { signal: abort.signal })
  await sleep(300)
  expect(flooded()).toBe(false)
  abort.abort()
  for (let wait = 0; wait < 100 && !flooded(); wait += 1) await sleep(20)
  expect(flooded()).toBe(true)
})

describe('a function that fails', () => {
  test('before the status: 502, and the others go on', async () => {
    const running = fetch(`${gateway.url}/stream?count=3&gap=100`).then((response) => response.text())
    expect((await fetch(`${gateway.url}/throw`)).status).toBe(502)
    expect(await running).toContain('data: 2')
  })

  test('after the status: the reply breaks off', async () => {
    const response = await fetch(`${gateway.url}/throw-midway`)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
  })

  test('with its process: the reply breaks off, the end is reported, and the next request is served by a new one', async () => {
    const before = await fetch(gateway.url)
    const response = await fetch(`${gateway.url}/exit-midway`)
    await expect(response.text()).rejects.toThrow('terminated')
    const after = await fetch(gateway.url)
    expect(after.status).toBe(200)
    expect(after.headers.get('x-instance')).not.toBe(before.headers.get('x-instance'))
    expect(gateway.logs).toContainEqual({
      function: 'openai',
      source: 'platform',
      text: 'The process ended with code 7; the next request starts a new one.',
    })
  })
})

test.each([
  [
    'openai',
    { error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: 'request_too_large' } },
  ],
  [
    'anthropic',
    {
      type: 'error',
      error: { type: 'request_too_large', message: expect.any(String) },
      request_id: expect.any(String),
    },
  ],
  ['gemini', { error: { code: 413, message: expect.any(String), status: 'INVALID_ARGUMENT' } }],
])('an event over 6 MB is refused in the words of %s', async (family, error) => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const refused = await fetch(`${gateway.url}/${family}/v1/x`, { ...init, body: Buffer.alloc(6_291_456, 'x') })
  expect(refused.status).toBe(413)
  expect(await refused.json()).toEqual(error)
  const accepted = await fetch(`${gateway.url}/${family}/v1/x`, { ...init, body: Buffer.alloc(6_290_000, 'x') })
  expect(accepted.status).toBe(200)
  await accepted.body?.cancel()
})

test.each([
  ['POST', '/v1/chat/completions', 'openai'],
  ['GET', '/v1/models', 'openai'],
  ['GET', '/v1/models/gemini-2.5-pro', 'openai'],
  ['POST', '/v1/models/gemini-2.5-pro:generateContent', 'gemini'],
  ['POST', '/v1beta/models/gemini-2.5-pro:generateContent?key=x', 'gemini'],
  ['POST', '/upload/v1beta/files', 'gemini'],
  ['POST', '/v1/messages?beta=true', 'anthropic'],
  ['POST', '/v1/v1/messages/count_tokens', 'anthropic'],
  ['POST', '/v1/messagesx', 'openai'],
  ['POST', '/openai/v1/messages', 'openai'],
  ['GET', '/anthropic/v1/models', 'anthropic'],
  ['GET', '/gemini/v1beta/models', 'gemini'],
])('%s %s goes to %s', async (method, path, family) => {
  const { headers } = await fetch(gateway.urls[family as keyof Gateway['urls']])
  const response = await fetch(gateway.url + path, { method })
  expect(response.headers.get('x-instance')).toBe(headers.get('x-instance'))
  expect(((await response.json()) as LambdaFunctionURLEvent).rawPath).toBe(path.split('?')[0])
})

test('restarting keeps addresses and starts new processes', async () => {
  const before = await fetch(gateway.url)
  await gateway.restart()
  const after = await fetch(gateway.url)
  expect(after.status).toBe(200)
  expect(after.headers.get('x-instance')).not.toBe(before.headers.get('x-instance'))
})
