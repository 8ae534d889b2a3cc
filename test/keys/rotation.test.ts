// The rotation function on the real runtime client, against a Secrets Manager with versions and labels and a Google that knows keys.
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { METRICS } from '../../lib/contract/metrics.ts'
import { candidateLabel, type RotationStep } from '../../lib/contract/rotation.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

interface Entry {
  id: string
  key: string
  project: string
}
const CLIENT = { id: 'key-1', sha256: createHash('sha256').update('your-api-key-1').digest('hex') }
const listOf = (...geminiKeys: Entry[]): string => JSON.stringify({ geminiKeys, clientKeys: [CLIENT] })
const GOOD: Entry = { id: 'good', key: 'AIzaCanaryGood00000', project: 'one' }
const FRESH: Entry = { id: 'fresh', key: 'AQ.CanaryFresh00000', project: 'two' }
const DEAD: Entry = { id: 'dead', key: 'AIzaCanaryDead00000', project: 'three' }

/** What the tests before this one logged. */
const seen: string[] = []

let gemini: SimulatedGemini
let gateway: Gateway
let secrets: SecretsManagerClient
let SecretId: string
beforeAll(async () => {
  gemini = await startSimulatedGemini()
  gateway = await startGateway({ geminiBaseUrl: gemini.origin, geminiKeys: [{ key: GOOD.key, project: 'one' }] })
  SecretId = gateway.secret.arn
  secrets = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint: gateway.secret.origin,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})
beforeEach(() => {
  gemini.reset()
  gemini.keys.set(DEAD.key, 'invalid')
  gateway.secret.put(listOf(GOOD))
  seen.push(...gateway.logs.splice(0).map(({ text }) => text))
})

const currentOf = async (): Promise<{ id: string; text: string }> => {
  const { VersionId = '', SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }))
  return { id: VersionId, text: SecretString }
}

/** Stores a list as somebody would who read version `base`. */
const propose = async (list: string, base: string): Promise<string> => {
  const token = randomUUID()
  const VersionStages = [candidateLabel({ token, base })]
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: list, VersionStages }))
  return token
}
const start = (token: string): Promise<unknown> =>
  secrets.send(new RotateSecretCommand({ SecretId, ClientRequestToken: token }))

const rotate = async (list: string): Promise<{ before: string; token: string }> => {
  const before = (await currentOf()).id
  const token = await propose(list, before)
  await start(token)
  await gateway.secret.rotated
  return { before, token }
}
/** Lines of the log, which may come a moment after what they tell of. */
const logged = async (pattern: RegExp): Promise<string[]> => {
  const found = (): string[] => gateway.logs.map(({ text }) => text).filter((text) => pattern.test(text))
  for (let wait = 0; wait < 200 && found().length === 0; wait++) await sleep(10)
  expect(found()).not.toEqual([])
  return found()
}
const labelled = (): string[] => Object.values(gateway.secret.labels()).flat().sort()

describe('a new list', () => {
  test('is tried key by key, without a model, and then current', async () => {
    const { before, token } = await rotate(listOf(GOOD, FRESH))
    expect(await currentOf()).toEqual({ id: token, text: listOf(GOOD, FRESH) })
    expect(gateway.secret.labels()[before]).toEqual(['AWSPREVIOUS'])
    expect(labelled()).toEqual(['AWSCURRENT', 'AWSPREVIOUS', 'TRIGLOT-TESTED'])
    const calls = gemini.requests.map(({ method, path, query, key, credentials }) => [
      method,
      path,
      query,
      key,
      credentials,
    ])
    expect(calls).toHaveLength(2)
    for (const { key } of [GOOD, FRESH]) {
      expect(calls).toContainEqual(['GET', '/v1beta/models', { pageSize: '1' }, key, ['x-goog-api-key']])
    }
  })

  test.each<[string, string, RegExp]>([
    ['without a live key', listOf(DEAD, { ...FRESH, key: 'bad-key' }), /None of its keys works/],
    ['with a new key that is dead', listOf(GOOD, DEAD), /Google refuses new keys: dead/],
    [
      'that is none',
      '{"geminiKeys":[{"id":"x","key":"AIzaCanaryLost"}],"clientKeys":[]}',
      /geminiKeys\[0\]\.project must be/,
    ],
  ])('%s never becomes current, and holds nobody up', async (_, list, reason) => {
    const before = await currentOf()
    await rotate(list)
    expect(await currentOf()).toEqual(before)
    await logged(reason)
    expect(labelled().filter((label) => /PENDING|CANDIDATE/.test(label))).toEqual([])
    const { token } = await rotate(listOf(GOOD, FRESH))
    expect((await currentOf()).id).toBe(token)
  })

  test('may hold a key that died since, and one that is only busy', async () => {
    gateway.secret.put(listOf(GOOD, DEAD))
    gemini.keys.set(FRESH.key, 'minute-quota')
    const { token } = await rotate(listOf(GOOD, DEAD, FRESH))
    expect((await currentOf()).id).toBe(token)
    await logged(/"level":"error".*"keyId":"dead"/)
  })

  test('made of one that somebody replaced meanwhile does not count', async () => {
    const token = await propose(listOf(GOOD, FRESH), (await currentOf()).id)
    gateway.secret.put(listOf(FRESH))
    await start(token)
    await gateway.secret.rotated
    expect((await currentOf()).text).toBe(listOf(FRESH))
    await logged(/changed by somebody else/)
  })
})

