import { createServer, type IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { answerTo } from '../../infra/local/function-answer.ts'
import { type Listening, listen } from '../../infra/local/listen.ts'

const PRELUDE = Buffer.from(JSON.stringify({ statusCode: 418, headers: { 'X-Word': 'tea' }, cookies: ['a=1'] }))
const WHOLE = Buffer.concat([PRELUDE, Buffer.alloc(8), Buffer.from('body 你好')])

let pieces: readonly Buffer[]
let trailers: Record<string, string>
let server: Listening
beforeAll(async () => {
  server = await listen(
    createServer((_request, response) => {
      const headers = { 'content-type': 'application/vnd.awslambda.http-integration-response' }
      const stream = Object.assign(new PassThrough(), { headers, trailers, complete: true })
      answerTo(response).respond(stream as unknown as IncomingMessage)
      for (const piece of pieces) stream.write(piece)
      stream.end()
    }),
  )
})
afterAll(() => server.close())

const get = (...sent: Buffer[]): Promise<Response> => {
  pieces = sent
  trailers = {}
  return fetch(server.origin)
}

test('a prelude may be cut anywhere', async () => {
  for (let at = 0; at <= WHOLE.length; at += 1) {
    const response = await get(WHOLE.subarray(0, at), WHOLE.subarray(at))
    expect([at, response.status, response.headers.get('x-word'), await response.text()]).toEqual([
      at,
      418,
      'tea',
      'body 你好',
    ])
  }
})

test('byte by byte', async () => {
  const response = await get(...[...WHOLE].map((byte) => Buffer.from([byte])))
  expect([response.status, await response.text()]).toEqual([418, 'body 你好'])
})

test.each([
  ['no end', PRELUDE],
  ['no JSON', Buffer.concat([Buffer.from('{'), Buffer.alloc(8)])],
  ['a header no client may get', Buffer.concat([Buffer.from('{"headers":{"a":"x\\r\\ny"}}'), Buffer.alloc(8)])],
  ['more than 16 KiB', Buffer.alloc(20_000, 'x')],
  ['nothing at all', Buffer.alloc(0)],
])('a prelude with %s is a 502', async (_case, bytes) => {
  expect((await get(bytes)).status).toBe(502)
})
