// Claims and kept replies, in dynalite.
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type LocalAws, startAws, TABLE_NAME } from '../../infra/local/aws.ts'
import { type ReplyState, replyState, type Single } from '../../lib/state/replies.ts'

const HOUR = 3_600_000
let aws: LocalAws
let client: DynamoDBClient
let replies: ReplyState
let now = Date.UTC(2026, 10, 23)

beforeAll(async () => {
  aws = await startAws('{}')
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' }
  client = new DynamoDBClient({ endpoint: aws.tableEndpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  replies = replyState({ client, name: TABLE_NAME, clock: () => now, mostStored: 12 * 1024 * 1024 })
})
afterAll(async () => {
  client.destroy()
  await aws.close()
})

const single = (key: string, more: Partial<Single> = {}): Single => ({
  client: 'ann',
  key,
  until: now + 900_000,
  ...more,
})
const reply = (body: Buffer) => ({ status: 201, headers: { 'content-type': 'x/y' }, body })

test.each([
  ['text', Buffer.from('größer 日本語')],
  ['bytes', Buffer.from([0, 255, 128, 10])],
  ['nothing', Buffer.alloc(0)],
  ['more than one item holds', Buffer.from(randomBytes(300_000).toString('hex'))],
])(
  '%s comes back as it was, to its own client',
  async (name, body) => {
    const own = single(name)
    expect(await replies.claim(own)).toBeUndefined()
    expect(await replies.claim(own)).toBe('running')
    expect(await replies.keep(own, reply(body))).toBe(true)
    expect(await replies.claim(own)).toEqual(reply(body))
    expect(await replies.claim({ ...own, client: 'bob' })).toBeUndefined()
    // The first call through a new client takes seconds on a busy machine
  },
  30_000,
)

test('what is too large, or was given up, is known to have been given', async () => {
  const [large, unread] = [single('large'), single('unread')]
  await replies.claim(large)
  await replies.claim(unread)
  expect(await replies.keep(large, reply(randomBytes(1_200_000)))).toBe(false)
  expect(await replies.keep(unread, undefined)).toBe(false)
  expect([await replies.claim(large), await replies.claim(unread)]).toEqual(['not kept', 'not kept'])
})

test('a claim ends when it is released, when its environment is gone, or after a day', async () => {
  const released = single('released')
  await replies.claim(released)
  await replies.release(released)
  expect(await replies.claim(released)).toBeUndefined()

  const killed = single('killed', { until: now + 1000 })
  await replies.claim(killed)
  now += 1001
  expect(await replies.claim({ ...killed, until: now + 1000 })).toBeUndefined()

  const kept = single('kept', { until: now + 1000 })
  await replies.claim(kept)
  await replies.keep(kept, reply(Buffer.from('a')))
  now += 23 * HOUR
  expect(await replies.claim(kept)).toEqual(reply(Buffer.from('a')))
  now += HOUR
  const later = { ...kept, until: now + 1000 }
  expect(await replies.claim(later)).toBeUndefined()
  expect(await replies.claim(later)).toBe('running')
})
