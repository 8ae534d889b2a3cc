import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { faultOf, readError } from '../../lib/gemini/errors.ts'
import type { FaultClass } from '../../lib/keys/faults.ts'

const google = (code: number, status: string, message: string, ...details: object[]): string =>
  JSON.stringify({ error: { code, status, message, details } })
const info = (reason: string) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason })
const quota = (...quotaIds: string[]) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: quotaIds.map((quotaId) => ({ quotaId })),
})
const retry = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay })

const MINUTE = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier'
const DAY = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier'

const CASES: readonly (readonly [FaultClass, number, string])[] = [
  ['rate_minute', 429, google(429, 'RESOURCE_EXHAUSTED', 'quota', quota(MINUTE), retry('48s'))],
  ['rate_day', 429, google(429, 'RESOURCE_EXHAUSTED', 'quota', quota(MINUTE, DAY), retry('13s'))],
  ['billing', 429, google(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.')],
  ['billing', 402, google(402, 'PAYMENT_REQUIRED', 'Your prepayment credits are depleted.')],
  ['billing_cap', 429, google(429, 'RESOURCE_EXHAUSTED', 'Your project has exceeded its monthly spending cap.')],
  ['capacity', 429, google(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).')],
  ['key_dead', 400, google(400, 'INVALID_ARGUMENT', 'API key not valid.', info('API_KEY_INVALID'))],
  ['key_dead', 401, google(401, 'UNAUTHENTICATED', 'bad token', info('ACCESS_TOKEN_TYPE_UNSUPPORTED'))],
  ['key_leaked', 403, google(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Use another.')],
  ['project_dead', 403, google(403, 'PERMISSION_DENIED', 'x', info('CONSUMER_SUSPENDED'))],
  ['config', 403, google(403, 'PERMISSION_DENIED', 'x', info('SERVICE_DISABLED'))],
  [
    'affinity',
    403,
    google(403, 'PERMISSION_DENIED', 'You do not have permission to access the File x or it may not exist.'),
  ],
  ['region', 400, google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.')],
  ['model_project', 404, google(404, 'NOT_FOUND', 'models/x is no longer available to new users.')],
  ['caller', 404, google(404, 'NOT_FOUND', 'models/x is not found for API version v1beta')],
  ['caller', 400, google(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.')],
  [
    'caller',
    400,
    google(400, 'INVALID_ARGUMENT', 'Function call is missing a thought_signature in functionCall parts.'),
  ],
  ['signature', 400, google(400, 'INVALID_ARGUMENT', 'Corrupted thought signature.')],
  ['transient', 500, google(500, 'INTERNAL', 'An internal error has occurred.')],
  ['overload', 503, google(503, 'UNAVAILABLE', 'The model is overloaded.')],
  ['deadline', 504, google(504, 'DEADLINE_EXCEEDED', 'x')],
  ['bad_body', 502, '<!DOCTYPE html><title>Error 502</title>'],
  ['bad_body', 500, ''],
]

test.each(CASES)('%s: %i %s', (kind, status, body) => {
  expect(faultOf(readError(status, body)).class).toBe(kind)
  // Some endpoints wrap it in an array.
  if (body.startsWith('{')) expect(faultOf(readError(status, `[${body}]`)).class).toBe(kind)
})

test('the wait that Google asks for', () => {
  expect(
    faultOf(readError(429, google(429, 'RESOURCE_EXHAUSTED', 'x', quota(MINUTE), retry('48.5s')))).retryAfter,
  ).toBe(48.5)
  expect(faultOf(readError(429, google(429, 'RESOURCE_EXHAUSTED', 'Please retry in 7.2s.'))).retryAfter).toBe(7.2)
})

test('a prompt that is too long is told apart from other bad requests', () => {
  const message = 'The input token count (1048999) exceeds the maximum number of tokens allowed (1048576).'
  expect(readError(400, google(400, 'INVALID_ARGUMENT', message))).toMatchObject({ kind: 'context_too_long', message })
})

test('words about keys, projects and accounts stay here', () => {
  for (const [kind, status, body] of CASES) {
    if (['caller', 'signature', 'schema'].includes(kind)) continue
    expect(readError(status, body).message).not.toMatch(/api key|project|billing|credits|suspended|leaked/i)
  }
})

const RECORDED = join(import.meta.dirname, '../../../shared/contracts/gemini/errors-from-issues')
const EXPECTED: Readonly<Record<string, FaultClass>> = {
  '400-unknown-name-root.openai-compat.json': 'caller',
  '400-unknown-name.json': 'caller',
  '403-api-key-service-blocked.json': 'config',
  '403-caller-no-permission.json': 'config',
  '403-unregistered-callers.json': 'config',
  '429-bare.json': 'capacity',
  '429-free-tier-multi-violation.json': 'rate_day',
  '500-internal.json': 'transient',
  '503-overloaded.json': 'overload',
}

const describeWhere = existsSync(RECORDED) ? describe : describe.skip
describeWhere('bodies that others reported', () => {
  const files = existsSync(RECORDED) ? readdirSync(RECORDED) : []
  test.each(files)('%s', (file) => {
    const body = readFileSync(join(RECORDED, file), 'utf8')
    expect(faultOf(readError(Number(file.slice(0, 3)), body)).class).toBe(EXPECTED[file])
  })
})
