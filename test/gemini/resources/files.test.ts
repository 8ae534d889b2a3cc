// Files before the simulated Gemini, without a gateway around them: what is slow, lost, or never ends.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type SimulatedGemini, startSimulatedGemini } from '../../../infra/local/simulated-gemini/index.ts'
import {
  deleteFile,
  type FileParts,
  findFile,
  listFiles,
  type NewFile,
  uploadFile,
} from '../../../lib/gemini/resources/files.ts'
import { ownersOf, pinnedClient } from '../../../lib/gemini/resources/ownership.ts'
import { geminiClient } from '../../../lib/gemini/upstream/client.ts'
import { nodeSend } from '../../../lib/gemini/upstream/send.ts'
import { fileObject } from '../../../lib/openai/files/reply.ts'
import { alone } from '../../keys/environment.ts'
import { ownerTable } from '../owner-table.ts'

let simulated: SimulatedGemini
let parts: FileParts
let now = 0
/** Milliseconds that go by between two looks at the clock. */
let pace = 0
beforeEach(async () => {
  simulated = await startSimulatedGemini({ projects: { 'key-a': 'a', 'key-b': 'b' }, processing: 3 })
  const keys = ['a', 'b'].map((project) => ({ id: project, key: `key-${project}`, project, weight: 1 }))
  const owners = ownersOf(ownerTable())
  const client = geminiClient({
    send: nodeSend(simulated.origin),
    ...alone(keys),
    settle: async () => {},
    clock: Date.now,
  })
  now = Date.now()
  pace = 0
  let count = 0
  parts = {
    gemini: pinnedClient(client, owners),
    owners,
    newId: () => String(count++).padStart(24, '0'),
    clock: () => (now += pace),
  }
})
afterEach(() => simulated.close())

const callerOf = (name: string) => ({
  requestId: 'r',
  client: { name, keyId: 'c' },
  protocol: 'files',
  asked: '',
  receivedAt: Date.now(),
  deadline: Date.now() + 60_000,
  after: () => {},
})
const ann = callerOf('ann')
const file = (more: Partial<NewFile> = {}): NewFile => ({
  bytes: Buffer.from('Hello'),
  filename: 'hello',
  type: '',
  purpose: 'user_data',
  ...more,
})

test.each<[string, Partial<NewFile>, string, RegExp]>([
  ['what is said', { type: 'text/csv' }, 'text/csv', /-csv$/],
  [
    'what its bytes show',
    { bytes: Buffer.from('%PDF-1.7'), type: 'application/octet-stream' },
    'application/pdf',
    /-pdf$/,
  ],
  ['what its name ends in', { filename: 'a.py' }, 'text/x-python', /-py$/],
  ['that it is text', {}, 'text/plain', /-txt$/],
  ['nothing', { bytes: Buffer.from([0xff, 0xfe, 0x80]) }, 'application/octet-stream', /-u\d{24}$/],
])('the type of a file is %s', async (_, more, mimeType, name) => {
  const made = await uploadFile(parts, file(more), ann)
  expect(made).toMatchObject({ mimeType, name: expect.stringMatching(name), bytes: (more.bytes ?? 'Hello').length })
})

test('a video that takes its time is told as it is, and is ready later', async () => {
  pace = 15_000
  const made = await uploadFile(parts, file({ bytes: Buffer.from('\0\0\0 ftypisom'), filename: 'a.mp4' }), ann)
  expect([made.state, fileObject(made).status]).toEqual(['processing', 'uploaded'])
  const look = () => findFile(parts, { name: made.name }, ann)
  await look()
  await look()
  expect(fileObject(await look()).status).toBe('processed')
})

test('a file that Google could not read says why', () => {
  const stored = { name: 'files/a', filename: 'a', mimeType: 'video/mp4', bytes: 1, created: 0, expires: undefined }
  const failed = { ...stored, state: 'failed', failure: 'No frames.', downloadable: false, purpose: undefined } as const
  expect(fileObject(failed)).toMatchObject({ status: 'error', status_details: 'No frames.' })
})

test('a try that failed leaves no name behind that the next one could not have', async () => {
  simulated.fail({ fault: 'error', error: 'internal' }, { key: 'key-a' })
  simulated.fail({ fault: 'error', error: 'internal' }, { key: 'key-b' })
  const made = await uploadFile(parts, file(), ann)
  const names = simulated.requests.map(({ body }) => /"name":"([^"]+)"/.exec(String(body))?.[1])
  expect(names.length).toBeGreaterThan(1)
  expect(new Set(names).size).toBe(names.length)
  expect(names.at(-1)).toBe(made.name)
})

test('lists hold more than a page of Google’s, in the order in which files came, and none of another client', async () => {
  const names: string[] = []
  for (let index = 0; index < 103; index++) names.push((await uploadFile(parts, file(), ann)).name)
  await uploadFile(parts, file(), callerOf('bob'))
  const listed = await listFiles(parts, ann)
  expect(listed.map(({ name }) => name).sort()).toEqual(names.sort())
  expect(listed.map(({ created }) => created)).toEqual(listed.map(({ created }) => created).sort((a, b) => a - b))
  const [name = ''] = names
  await expect(deleteFile(parts, { name }, callerOf('bob'))).rejects.toMatchObject({ kind: 'not_found' })
  await deleteFile(parts, { name, written: 'file-x' }, ann)
  await expect(findFile(parts, { name, written: 'file-x' }, ann)).rejects.toMatchObject({
    kind: 'not_found',
    message: expect.stringContaining('file-x'),
  })
})
