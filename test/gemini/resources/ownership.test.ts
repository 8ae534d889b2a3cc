import { expect, test } from '@jest/globals'
import { asGatewayError } from '../../../lib/errors.ts'
import { wholeReader } from '../../../lib/gemini/reply/reader.ts'
import { type Owners, ownersOf, pinnedClient } from '../../../lib/gemini/resources/ownership.ts'
import { type Caller, geminiClient, type UpstreamCall } from '../../../lib/gemini/upstream/client.ts'
import { alone } from '../../keys/environment.ts'
import { type Answer, answering, failing, saying } from '../../upstream.ts'
import { ownerTable } from '../owner-table.ts'

const KEYS = ['a', 'b', 'c'].flatMap((project) =>
  ['1', '2'].map((number) => ({ id: `${project}${number}`, key: `secret-${project}${number}`, project, weight: 1 })),
)
const callerOf = (name: string): Caller => ({
  requestId: 'r',
  client: { name, keyId: 'k' },
  protocol: 'gemini',
  asked: 'm',
  receivedAt: 0,
  deadline: 900_000,
  after: () => {},
})

const setUp = async (...answers: (Answer | Error)[]) => {
  const table = ownerTable()
  const owners = ownersOf(table)
  await owners.note('ann', { name: 'files/1', project: 'b' })
  await owners.note('ann', { name: 'files/2', project: 'b' })
  await owners.note('ann', { name: 'files/3', project: 'c' })
  await owners.note('ann', { name: 'cachedContents/1', project: 'b' })
  await owners.note('ann', { name: 'cachedContents/2', project: 'b' })
  await owners.note('bob', { name: 'files/4', project: 'b' })
  const { send, sent } = answering(...answers)
  const gemini = geminiClient({ send, ...alone(KEYS), settle: async () => {}, clock: () => 0 })
  const ask = async (client: string, fields: Partial<UpstreamCall>, from: Owners = owners) => {
    const call: UpstreamCall = {
      method: 'POST',
      path: '/v1beta/models/m:generateContent',
      headers: {},
      body: '{}',
      model: 'm',
      streamed: false,
      affinity: 'anything',
      ...fields,
    }
    const reader = () => wholeReader({ newCallId: () => '', functions: [] })
    return await pinnedClient(gemini, from)
      .open(call, callerOf(client), reader)
      .then(
        ({ key }) => key.project,
        (thrown: unknown) => asGatewayError(thrown),
      )
  }
  return { table, owners, sent, ask, keys: () => sent.map(({ headers }) => headers['x-goog-api-key']) }
}

const WHOLE: Answer = { reads: [JSON.stringify(saying('Hello', 'STOP'))] }
const quota = failing(429, { error: { code: 429, message: 'Please retry in 30s', status: 'RESOURCE_EXHAUSTED' } })
const badKey = failing(400, { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'API key not valid.' } })
const missing = failing(403, {
  error: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: 'You do not have permission to access the File 1 or it may not exist.',
  },
})

test('what a call names decides its project, and is asked for once', async () => {
  const { ask, table, owners } = await setUp(WHOLE, WHOLE)
  const other = ownersOf(table)
  expect(await ask('ann', { names: [{ name: 'cachedContents/1' }, { name: 'cachedContents/2' }] }, other)).toBe('b')
  expect(await ask('ann', { names: [{ name: 'cachedContents/1' }] }, other)).toBe('b')
  expect(table.reads).toEqual(['cachedContents/1', 'cachedContents/2'])
  expect(await owners.projectOf('ann', [{ name: 'cachedContents/1' }])).toBe('b')
  expect(table.reads).toHaveLength(2)
  // What a client may have chosen can be someone else's tomorrow
  await other.projectOf('ann', [{ name: 'files/1' }])
  await other.projectOf('ann', [{ name: 'files/1' }])
  expect(table.reads).toHaveLength(4)
})

test('a call that names nothing asks nobody', async () => {
  const { ask, table } = await setUp(WHOLE)
  expect(await ask('ann', {})).toEqual(expect.any(String))
  expect(table.reads).toEqual([])
})

test("another client's, and what nobody owns, is not there; the field says where it was named", async () => {
  const { ask, sent } = await setUp()
  for (const [client, name] of [
    ['bob', 'files/1'],
    ['ann', 'files/nobody'],
  ] as const) {
    expect(await ask(client, { names: [{ name, field: 'contents[0].parts[1].fileData.fileUri' }] })).toMatchObject({
      kind: 'not_found',
      param: 'contents[0].parts[1].fileData.fileUri',
      message: expect.stringContaining(name),
    })
  }
  expect(sent).toEqual([])
})

test('two projects in one request are refused before anything is sent', async () => {
  const { ask, sent } = await setUp()
  const refused = await ask('ann', { names: [{ name: 'files/1' }, { name: 'files/3', field: 'x.y' }] })
  expect(refused).toMatchObject({
    kind: 'invalid_request',
    param: 'x.y',
    message: expect.stringMatching(/files\/1.*files\/3/),
  })
  expect(sent).toEqual([])
})

test('bad keys of the project are passed over for its others, never for those of another', async () => {
  const { ask, keys } = await setUp(badKey, badKey, WHOLE)
  expect(await ask('ann', { names: [{ name: 'files/1' }] })).toMatchObject({ kind: 'pool_dead' })
  expect(new Set(keys())).toEqual(new Set(['secret-b1', 'secret-b2']))
})

test('a project out of its quota is told as such, though others have some left', async () => {
  const { ask, keys } = await setUp(quota, WHOLE)
  expect(await ask('ann', { names: [{ name: 'files/1' }] })).toMatchObject({ kind: 'quota_minute', retryAfter: 30 })
  expect(keys()).toHaveLength(1)
  expect(await ask('ann', { names: [{ name: 'files/1' }] })).toMatchObject({ kind: 'quota_minute' })
  expect(keys()).toHaveLength(1)
})

test('what a project had that left the secret is gone', async () => {
  const { ask, owners } = await setUp()
  await owners.note('ann', { name: 'files/old', project: 'gone' })
  expect(await ask('ann', { names: [{ name: 'files/old' }] })).toMatchObject({ kind: 'not_found' })
})

test('what Google no longer knows is asked of the table again', async () => {
  const { ask, owners, table } = await setUp(missing, WHOLE)
  expect(await ask('ann', { names: [{ name: 'cachedContents/1' }] })).toMatchObject({ kind: 'not_found' })
  await table.writeOwner('ann', { name: 'cachedContents/1', project: 'c' })
  expect(await owners.projectOf('ann', [{ name: 'cachedContents/1' }])).toBe('c')
})

test('deleted is forgotten, and a name that a client chose is free again', async () => {
  const { owners } = await setUp()
  expect(await owners.claim('ann', { name: 'files/mine', project: 'a' })).toBe(true)
  expect(await owners.claim('bob', { name: 'files/mine', project: 'a' })).toBe(false)
  expect(await owners.claim('bob', { name: 'files/mine', project: 'b' })).toBe(true)
  await owners.note('ann', { name: 'files/mine', project: 'a' })
  await owners.forget('ann', 'files/mine')
  await expect(owners.projectOf('ann', [{ name: 'files/mine' }])).rejects.toMatchObject({ kind: 'not_found' })
  expect(await owners.claim('bob', { name: 'files/mine', project: 'a' })).toBe(true)
})
