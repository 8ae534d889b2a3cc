import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { errorBodyOf, errorOf, faultOf, readError } from '../../lib/gemini/errors.ts'
import { CONSEQUENCES, type Fault, type FaultClass } from '../../lib/keys/faults.ts'

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

type Row = readonly [FaultClass, number, string]
const exhausted = (kind: FaultClass, message: string, ...details: object[]): Row => [
  kind,
  429,
  google(429, 'RESOURCE_EXHAUSTED', message, ...details),
]
const denied = (kind: FaultClass, message: string, ...reasons: string[]): Row => [
  kind,
  403,
  google(403, 'PERMISSION_DENIED', message, ...reasons.map(info)),
]
const invalid = (kind: FaultClass, message: string, ...reasons: string[]): Row => [
  kind,
  400,
  google(400, 'INVALID_ARGUMENT', message, ...reasons.map(info)),
]
const missing = (kind: FaultClass, message: string): Row => [kind, 404, google(404, 'NOT_FOUND', message)]
/** As the Interactions API words it. */
const worded = (kind: FaultClass, status: number, code: string): Row => [
  kind,
  status,
  JSON.stringify({ error: { code, message: 'x' } }),
]
/** Of an error that came with no status of HTTP's: in an event, or after a stream. */
const INSIDE = 200

const QUOTA_WORDS = 'You exceeded your current quota, please check your plan and billing details.'
const CREDITS = 'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects.'
const FORBIDDEN_FILE = 'You do not have permission to access the File abc123 or it may not exist.'

/** Google repeats what a client wrote: the name of a field, of a file. */
const NAMED_BY_CLIENTS: readonly Row[] = [
  invalid('caller', 'Invalid JSON payload received. Unknown name "API key not valid": Cannot find field.'),
  invalid('caller', `Invalid value at 'contents[0].role' (TYPE_STRING), "API key expired"`),
  ['caller', 400, google(400, 'FAILED_PRECONDITION', 'The File billing-location is not in an ACTIVE state.')],
  denied('affinity', 'You do not have permission to access the File leaked-keys or it may not exist.'),
  denied('forbidden', 'Something that nobody has heard of yet, in leaked-keys.'),
]

