import { createHash } from 'node:crypto'
import type { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { type LogRecord, toLogLine } from '../../lib/contract/log.ts'
import { type KeySource, keySource } from '../../lib/keys/source.ts'

const MINUTE = 60_000
const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')
const secretOf = (label: string, clientKeys: readonly (readonly [id: string, key: string, client?: string])[] = []) =>
  JSON.stringify({
    geminiKeys: [{ id: label, key: `AIzaCanary-${label}`, project: 'p' }],
    clientKeys: clientKeys.map(([id, key, client]) => ({ id, sha256: sha256(key), client })),
  })

type Stage = 'AWSCURRENT' | 'AWSPREVIOUS'

/** Secrets Manager, as a test says: a text by stage, or an error. */
let stages: Record<Stage, string | Error>
let asked: Stage[]
let hold: Promise<unknown> | undefined
let now: number
let logged: LogRecord[]
let source: KeySource

const manager = {
  send: async ({ input }: GetSecretValueCommand) => {
    const stage = input.VersionStage as Stage
    asked.push(stage)
    await hold
    const value = stages[stage]
    if (value instanceof Error) throw value
    return { SecretString: value, VersionId: `version-${createHash('md5').update(value).digest('hex')}` }
  },
}

const settle = () => new Promise((done) => setImmediate(done))
const idOf = async () => (await source.current()).keys[0]?.id

beforeEach(() => {
  stages = {
    AWSCURRENT: secretOf('one', [
      ['k1', 'key-1', 'ann'],
      ['k2', 'key-2'],
    ]),
    AWSPREVIOUS: new Error('none'),
  }
  asked = []
  hold = undefined
  now = 1_000_000
  logged = []
  source = keySource({
    client: manager,
    secretId: 'secret',
    clock: () => now,
    random: () => 0.5,
    log: (record) => logged.push(record),
  })
})

describe('asking Secrets Manager', () => {
  test('once, for all who wait, and not again for 5 minutes', async () => {
    source.start()
    const lists = await Promise.all(Array.from({ length: 50 }, () => source.current()))
    expect(new Set(lists).size).toBe(1)
    now += 5 * MINUTE - 1
    await source.current()
    expect(asked).toEqual(['AWSCURRENT'])
    expect(lists[0]?.keys).toEqual([{ id: 'one', key: 'AIzaCanary-one', project: 'p', weight: 1 }])
  })

  test('after 5 minutes in the background, without making anybody wait', async () => {
    await source.current()
    stages.AWSCURRENT = secretOf('two')
    now += 5 * MINUTE
    let release: (() => void) | undefined
    hold = new Promise<void>((done) => {
      release = done
    })
    expect(await Promise.all([idOf(), idOf()])).toEqual(['one', 'one'])
    expect(asked).toHaveLength(2)
    release?.()
    await settle()
    expect(await idOf()).toBe('two')
  })

  test('at most every 30 s when a key is dead', async () => {
    await source.current()
    await source.refresh()
    now += 30_000
    await Promise.all([source.refresh(), source.refresh()])
    await source.refresh()
    expect(asked).toHaveLength(2)
  })
})

test('clients are counted, however many keys they have', async () => {
  const counts: number[] = []
  for (const keys of [
    [['k1', 'key-1']],
    [
      ['k1', 'key-1', 'ann'],
      ['k2', 'key-2', 'ann'],
    ],
    [
      ['k1', 'key-1', 'ann'],
      ['k2', 'key-2', 'bob'],
    ],
  ] as const) {
    stages.AWSCURRENT = secretOf('one', keys)
    await source.refresh()
    counts.push(await source.countClients())
    now += 10 * MINUTE
  }
  expect(counts).toEqual([1, 1, 2])
})

describe('while Secrets Manager fails', () => {
  test('the old list serves for a day, asked for every half minute, and then no more', async () => {
    await source.current()
    stages.AWSCURRENT = new Error('throttled')
    now += 5 * MINUTE
    for (let index = 0; index < 100; index++) {
      expect(await idOf()).toBe('one')
      await settle()
    }
    expect(asked).toHaveLength(2)
    now += 23 * 60 * MINUTE
    expect(await idOf()).toBe('one')
    await settle()
    now += 60 * MINUTE
    await expect(source.current()).rejects.toMatchObject({ kind: 'unavailable', cause: { message: 'throttled' } })
    expect(asked).not.toContain('AWSPREVIOUS')
    stages.AWSCURRENT = secretOf('two')
    expect(await idOf()).toBe('two')
  })

  test('starting never fails, and the next request asks again', async () => {
    stages.AWSCURRENT = new Error('down')
    source.start()
    await settle()
    await expect(source.findClient('key-1')).rejects.toMatchObject({ kind: 'unavailable' })
    stages.AWSCURRENT = secretOf('one')
    expect(await idOf()).toBe('one')
  })

  test('an environment without any list takes the version before, and soon looks again', async () => {
    stages = { AWSCURRENT: new Error('down'), AWSPREVIOUS: secretOf('old') }
    expect(await idOf()).toBe('old')
    stages.AWSCURRENT = secretOf('new')
    now += 30_000
    await source.current()
    await settle()
    expect(await idOf()).toBe('new')
  })
})

test('a list that does not fit its schema replaces nothing, and is logged without its values', async () => {
  await source.current()
  for (const bad of [
    '{"geminiKeys":[]}',
    '{"geminiKeys":[{"id":"AIzaCanary-id","key":"AIza Canary"}]}',
    'AIzaCanary{',
  ]) {
    stages.AWSCURRENT = bad
    now += 30_000
    await source.refresh()
    expect(await idOf()).toBe('one')
  }
  expect(logged).toHaveLength(3)
  const printed = logged.map((record) => JSON.stringify(record) + String((record.error as Error).stack))
  expect(printed.join()).toMatch(/geminiKeys\[0\]\.key/)
  expect(printed.join() + logged.map((record) => toLogLine(record, now)).join()).not.toMatch(/Canary/)
})

describe('client keys', () => {
  test('a key is its client’s; the client of a key without one has the key’s name', async () => {
    expect(await source.findClient('key-1')).toEqual({ name: 'ann', keyId: 'k1' })
    expect(await source.findClient('key-2')).toEqual({ name: 'k2', keyId: 'k2' })
  })

  test('the digest of a key is no key', async () => {
    expect(await source.findClient(sha256('key-1'))).toBeUndefined()
    expect(await source.findClient('')).toBeUndefined()
  })

  test('a key made a minute ago is found, and guessing does not make us ask more than every 30 s', async () => {
    await source.findClient('key-1')
    stages.AWSCURRENT = secretOf('one', [['k3', 'key-3']])
    now += MINUTE
    expect(await source.findClient('key-3')).toEqual({ name: 'k3', keyId: 'k3' })
    for (let index = 0; index < 50; index++) expect(await source.findClient(`guess-${index}`)).toBeUndefined()
    expect(asked).toHaveLength(2)
  })
})
