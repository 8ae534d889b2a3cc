import { describe, expect, test } from '@jest/globals'
import { asGatewayError, GatewayError } from '../../../lib/errors.ts'
import { upstreamError } from '../../../lib/gemini/errors.ts'
import { turnCollector } from '../../../lib/gemini/reply/collector.ts'
import { streamReader } from '../../../lib/gemini/reply/reader.ts'
import { type Caller, geminiClient, type UpstreamCall } from '../../../lib/gemini/upstream/client.ts'
import type { Settlement } from '../../../lib/gemini/upstream/settlement.ts'
import { alone } from '../../keys/environment.ts'
import { type Answer, answering, event, failing, saying } from '../../upstream.ts'

const KEYS = ['a', 'b', 'c', 'd'].map((name) => ({
  id: `key-${name}`,
  key: `secret-${name}`,
  project: name,
  weight: 1,
}))
const remedied =
  (before: readonly string[]): NonNullable<UpstreamCall['remedy']> =>
  (fault) => {
    const all = [...before, fault]
    return { body: JSON.stringify({ remedied: all }), remedy: remedied(all) }
  }
const CALL: UpstreamCall = {
  method: 'POST',
  path: '/v1beta/models/m:streamGenerateContent?alt=sse',
  headers: { 'content-type': 'application/json' },
  body: '{}',
  model: 'm',
  streamed: true,
  affinity: 'conversation',
  remedy: remedied([]),
}
const WHOLE: Answer = { reads: [event(saying('Hel')), event(saying('lo', 'STOP'))] }

const ask = (...answers: (Answer | Error)[]) => askWith(KEYS, ...answers)
const askWith = async (keys: typeof KEYS, ...answers: (Answer | Error)[]) => {
  const { send, sent } = answering(...answers)
  const settled: Settlement[] = []
  const work: Promise<unknown>[] = []
  const caller: Caller = {
    requestId: 'r',
    client: { name: 'someone', keyId: 'k' },
    protocol: 'chat',
    asked: 'm',
    receivedAt: 0,
    deadline: 900_000,
    after: (promise) => void work.push(promise),
  }
  const client = geminiClient({
    send,
    ...alone(keys),
    settle: async (settlement) => void settled.push(settlement),
    clock: () => 0,
  })
  const outcome = await client
    .open(CALL, caller, ({ emptyIsFault }) => streamReader({ newCallId: () => 'call_1', functions: [], emptyIsFault }))
    .then(async ({ reader, flow }) => {
      const collector = turnCollector()
      reader.listen((each) => collector.write(each))
      const error = await new Promise<GatewayError | undefined>((resolve) => flow.start(() => {}, resolve))
      return error
        ? { broken: error }
        : {
            text: collector
              .turn()
              .blocks[0]?.map((block) => block.text)
              .join(''),
          }
    })
    .catch((thrown: unknown) => ({ refused: asGatewayError(thrown) }))
  await Promise.all(work)
  return { outcome, sent, settled, keys: sent.map(({ headers }) => headers['x-goog-api-key']) }
}

const quota = failing(429, {
  error: {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: 'quota',
    details: [
      { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'RequestsPerMinute' }] },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '9s' },
    ],
  },
})
const badKey = failing(400, { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'API key not valid.' } })
const overloaded = failing(503, { error: { code: 503, status: 'UNAVAILABLE', message: 'overloaded' } })
const badRequest = failing(400, { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'contents is missing' } })

test('a reply is read to its end, and settled once with Google’s usage', async () => {
  const { outcome, settled } = await ask(WHOLE)
  expect(outcome).toEqual({ text: 'Hello' })
  expect(settled).toMatchObject([
    { outcome: 'complete', attempt: 1, usage: { totalTokenCount: 5 }, modelVersion: 'm-001', reasons: ['STOP'] },
  ])
})