const CASES: readonly Row[] = [
  exhausted('rate_minute', 'quota', quota(MINUTE), retry('48s')),
  exhausted('rate_minute', 'quota', quota('GenerateContentInputTokensPerModelPerMinute-FreeTier'), retry('3.5s')),
  exhausted('rate_minute', 'quota', quota('GenerateContentPaidTierInputTokensPerModelPerMinute')),
  exhausted('rate_minute', `${QUOTA_WORDS}\nPlease retry in 31.939935699s.`),
  exhausted('rate_minute', `${QUOTA_WORDS} Please retry in 345.92ms.`),
  exhausted('rate_minute', 'no words that anybody knows', retry('9s')),
  // The free tier's words name billing, and every quota error of these years has them
  exhausted('rate_minute', QUOTA_WORDS, quota(MINUTE), retry('20s')),
  exhausted('rate_day', 'quota', quota(MINUTE, DAY), retry('13s')),
  exhausted('rate_day', 'quota', quota(DAY), retry('0s')),
  exhausted('rate_day', `${QUOTA_WORDS}\nPlease retry in 22h10m3s.`, quota(DAY)),
  exhausted('rate_day', QUOTA_WORDS, quota('GenerateRequestsPerDayPerProjectPerModel')),
  exhausted('billing', CREDITS),
  ['billing', 402, google(402, 'PAYMENT_REQUIRED', CREDITS)],
  ['billing', 402, google(402, 'FAILED_PRECONDITION', 'x')],
  exhausted('billing_cap', 'Your project has exceeded its monthly spending cap.'),
  exhausted('spend_window', 'You exceeded the spend-based rate limit of your billing account for a 10 minute window.'),
  exhausted('spend_window', 'quota', quota('SpendPerTenMinutesPerBillingAccount')),
  exhausted('capacity', 'Resource has been exhausted (e.g. check quota).'),
  exhausted('capacity', 'No capacity available for model gemini-3-pro', info('MODEL_CAPACITY_EXHAUSTED')),
  exhausted('capacity', 'No capacity available', info('MODEL_CAPACITY_EXHAUSTED'), retry('4s')),
  ['capacity', 429, ''],
  ['capacity', 429, '<html>429</html>'],
  invalid('key_dead', 'API key not valid. Please pass a valid API key.', 'API_KEY_INVALID'),
  invalid('key_dead', 'API key expired. Please renew the API key.', 'API_KEY_INVALID'),
  invalid('key_dead', 'API Key not found. Please pass a valid API key.'),
  invalid('key_dead', 'words of another year', 'API_KEY_INVALID'),
  // What new keys, which begin with AQ., have met
  [
    'key_dead',
    401,
    google(401, 'UNAUTHENTICATED', 'Expected OAuth 2 access token', info('ACCESS_TOKEN_TYPE_UNSUPPORTED')),
  ],
  [
    'credentials',
    401,
    google(401, 'UNAUTHENTICATED', 'API keys are not supported by this API.', info('CREDENTIALS_MISSING')),
  ],
  ['key_dead', 401, google(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.')],
  denied('key_leaked', 'Your API key was reported as leaked. Please use another API key.'),
  denied('project_dead', "Permission denied: Consumer 'projects/1' has been suspended.", 'CONSUMER_SUSPENDED'),
  denied('project_dead', 'x', 'CONSUMER_SUSPENDED'),
  denied('project_dead', 'Your project has been denied access. Please contact support.'),
  denied('project_config', 'x', 'SERVICE_DISABLED'),
  denied('project_config', 'Generative Language API has not been used in project 1 before or it is disabled.'),
  denied('project_config', 'This API method requires billing to be enabled.', 'BILLING_DISABLED'),
  denied('project_config', 'x', 'PROJECT_DELETED'),
  denied('project_config', 'x', 'CONSUMER_INVALID'),
  denied(
    'config',
    'Requests to this API generativelanguage.googleapis.com method x are blocked.',
    'API_KEY_SERVICE_BLOCKED',
  ),
  denied('config', 'Requests to this API generativelanguage.googleapis.com method x are blocked.'),
  denied('config', 'x', 'API_TARGET_BLOCKED'),
  denied('config', 'The provided API key has an IP address restriction.', 'API_KEY_IP_ADDRESS_BLOCKED'),
  denied('config', 'Requests from referer <empty> are blocked.', 'API_KEY_HTTP_REFERRER_BLOCKED'),
  denied('config', 'The caller does not have permission'),
  denied('affinity', FORBIDDEN_FILE),
  denied('affinity', 'CachedContent not found (or permission denied), or it may not exist.'),
  denied('forbidden', 'Something that nobody has heard of yet.'),
  denied('forbidden', 'x', 'A_REASON_OF_NEXT_YEAR'),
  denied('forbidden', 'x', 'constructor'),
  ['region', 400, google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.')],
  [
    'region',
    400,
    google(400, 'FAILED_PRECONDITION', 'The free tier is not available in your country. Enable billing.'),
  ],
  ['caller', 400, google(400, 'FAILED_PRECONDITION', 'The file is not in an ACTIVE state.')],
  ...NAMED_BY_CLIENTS,
  missing('model_project', 'This model models/x is no longer available to new users.'),
  missing('caller', 'models/x is not found for API version v1beta'),
  missing('caller', 'Requested entity was not found.'),
  invalid('caller', 'Request contains an invalid argument.'),
  invalid('caller', 'The input token count (1048999) exceeds the maximum number of tokens allowed (1048576).'),
  invalid('caller', 'Multiple authentication credentials received.'),
  invalid('caller', 'Function call is missing a thought_signature in functionCall parts.'),
  ['caller', 409, google(409, 'ABORTED', 'x')],
  ['caller', 413, google(413, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit')],
  ['caller', 415, google(415, 'INVALID_ARGUMENT', 'x')],
  ['caller', 422, google(422, 'INVALID_ARGUMENT', 'x')],
  invalid('signature', 'Corrupted thought signature.'),
  invalid('signature', 'Invalid thought signature.'),
  invalid('signature', 'Thought signature is not valid.'),
  invalid('schema', 'Invalid JSON schema: x'),
  invalid('schema', `Unknown name "x" at 'tools[0].function_declarations[0].parameters': Cannot find field.`),
  ['transient', 408, google(408, 'CANCELLED', 'x')],
  ['transient', 499, google(499, 'CANCELLED', 'The operation was cancelled.')],
  ['transient', 500, google(500, 'INTERNAL', 'An internal error has occurred.')],
  ['transient', 501, google(501, 'UNIMPLEMENTED', 'x')],
  ['transient', 500, google(500, 'UNKNOWN', 'x')],
  ['overload', 503, google(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.')],
  ['overload', 503, google(503, 'UNAVAILABLE', 'This model is currently experiencing high demand.')],
  ['overload', 503, '<html>503</html>'],
  ['deadline', 504, google(504, 'DEADLINE_EXCEEDED', 'x')],
  ['deadline', 504, ''],
  ['bad_body', 302, ''],
  ['bad_body', 401, '<html>Who are you?</html>'],
  ['bad_body', 403, '{"error":"forbidden"}'],
  ['bad_body', 404, '<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>'],
  ['bad_body', 500, ''],
  ['bad_body', 502, '<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>'],
  worded('capacity', 429, 'quota_exceeded'),
  worded('capacity', 429, 'rate_limit_exceeded'),
  worded('key_dead', 401, 'authentication'),
  worded('billing', 402, 'payment_required'),
  worded('caller', 404, 'model_not_found'),
  worded('caller', 400, 'invalid_request'),
  worded('capacity', INSIDE, 'rate_limit_exceeded'),
  worded('key_dead', INSIDE, 'authentication'),
  worded('transient', INSIDE, 'constructor'),
  ['overload', INSIDE, JSON.stringify({ error: { status: 'UNAVAILABLE', message: 'x' } })],
  ['rate_day', INSIDE, google(429, 'RESOURCE_EXHAUSTED', 'x', quota(DAY))],
  ['transient', INSIDE, JSON.stringify({ error: {} })],
  ['transient', INSIDE, JSON.stringify({ error: { code: {}, status: 7, message: [], details: [null, 'x'] } })],
]

const faultIn = (status: number, body: string): Fault => {
  const error = errorBodyOf(body)
  return faultOf(status === INSIDE && error ? errorOf(error) : readError(status, body))
}

test.each(CASES)('%s: %i %s', (kind, status, body) => {
  expect(faultIn(status, body).class).toBe(kind)
  // Some endpoints wrap it in an array.
  if (body.startsWith('{')) expect(faultIn(status, `[${body}]`).class).toBe(kind)
})

test('what nobody knows punishes no key and no project', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(400, 403, 404, 409, 418, 451, 500, 502, 503, 504, 520),
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((error) => `{"error":${error}}`),
        fc.json().map((text) => `[{"error":{"details":[${text}]}}]`),
      ),
      async (status, body) => {
        const { scope } = CONSEQUENCES[faultOf(readError(status, body)).class]
        expect(scope).toBe('none')
      },
    ),
    { numRuns: 2000, seed: 6 },
  )
})

test('the wait that Google asks for', () => {
  expect(
    faultOf(readError(429, google(429, 'RESOURCE_EXHAUSTED', 'x', quota(MINUTE), retry('48.5s')))).retryAfter,
  ).toBe(48.5)
  expect(faultOf(readError(429, google(429, 'RESOURCE_EXHAUSTED', 'Please retry in 7.2s.'))).retryAfter).toBe(7.2)
  expect(faultOf(readError(429, google(429, 'RESOURCE_EXHAUSTED', 'retry in 345ms.'))).retryAfter).toBeCloseTo(0.345)
  expect(faultOf(readError(429, google(429, 'RESOURCE_EXHAUSTED', 'retry in 1h2m3s.'))).retryAfter).toBe(3723)
})

test('a prompt that is too long is told apart from other bad requests', () => {
  const message = 'The input token count (1048999) exceeds the maximum number of tokens allowed (1048576).'
  expect(readError(400, google(400, 'INVALID_ARGUMENT', message))).toMatchObject({ kind: 'context_too_long', message })
})

test('words about keys, projects and accounts stay here', () => {
  for (const [kind, status, body] of CASES) {
    if (['caller', 'signature', 'schema'].includes(kind) || status === INSIDE) continue
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
