// What a repeated request waits for, and how its key is read; the table in memory.
import { expect, test } from '@jest/globals'
import { type AdmittedRequest, type Reply } from '../lib/http/exchange.ts'
import { idempotent } from '../lib/idempotency.ts'
import type { Earlier, Single } from '../lib/state/replies.ts'
import { requestOf } from './http/requests.ts'

const REPLY: Reply = { status: 200, headers: {}, body: 'done' }

test.each([
  [
    'at once',
    () => {
      throw new Error('refused')
    },
  ],
  ['later', async () => Promise.reject(new Error('refused'))],
])('one that is refused %s leaves nothing behind', async (_, handle: () => Promise<Reply>) => {
  const work: string[] = []
  const once = idempotent({
    replies: {
      claim: async () => undefined,
      keep: async () => Boolean(work.push('kept')),
      release: async () => void work.push('released'),
    },
    clock: () => 0,
    sleep: async () => undefined,
    log: () => undefined,
  })
  const request = requestOf({ method: 'POST', headers: { 'idempotency-key': 'k' } })
  await expect(once({ ...request, client: { name: 'ann', keyId: 'a' } }, handle)).rejects.toThrow('refused')
  expect(work).toEqual(['released'])
})

/** Says these things of a key, one a look; the last for ever. */
const watched = (...said: (Earlier | undefined)[]) => {
  const claims: Single[] = []
  let now = 0
  let asked = 0
  const once = idempotent({
    replies: {
      claim: async (single) => {
        claims.push(single)
        return said.length > 1 ? said.shift() : said[0]
      },
      keep: async () => true,
      release: async () => undefined,
    },
    clock: () => now,
    sleep: async (milliseconds) => (now += milliseconds),
    log: () => undefined,
  })
  const ask = (parts: Partial<AdmittedRequest> = {}): Promise<Reply> => {
    const request = requestOf({ method: 'POST', headers: { 'idempotency-key': 'k' }, deadline: 900_000, ...parts })
    const handle = () => {
      asked++
      return REPLY
    }
    return Promise.resolve(once({ ...request, client: { name: 'ann', keyId: 'a' }, ...parts }, handle))
  }
  return { ask, claims, now: () => now, asked: () => asked }
}

test('one that waits goes on when the first has failed', async () => {
  const { ask, asked, now } = watched('running', 'running', undefined)
  expect(await ask()).toEqual(REPLY)
  expect([asked(), now()]).toEqual([1, 300])
})

test.each([
  ['20 seconds', 900_000, 20_000],
  ['as long as its own time allows', 25_000, 15_000],
])('it waits for %s, and is then told to come back', async (_, deadline, most) => {
  const { ask, asked, now } = watched('running')
  await expect(ask({ deadline })).rejects.toMatchObject({ kind: 'conflict', retryAfter: 5, param: 'Idempotency-Key' })
  expect(asked()).toBe(0)
  expect(now()).toBeGreaterThan(most - 2_100)
  expect(now()).toBeLessThanOrEqual(most)
})

test('what makes two requests the same', async () => {
  const keyOf = async (parts: Partial<AdmittedRequest>): Promise<string | undefined> => {
    const { ask, claims } = watched(undefined)
    await ask(parts)
    return claims[0]?.key
  }
  const form = (boundary: string, quote = '') => ({
    headers: { 'idempotency-key': 'k', 'content-type': `multipart/form-data; boundary=${quote}${boundary}${quote}` },
    body: Buffer.from(`--${boundary}\r\n\r\n\xff\r\n--${boundary}--`, 'latin1'),
  })
  const plain = await keyOf({ body: '{"a":1}' })
  const formed = await keyOf(form('one'))
  expect([
    await keyOf({ body: Buffer.from('{"a":1}') }),
    await keyOf({ body: '{"a":1}', query: 'key=secret' }),
    await keyOf(form('another')),
    await keyOf(form('a b', '"')),
  ]).toEqual([plain, plain, formed, formed])
  const others = [
    plain,
    formed,
    await keyOf({ body: '{"a":2}' }),
    await keyOf({ body: '{"a":1}', query: 'alt=sse' }),
    await keyOf({ body: '{"a":1}', path: '/other' }),
    await keyOf({ body: '{"a":1}', headers: { 'idempotency-key': 'other' } }),
    ...(await Promise.all(
      [
        { 'anthropic-version': '2023-06-01' },
        { 'x-goog-api-key': 'secret' },
        { 'content-type': 'image/png' },
        { 'content-type': 'image/webp' },
        { 'x-goog-upload-protocol': 'raw' },
        { 'x-goog-upload-command': 'start', 'x-goog-upload-header-content-length': '5' },
        { 'x-goog-upload-command': 'start', 'x-goog-upload-header-content-length': '6' },
      ].map((headers) => keyOf({ body: '{"a":1}', headers: { 'idempotency-key': 'k', ...headers } })),
    )),
  ]
  expect(new Set(others).size).toBe(others.length)
})

test.each(['query', 'upload', 'upload, finalize', 'cancel'])(
  'of an upload that goes on with %s nothing is kept: two parts may be alike',
  async (command) => {
    const { ask, asked, claims } = watched({ status: 200, headers: {}, body: Buffer.from('kept') })
    expect(await ask({ headers: { 'idempotency-key': 'k', 'x-goog-upload-command': command } })).toBe(REPLY)
    expect([asked(), claims.length]).toEqual([1, 0])
  },
)
