import { beforeEach, describe, expect, test } from '@jest/globals'
import { requestBooks } from '../lib/books/index.ts'
import type { LogRecord } from '../lib/contract/log.ts'
import type { Settlement } from '../lib/gemini/upstream/settlement.ts'
import { requestOf } from './http/requests.ts'

const BEGIN = 1_800_000_000_000
let now: number
let lines: LogRecord[]
let healthy: number
let keys: number
let books: ReturnType<typeof requestBooks>

beforeEach(() => {
  now = BEGIN
  lines = []
  healthy = 4
  keys = 8
  books = requestBooks({
    pool: () => (healthy > 0 ? { version: 'v1', keys, healthy, dead: 2 } : undefined),
    clock: () => now,
    log: (record) => lines.push(record),
  })
})

const settlement = (parts: Partial<Settlement>): Settlement => ({
  requestId: 'request-1',
  client: 'ann',
  clientKeyId: 'laptop',
  keyId: 'k1',
  project: 'p1',
  protocol: 'chat',
  asked: 'gpt-5',
  model: 'gemini-2.5-flash',
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r',
  streamed: true,
  outcome: 'complete',
  attempt: 1,
  firstContent: undefined,
  duration: 0,
  usage: {},
  reasons: [],
  estimated: false,
  ...parts,
})

const admitted = { client: { name: 'ann', keyId: 'laptop' } }
const close = (status: number, repliedAt: number) =>
  books.close(requestOf({ receivedAt: BEGIN, path: '/v1/chat/completions', method: 'POST' }), { status, repliedAt })
const last = (): Record<string, unknown> => ({ ...lines.at(-1) })

test('waiting for Gemini is told from the gateway’s own time, and the first token is timed from the request', async () => {
  books.note('request-1', admitted)
  // 4 ms until the first call, which fails after 100 ms; a pause; the second answers after 300 ms and takes 2 s in all.
  now = BEGIN + 104
  await books.settle(settlement({ outcome: 'overload', duration: 100, keyId: 'k1' }))
  now = BEGIN + 2500
  await books.settle(settlement({ attempt: 2, firstContent: 300, duration: 2000, keyId: 'k2', project: 'p2' }))
  now = BEGIN + 2510
  close(200, BEGIN + 803)
  expect(last()).toMatchObject({
    message: 'request',
    client: 'ann',
    'http.response.status_code': 200,
    'triglot.overhead': 4 + 3,
    'gen_ai.server.time_to_first_token': 0.8,
    'gen_ai.server.request.duration': 2.51,
    'triglot.tries': 2,
    'triglot.failovers': 1,
    'triglot.requests.failed': 0,
    calls: [
      { key_id: 'k1', outcome: 'overload', ms: 100 },
      { key_id: 'k2', outcome: 'complete', ms: 2000 },
    ],
  })
  expect(last()['error.type']).toBeUndefined()
})

describe('a failure is counted as the gateway’s unless it is the caller’s', () => {
  test.each([
    ['a wrong key', { error: 'authentication' }, [], 401, 'authentication', 0],
    ['a used-up pool', { ...admitted, error: 'quota_day' }, ['rate_day'], 429, 'quota_day', 1],
    ['a refused body', { ...admitted, error: 'invalid_request' }, ['caller'], 400, 'invalid_request', 0],
    ['a stream cut after its status', admitted, ['broken'], 200, 'stream_cut', 1],
    ['tries that all failed after the status', admitted, ['overload', 'overload'], 200, 'overloaded', 1],
    ['a failover', admitted, ['network', 'complete'], 200, undefined, 0],
    ['a reply without any call', admitted, [], 200, undefined, 0],
  ] as const)('%s', async (_, notes, outcomes, status, error, failed) => {
    books.note('request-1', notes)
    for (const [index, outcome] of outcomes.entries()) await books.settle(settlement({ outcome, attempt: index + 1 }))
    close(status, now)
    expect(last()['error.type']).toBe(error)
    expect(last()['triglot.errors']).toBe(error && 1)
    expect(last()['triglot.requests.failed']).toBe(failed)
    expect(last()['triglot.streams.cut']).toBe(error === 'stream_cut' ? 1 : undefined)
  })
})

test('the pool’s health stands on every line: a share of its keys; nothing before there is a list, 0 when there can be none', () => {
  for (const [count, share, dead] of [
    [4, 50, 2],
    [0, undefined, undefined],
  ] as const) {
    healthy = count
    books.note('request-1', admitted)
    close(200, now)
    expect([last()['triglot.pool.healthy'], last()['triglot.pool.dead']]).toEqual([share, dead])
  }
  books.note('request-1', { error: 'unavailable' })
  close(503, now)
  expect(last()['triglot.pool.healthy']).toBe(0)
})

test.each([
  [1, 300, 1],
  [124, 249, 49],
  [125, 250, 50],
  [299, 300, 99],
  [300, 300, 100],
])('%i of %i healthy keys are %i %%', (count, all, share) => {
  healthy = count
  keys = all
  books.note('request-1', admitted)
  close(200, now)
  expect(last()['triglot.pool.healthy']).toBe(share)
})

test('only the first request of an environment is a cold start', () => {
  for (const cold of [true, undefined]) {
    books.note('request-1', admitted)
    close(200, now)
    expect(last().cold_start).toBe(cold)
  }
})

test('a health check leaves no line; what settles after its request is over leaves its own', async () => {
  close(200, now)
  expect(lines).toEqual([])
  books.note('request-1', admitted)
  close(200, now)
  await books.settle(settlement({}))
  close(200, now)
  expect(lines.map(({ message }) => message)).toEqual(['request', 'settled'])
})

test('a request carries the tokens and the cost of all its calls, each call its own and its cooldown by fault', async () => {
  const usage = { promptTokenCount: 1000, candidatesTokenCount: 100, thoughtsTokenCount: 20 }
  books.note('request-1', admitted)
  await books.settle(settlement({ usage }))
  expect(last()).toMatchObject({ 'triglot.cost_micro_usd': 300 + 300, 'gen_ai.usage.output_tokens': 120 })
  await books.settle(settlement({ outcome: 'key_dead' }))
  expect(last()).toMatchObject({ 'triglot.cooldowns': 1, 'triglot.fault': 'key_dead' })
  expect(last()['triglot.cost_micro_usd']).toBeUndefined()
  await books.settle(settlement({ outcome: 'network' }))
  expect(last()['triglot.cooldowns']).toBeUndefined()
  await books.settle(settlement({ usage, estimated: true }))
  close(200, now)
  expect(last()).toMatchObject({
    'gen_ai.usage.input_tokens': 2000,
    'gen_ai.usage.output_tokens': 240,
    'gen_ai.usage.reasoning.output_tokens': 40,
    'triglot.cost_micro_usd': 1200,
    estimated: true,
  })
})

test('each metric of a record is a number at its root, and each dimension a text', async () => {
  books.note('request-1', { ...admitted, error: 'internal' })
  await books.settle(settlement({ outcome: 'rate_day', usage: { promptTokenCount: 5 } }))
  close(500, now)
  expect(lines).toHaveLength(2)
  for (const line of lines) {
    const { _aws: aws } = line as unknown as {
      _aws: { Timestamp: number; CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] }
    }
    expect(aws.Timestamp).toBe(now)
    for (const { Dimensions, Metrics } of aws.CloudWatchMetrics) {
      for (const name of Dimensions.flat()) expect(line[name]).toEqual(expect.any(String))
      for (const { Name } of Metrics) expect(line[Name]).toEqual(expect.any(Number))
    }
  }
})
