import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, DynamoDBClient, ScanCommand, type UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { GatewayError } from '../../lib/errors.ts'
import { type Table, tableOf } from '../../lib/state/table.ts'
import type { StoredTurn } from '../../lib/state/turns.ts'

// It has no types
const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server

const HOUR = 3_600_000
let server: Server
let client: DynamoDBClient
let table: Table
let now = 0
let count = 0

const clientFor = (port: number) =>
  new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  })

beforeAll(async () => {
  server = dynalite({ createTableMs: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  client = clientFor((server.address() as AddressInfo).port)
})

afterAll(() => {
  client.destroy()
  server.close()
})

beforeEach(async () => {
  now = Date.UTC(2026, 10, 23)
  const name = `table-${count++}`
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  )
  await new Promise((done) => setTimeout(done, 10))
  table = tableOf({ client, name, clock: () => now })
})

test('cooldowns: the longer one stays, those that are over are missing', async () => {
  expect([...(await table.readCooldowns())]).toEqual([])
  await table.addCooldown('project:a', now + 2 * HOUR)
  const all = await table.addCooldown('project:a', now + HOUR)
  await table.addCooldown('key:k.1#v', now + HOUR)
  expect([...all]).toEqual([['project:a', now + 2 * HOUR]])
  now += 1.5 * HOUR
  expect([...(await table.readCooldowns())]).toEqual([['project:a', now + HOUR / 2]])
})

test('cooldowns that are over do not gather in the item', async () => {
  for (let index = 0; index < 25; index++) await table.addCooldown(`key:${index}`, now + 1000)
  now += 2000
  await table.addCooldown('key:last', now + HOUR)
  now -= 2000
  expect([...(await table.readCooldowns()).keys()]).toEqual(['key:last'])
})

test('however many cooldowns are over at once, as all of a day are at its end, DynamoDB can take them out', async () => {
  const written: UpdateItemCommand['input'][] = []
  client.middlewareStack.add(
    (next) => (call) => {
      if ('ConditionExpression' in call.input) written.push(call.input as UpdateItemCommand['input'])
      return next(call)
    },
    { step: 'initialize', name: 'written' },
  )
  const day = Array.from({ length: 350 }, (_, index) => `quota_day model project-${index} gemini-3.6-flash`)
  for (const scope of day) await table.addCooldown(scope, now + 1000)
  now += 2000
  for (let index = 0; index < 5; index++) await table.addCooldown(`next ${index}`, now + HOUR)
  now -= 2000
  expect((await table.readCooldowns()).size).toBeLessThan(30)
  client.middlewareStack.remove('written')
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
  for (const { ConditionExpression = '', UpdateExpression = '' } of written) {
    expect(Math.max(ConditionExpression.length, UpdateExpression.length)).toBeLessThan(4096)
    expect(ConditionExpression.match(/<=|AND/g)?.length ?? 0).toBeLessThan(300)
  }
})

test('an owner is the client that it was written for, until a day after the end', async () => {
  await table.writeOwner('ann', { name: 'files/1', project: 'p1', end: now + 48 * HOUR })
  await table.writeOwner('ann', { name: 'files/2', project: 'p2' })
  await table.writeOwner('ann', { name: 'batches/1', project: 'p1' })
  await table.writeOwner('bob', { name: 'files/3', project: 'p1' })
  expect(await table.readOwner('bob', 'files/1')).toBeUndefined()
  expect(await table.listOwned('ann', 'files/')).toEqual([
    { name: 'files/1', project: 'p1' },
    { name: 'files/2', project: 'p2' },
  ])
  now += 71 * HOUR
  expect(await table.readOwner('ann', 'files/1')).toBe('p1')
  now += 2 * HOUR
  expect(await table.readOwner('ann', 'files/1')).toBeUndefined()
  await table.removeOwner('ann', 'files/2')
  expect(await table.listOwned('ann', 'files/')).toEqual([])
})

test('a name is one client’s in a project until it is freed, or long unused', async () => {
  const name = { name: 'files/mine', project: 'p1' }
  expect(await table.claimName('ann', name)).toBe(true)
  expect(await table.claimName('ann', name)).toBe(true)
  expect(await table.claimName('bob', name)).toBe(false)
  expect(await table.claimName('bob', { ...name, project: 'p2' })).toBe(true)
  now += 11 * 24 * HOUR
  expect(await table.claimName('bob', name)).toBe(true)
  await table.freeName(name)
  expect(await table.claimName('ann', name)).toBe(true)
})

test('signatures come back byte for byte, more than one batch of them, and to their client only', async () => {
  const signatures = new Map(
    Array.from({ length: 130 }, (_, index) => [`call_${index}`, new Uint8Array([index, 0, 255])] as const),
  )
  await table.writeSignatures('ann', signatures)
  const asked = [...signatures.keys(), 'call_1', 'unknown', '', 'x'.repeat(5000)]
  const found = await table.readSignatures('ann', asked)
  expect(new Map([...found].map(([id, bytes]) => [id, new Uint8Array(bytes)]))).toEqual(signatures)
  expect((await table.readSignatures('bob', asked)).size).toBe(0)
  expect((await table.readSignatures('ann', [])).size).toBe(0)
  now += 73 * HOUR
  expect((await table.readSignatures('ann', asked)).size).toBe(0)
})

test('a lease is one holder’s, until it is over', async () => {
  const got = await Promise.all(Array.from({ length: 8 }, () => table.lease('probe', 30)))
  expect(got.filter(Boolean)).toHaveLength(1)
  now += 29_999
  expect(await table.lease('probe', 30)).toBe(false)
  now += 1
  expect(await table.lease('probe', 30)).toBe(true)
})

/** Text that gzip can't make smaller by much. */
const noise = (bytes: number): string => randomBytes(bytes).toString('base64')

const root: StoredTurn = { root: 'r1', depth: 0, response: 'r1', affinity: 'k', head: '{"a":1}', items: '["语"]' }
const reply = (response: string, items: string): StoredTurn => ({ ...root, depth: 1, response, parent: 'r1', items })

test('a chain of turns comes back from any of its branches, large turns in parts, and only to its client', async () => {
  const large = JSON.stringify(noise(700_000))
  const [first, second] = [reply('r1x', large), reply('r1xy', '[]')]
  for (const turn of [second, first, root]) expect(await table.writeTurn('ann', turn)).toBe(true)
  expect(await table.readChain('ann', first)).toEqual([root, first].map(({ affinity, items }) => ({ affinity, items })))
  expect((await table.readChain('ann', second))?.[1]?.items).toBe('[]')
  expect(await table.readTurn('ann', first)).toEqual(first)
  expect(await table.readTurn('ann', root)).toEqual(root)
  expect(await table.readChain('bob', first)).toBeUndefined()
  expect(await table.readTurn('bob', first)).toBeUndefined()
  now += 31 * 24 * HOUR
  expect(await table.readChain('ann', first)).toBeUndefined()
})

test('a turn that is deleted is gone with all its parts, and so is what stood on it', async () => {
  const large = reply('r1x', noise(700_000))
  await table.writeTurn('ann', root)
  await table.writeTurn('ann', large)
  expect(await table.removeTurn('bob', large)).toBe(false)
  expect(await table.removeTurn('ann', large)).toBe(true)
  expect(await table.removeTurn('ann', large)).toBe(false)
  const { Count } = await client.send(new ScanCommand({ TableName: `table-${count - 1}` }))
  expect(Count).toBe(1)
  await table.writeTurn('ann', large)
  await table.removeTurn('ann', root)
  expect(await table.readChain('ann', large)).toBeUndefined()
})

test('a turn over 1 MB is not kept', async () => {
  expect(await table.writeTurn('ann', { ...root, items: noise(1_500_000) })).toBe(false)
  expect(await table.readChain('ann', root)).toBeUndefined()
})

test('more than one request should ever read is refused, and can still be deleted', async () => {
  const narrow = tableOf({ client, name: `table-${count - 1}`, clock: () => now, mostStored: 2 * 1024 * 1024 })
  const large = ['a', 'b', 'c'].map((response) => reply(response, noise(1_000_000)))
  for (const turn of [root, ...large]) expect(await narrow.writeTurn('ann', turn)).toBe(true)
  const [one] = large
  if (!one) throw new Error('no turn')
  await expect(narrow.readChain('ann', one)).rejects.toMatchObject({ kind: 'too_large' })
  expect((await narrow.readTurn('ann', one))?.items).toBe(one.items)
  for (const turn of large) expect(await narrow.removeTurn('ann', turn)).toBe(true)
  expect(await narrow.readChain('ann', root)).toHaveLength(1)

  // A megabyte of one letter is a kilobyte when it is packed.
  const small = { ...root, items: 'a'.repeat(1_100_000) }
  const next = reply('r1y', small.items)
  for (const turn of [small, next]) await narrow.writeTurn('ann', turn)
  await expect(narrow.readChain('ann', next)).rejects.toMatchObject({ kind: 'too_large' })
  await expect(narrow.readItems('ann', [small, next])).rejects.toMatchObject({ kind: 'too_large' })
  expect(await narrow.readItems('ann', [root, reply('unknown', '[]')])).toHaveLength(1)
  expect(await narrow.readChain('ann', small)).toHaveLength(1)
})

test("turns at the same time all add to a conversation, in order; it is its client's alone", async () => {
  const conversation = { id: 'c', created: 5, metadata: { a: 'b' } }
  await table.writeConversation('ann', conversation)
  const names = Array.from({ length: 12 }, (_, index) => `n${String(index).padStart(2, '0')}`)
  await Promise.all(names.map((name) => table.addBatch('ann', 'c', name, JSON.stringify([name]))))
  now += 1
  await table.addBatch('ann', 'c', 'a-later-one', '["later"]')
  const read = await table.readBatches('ann', 'c')
  expect(read?.conversation).toEqual(conversation)
  expect(read?.batches.flatMap(({ items }) => JSON.parse(items) as string[])).toEqual([...names, 'later'])
  expect(read?.batches.map(({ name }) => name)).toEqual([...names, 'a-later-one'])
  expect(await table.readBatches('bob', 'c')).toBeUndefined()
  await table.removeConversation('ann', 'c')
  expect(await table.readBatches('ann', 'c')).toBeUndefined()
})

test('of two changes to the same batch one is told to try again, and nothing of the old parts stays', async () => {
  await table.writeConversation('ann', { id: 'c', created: 5, metadata: {} })
  await table.addBatch('ann', 'c', 'n', noise(900_000))
  const [one, other] = (await Promise.all([table.readBatches('ann', 'c'), table.readBatches('ann', 'c')])).map(
    (read) => read?.batches[0],
  )
  expect(await one?.replace('["changed"]')).toBe(true)
  expect(await other?.replace('["lost"]')).toBe(false)
  expect((await table.readBatches('ann', 'c'))?.batches.map(({ items }) => items)).toEqual(['["changed"]'])
  const { Count } = await client.send(new ScanCommand({ TableName: `table-${count - 1}` }))
  expect(Count).toBe(2)
})

test('a table that is absent or out of reach is `unavailable`', async () => {
  const unreachable = clientFor(1)
  const tables = [
    tableOf({ client, name: 'no-such-table', clock: () => now }),
    tableOf({ client: unreachable, name: 'any', clock: () => now }),
  ]
  for (const broken of tables) {
    const failures = await Promise.all(
      [
        broken.readCooldowns(),
        broken.addCooldown('a', 1),
        broken.readOwner('a', 'b'),
        broken.readSignatures('a', ['b']),
        broken.writeSignatures('a', new Map([['b', new Uint8Array(1)]])),
        broken.lease('a', 1),
        broken.listOwned('a', ''),
      ].map((work) =>
        work.then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    )
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(GatewayError)
      expect(failure).toMatchObject({ kind: 'unavailable', cause: expect.any(Error) })
    }
  }
  unreachable.destroy()
})

test('two who change a large batch to the same leave it whole', async () => {
  await table.writeConversation('ann', { id: 'conv_1', created: 1, metadata: {} })
  const noise = (): string => randomBytes(300_000).toString('base64')
  const rest = JSON.stringify([noise(), noise()])
  await table.addBatch('ann', 'conv_1', 'n', JSON.stringify(['gone', rest]))
  const read = async () => (await table.readBatches('ann', 'conv_1'))?.batches ?? []
  const [[one], [other]] = [await read(), await read()]
  expect(await one?.replace(rest)).toBe(true)
  expect(await other?.replace(rest)).toBe(false)
  expect((await read()).map(({ items }) => items === rest)).toEqual([true])
})

test('videos are their client’s, replaced as a whole, and forgotten after a month', async () => {
  await table.writeVideo('ann', 'video_a', '{"one":1}')
  await table.writeVideo('ann', 'video_b', '{}')
  await table.writeVideo('ann', 'video_a', '{"two":2}')
  expect(await table.readVideo('ann', 'video_a')).toBe('{"two":2}')
  expect(await table.readVideo('bob', 'video_a')).toBeUndefined()
  expect((await table.listVideos('ann')).sort()).toEqual(['{"two":2}', '{}'])
  expect(await table.listVideos('bob')).toEqual([])
  await table.removeVideo('ann', 'video_b')
  expect(await table.listVideos('ann')).toEqual(['{"two":2}'])
  now += 31 * 24 * HOUR
  expect(await table.listVideos('ann')).toEqual([])
})
