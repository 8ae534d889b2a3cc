import { ApiError, GoogleGenAI } from '@google/genai'
import { expect, test } from '@jest/globals'
import { GatewayError } from '../../lib/errors.ts'
import { errorOf } from '../../lib/gemini/errors.ts'
import { errorReply } from '../../lib/native/errors.ts'

interface Detail {
  '@type': string
  [field: string]: unknown
}
const detailsOf = (error: GatewayError): Record<string, Detail> => {
  const { body } = errorReply(error, 'r')
  const { details } = (body as { error: { details: Detail[] } }).error
  return Object.fromEntries(details.map((each) => [each['@type'].replace('type.googleapis.com/google.rpc.', ''), each]))
}

test('what a client should do is told as Google tells it', () => {
  const minute = detailsOf(new GatewayError('quota_minute', 'Slowly.', { retryAfter: 12.3 }))
  expect(minute).toMatchObject({
    ErrorInfo: { reason: 'RATE_LIMIT_EXCEEDED', domain: 'googleapis.com' },
    RetryInfo: { retryDelay: '13s' },
    QuotaFailure: { violations: [{ quotaId: expect.stringContaining('PerMinute') }] },
  })
  const day = detailsOf(new GatewayError('quota_day', 'Tomorrow.', { retryAfter: 60 }))
  expect(day).toMatchObject({ QuotaFailure: { violations: [{ quotaId: expect.stringContaining('PerDay') }] } })
  expect(day).not.toHaveProperty('RetryInfo')
  expect(detailsOf(new GatewayError('unavailable', 'Soon.', { retryAfter: 5 }))).toMatchObject({
    ErrorInfo: { reason: 'UNAVAILABLE', domain: 'triglot' },
    RetryInfo: { retryDelay: '5s' },
  })
  expect(detailsOf(new GatewayError('invalid_request', 'Bad.', { param: 'contents[0]' }))).toMatchObject({
    BadRequest: { fieldViolations: [{ field: 'contents[0]', description: 'Bad.' }] },
  })
})

test.each([
  [3600, '60s'],
  [0, '1s'],
])('a wait of %d s is told as one that a client may sleep for: %s', (retryAfter, retryDelay) => {
  const overloaded = new GatewayError('overloaded', 'Later.', { retryAfter })
  expect(detailsOf(overloaded).RetryInfo).toMatchObject({ retryDelay })
  expect(`${errorReply(overloaded, 'r').headers['retry-after']}s`).toBe(retryDelay)
})

test("a code of gRPC's in Google's words is no status of HTTP's", () => {
  expect(errorReply(errorOf({ code: 3, status: 'INVALID_ARGUMENT', message: 'x' }, 400), 'r').status).toBe(400)
  expect(errorReply(errorOf({ code: 409, status: 'ALREADY_EXISTS', message: 'x' }), 'r').status).toBe(409)
})

test("Google's own SDK reads them", async () => {
  const { status, body } = errorReply(new GatewayError('not_found', 'files/a does not exist.'), 'r')
  const { fetch } = globalThis
  globalThis.fetch = async () => Response.json(body, { status })
  try {
    const client = new GoogleGenAI({ apiKey: 'a', httpOptions: { baseUrl: 'http://gateway.example' } })
    const error = await client.files.get({ name: 'a' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 404, message: expect.stringContaining('files/a does not exist.') })
  } finally {
    globalThis.fetch = fetch
  }
})