test('without a new list the current one is tried anew, and dead keys are named', async () => {
  gateway.secret.put(listOf(GOOD, DEAD))
  const token = randomUUID()
  await start(token)
  await gateway.secret.rotated
  expect(await currentOf()).toEqual({ id: token, text: listOf(GOOD, DEAD) })
  await logged(/"level":"error".*"keyId":"dead"/)
})

test('who comes second while a rotation runs is told so', async () => {
  gemini.pace({ firstByteMs: 150 })
  const token = await propose(listOf(GOOD, FRESH), (await currentOf()).id)
  await start(token)
  await expect(start(randomUUID())).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await gateway.secret.rotated
  gemini.pace({ firstByteMs: 0 })
  expect((await currentOf()).id).toBe(token)
})

test('whoever calls while lists rotate notices nothing', async () => {
  const call = async (): Promise<number> => {
    const headers = { authorization: 'Bearer your-api-key-1', 'content-type': 'application/json' }
    const body = JSON.stringify({ model: 'gemini-2.5-flash', messages: [{ role: 'user', content: 'Hello' }] })
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body })
    await response.text()
    return response.status
  }
  const over = new AbortController()
  const caller = async (): Promise<number[]> => {
    const statuses: number[] = []
    while (!over.signal.aborted) statuses.push(await call())
    return statuses
  }
  const calling = Promise.all([caller(), caller(), caller()])
  for (const list of [listOf(GOOD, FRESH), listOf(FRESH), listOf(DEAD), listOf(FRESH, GOOD)]) await rotate(list)
  over.abort()
  const statuses = (await calling).flat()
  expect(statuses.length).toBeGreaterThan(3)
  expect(new Set(statuses)).toEqual(new Set([200]))
})

test('keys that died in use are counted where the alarm looks', async () => {
  gateway.secret.put(listOf(GOOD, DEAD))
  await start(randomUUID())
  await gateway.secret.rotated
  const metrics = JSON.stringify([{ Name: METRICS.poolDead.name, Unit: METRICS.poolDead.unit }])
  const [line = '{}'] = await logged(/The keys were tried/)
  expect(JSON.parse(line)).toMatchObject({ [METRICS.poolDead.name]: 1 })
  expect(line).toContain(`"Metrics":${metrics}`)
})

test('a secret that nobody has put a key into yet is left alone', async () => {
  const empty = '{"geminiKeys":[],"clientKeys":[],"placeholder":"x"}'
  gateway.secret.put(empty)
  const before = await currentOf()
  const put = { SecretId, ClientRequestToken: randomUUID(), SecretString: empty, VersionStages: ['AWSPENDING'] }
  await secrets.send(new PutSecretValueCommand(put))
  await gateway.secret.rotate?.({ SecretId, ClientRequestToken: put.ClientRequestToken, Step: 'testSecret' })
  await logged(/no list to test/)
  expect(await currentOf()).toEqual(before)
  gateway.secret.put(listOf(GOOD))
})

describe('a step by itself', () => {
  const step = (token: string, Step: RotationStep): Promise<void> =>
    gateway.secret.rotate?.({ SecretId, ClientRequestToken: token, Step }) ?? Promise.reject(new Error('none'))
  const pending = async (list: string): Promise<string> => {
    const token = randomUUID()
    const put = { SecretId, ClientRequestToken: token, SecretString: list, VersionStages: ['AWSPENDING'] }
    await secrets.send(new PutSecretValueCommand(put))
    return token
  }

  test('can be asked for again', async () => {
    const token = await pending(listOf(FRESH, GOOD))
    for (const Step of ['createSecret', 'createSecret', 'setSecret', 'testSecret', 'testSecret'] as const)
      await step(token, Step)
    await gateway.secret.rotate?.({ SecretId, ClientRequestToken: token, Step: 'testSecret' })
    expect(gateway.secret.labels()[token]).toEqual(['AWSPENDING', 'TRIGLOT-TESTED'])
  })

  test('of a version that is not pending fails', async () => {
    await expect(step(randomUUID(), 'createSecret')).rejects.toThrow()
    await logged(/is not pending/)
  })

  test('that finishes what was never tested fails', async () => {
    const before = await currentOf()
    await expect(step(await pending(listOf(GOOD)), 'finishSecret')).rejects.toThrow()
    await logged(/was not tested/)
    expect(await currentOf()).toEqual(before)
  })
})

test('no key stands in any line of the log', () => {
  expect(seen.length).toBeGreaterThan(10)
  expect(seen.join('\n')).not.toContain('Canary')
})