describe('before the first content another try heals it', () => {
  test.each<[string, Answer | Error]>([
    ['a minute quota', quota],
    ['a dead key', badKey],
    ['an overloaded model', overloaded],
    ['a network fault', upstreamError({ class: 'network' }, 'reset')],
    ['a connection that breaks at once', { reads: [], breaks: true }],
    ['an empty reply', { reads: [] }],
    ['HTML', { reads: ['<!DOCTYPE html><p>oops'] }],
    ['an error inside a 200', { reads: [event({ error: { code: 503, status: 'UNAVAILABLE', message: 'x' } })] }],
    ['an event that is no JSON', { reads: ['data: {"candidates": [\r\n\r\n'] }],
    ['a malformed call', { reads: [event(saying('', 'MALFORMED_FUNCTION_CALL'))] }],
    ['an HTML 502', { status: 502, reads: ['<html>'] }],
  ])('%s', async (_, answer) => {
    const { outcome, settled } = await ask(answer, WHOLE)
    expect(outcome).toEqual({ text: 'Hello' })
    expect(settled.map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('quota and key faults go to another project', async () => {
    const { keys } = await ask(quota, badKey, WHOLE)
    expect(new Set(keys).size).toBe(3)
  })

  test('an overloaded model is tried again in the same project first, whose cache knows the prompt', async () => {
    const { keys } = await ask(overloaded, WHOLE)
    expect(keys[0]).toBe(keys[1])
  })

  test('a corrupt signature is tried once more, remedied, in the same project', async () => {
    const corrupt = failing(400, {
      error: { code: 400, status: 'INVALID_ARGUMENT', message: 'Corrupted thought signature.' },
    })
    const { outcome, sent, keys } = await ask(corrupt, WHOLE)
    expect(outcome).toEqual({ text: 'Hello' })
    expect(sent[1]?.body).toBe('{"remedied":["signature"]}')
    expect(keys[0]).toBe(keys[1])
    expect((await ask(corrupt, corrupt)).sent).toHaveLength(2)
  })
})

test('a request that needs both remedies gets both', async () => {
  const refusing = (message: string) => failing(400, { error: { code: 400, status: 'INVALID_ARGUMENT', message } })
  const { outcome, sent } = await ask(
    refusing('Corrupted thought signature.'),
    refusing('Invalid JSON schema: x'),
    WHOLE,
  )
  expect(outcome).toEqual({ text: 'Hello' })
  expect(sent.map(({ body }) => body)).toEqual([
    '{}',
    '{"remedied":["signature"]}',
    '{"remedied":["signature","schema"]}',
  ])
})

test('a caller’s own fault is told at once, in Gemini’s words', async () => {
  const { outcome, sent } = await ask(badRequest)
  expect(outcome).toMatchObject({ refused: { kind: 'invalid_request', message: 'contents is missing' } })
  expect(sent).toHaveLength(1)
})

test('at most three projects are tried, and then the client hears of the quota and when it ends', async () => {
  const all = await askWith(KEYS.slice(1), quota, quota, quota)
  expect(all.outcome).toMatchObject({ refused: { kind: 'quota_minute', retryAfter: 9 } })
  const { outcome, sent } = await ask(quota, quota, quota, quota)
  expect(sent).toHaveLength(3)
  // A fourth is free
  expect(outcome).toMatchObject({ refused: { kind: 'quota_minute', retryAfter: 1 } })
})

describe('an answer of nothing at all', () => {
  const nothing: Answer = { reads: [event(saying('', 'STOP'))] }

  test('is asked for once more, in the same project', async () => {
    const { outcome, keys, settled } = await ask(nothing, WHOLE)
    expect(outcome).toEqual({ text: 'Hello' })
    expect(keys[0]).toBe(keys[1])
    expect(settled).toMatchObject([{ outcome: 'empty', usage: { totalTokenCount: 5 } }, { outcome: 'complete' }])
  })

  test('is the answer if it comes again', async () => {
    expect((await ask(nothing, nothing)).outcome).toEqual({ text: '' })
  })

  test('is one at once where the limit or a filter left nothing', async () => {
    expect((await ask({ reads: [event(saying('', 'MAX_TOKENS'))] })).sent).toHaveLength(1)
    expect((await ask({ reads: [event(saying('', 'SAFETY'))] })).sent).toHaveLength(1)
  })
})

test('a model that two projects do not have is not there, for a minute without asking', async () => {
  const gone = failing(404, { error: { code: 404, status: 'NOT_FOUND', message: 'no longer available to new users' } })
  expect(await ask(gone, gone)).toMatchObject({
    outcome: { refused: { kind: 'model_not_found' } },
    sent: { length: 2 },
  })
  expect((await ask(gone, WHOLE)).outcome).toEqual({ text: 'Hello' })
})

describe('after the first content a failure is told, never hidden', () => {
  test.each<[string, Answer]>([
    ['an end without a finish reason', { reads: [event(saying('Hel'))] }],
    ['a broken connection', { reads: [event(saying('Hel'))], breaks: true }],
    ['an error event', { reads: [event(saying('Hel')), event({ error: { code: 500, message: 'x' } })] }],
    ['a bare error at the end', { reads: [event(saying('Hel')), '{"error":{"code":499,"message":"cancelled"}}'] }],
    ['an event cut off', { reads: [event(saying('Hel')), 'data: {"candi'] }],
  ])('%s', async (_, answer) => {
    const { outcome, sent, settled } = await ask(answer)
    expect(outcome).toEqual({ broken: expect.any(GatewayError) })
    expect(sent).toHaveLength(1)
    expect(settled).toMatchObject([{ outcome: 'broken', estimated: true }])
  })
})

test('only the key’s own header goes up, and no error holds a key', async () => {
  const { sent, outcome } = await ask(badRequest)
  expect(Object.keys(sent[0]?.headers ?? {})).toEqual(['content-type', 'x-goog-api-key'])
  expect(JSON.stringify(outcome)).not.toContain('secret-')
})

test('pictures, seconds of sound and searches are on the record', async () => {
  const parts = [
    { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
    { inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data: Buffer.alloc(48_000).toString('base64') } },
  ]
  const reply = {
    candidates: [{ content: { parts }, finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['a', 'b'] } }],
  }
  const { settled } = await ask({ reads: [event(reply)] })
  expect(settled).toMatchObject([{ images: 1, seconds: 1, searches: 2 }])
})
