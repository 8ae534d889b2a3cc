// What Google's errors mean for the pool: structured details first, status next, message text last.
import type { FaultClass } from '../keys/faults.ts'
import type { ErrorBody, Json } from './wire.ts'

type GoogleError = ErrorBody['error']

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

const detail = ({ details }: GoogleError, type: string): Json | undefined =>
  Array.isArray(details) ? details.find((entry) => word(entry?.['@type']).endsWith(`google.rpc.${type}`)) : undefined

/** Google's reason words: `API_KEY_INVALID`, `SERVICE_DISABLED` … */
const reasonOf = (body: GoogleError): string => word(detail(body, 'ErrorInfo')?.reason)

const quotaIds = (body: GoogleError): string[] => {
  const violations = detail(body, 'QuotaFailure')?.violations
  return Array.isArray(violations) ? violations.map((entry: Json) => word(entry?.quotaId)) : []
}

/** Seconds. Google writes `48.5s`, `345ms` and, of days, `22h10m3s`. */
export const retryDelayOf = (body: GoogleError): number | undefined => {
  const stated = word(detail(body, 'RetryInfo')?.retryDelay).slice(0, 40)
  const told = stated || /retry in ([\d.hms]{1,40})/i.exec(word(body.message))?.[1]
  const parts = [...(told ?? '').matchAll(/(\d{1,9}(?:\.\d{1,12})?)(ms|h|m|s)/g)]
  if (parts.length === 0) return undefined
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit ?? ''] ?? 0), 0)
}

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 }

/** What an error without a status of HTTP's says instead: gRPC's name for it, or a word of the Interactions API. */
export const statusOf = ({ code, status }: GoogleError): number =>
  typeof code === 'number' ? code : (STATUSES.get(word(status)) ?? STATUSES.get(word(code)) ?? 500)

// https://cloud.google.com/apis/design/errors and https://ai.google.dev/gemini-api/docs/api-errors
const STATUSES: ReadonlyMap<string, number> = new Map([
  ['INVALID_ARGUMENT', 400],
  ['FAILED_PRECONDITION', 400],
  ['OUT_OF_RANGE', 400],
  ['UNAUTHENTICATED', 401],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['ABORTED', 409],
  ['ALREADY_EXISTS', 409],
  ['RESOURCE_EXHAUSTED', 429],
  ['CANCELLED', 499],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
  ['invalid_request', 400],
  ['authentication', 401],
  ['payment_required', 402],
  ['permission_denied', 403],
  ['model_not_found', 404],
  ['not_found', 404],
  ['quota_exceeded', 429],
  ['rate_limit_exceeded', 429],
  ['overloaded', 503],
])

// https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto and the words of the proxy in front (ESPv2)
const REASONS: Readonly<Record<string, FaultClass>> = {
  API_KEY_INVALID: 'key_dead',
  API_KEY_EXPIRED: 'key_dead',
  ACCESS_TOKEN_TYPE_UNSUPPORTED: 'key_dead',
  CREDENTIALS_MISSING: 'credentials',
  CONSUMER_SUSPENDED: 'project_dead',
  CONSUMER_INVALID: 'project_config',
  PROJECT_DELETED: 'project_config',
  SERVICE_DISABLED: 'project_config',
  BILLING_DISABLED: 'project_config',
  API_TARGET_BLOCKED: 'config',
  API_KEY_SERVICE_BLOCKED: 'config',
  API_KEY_HTTP_REFERRER_BLOCKED: 'config',
  API_KEY_IP_ADDRESS_BLOCKED: 'config',
  API_KEY_ANDROID_APP_BLOCKED: 'config',
  API_KEY_IOS_APP_BLOCKED: 'config',
  IP_ADDRESS_BLOCKED: 'config',
  REFERER_BLOCKED: 'config',
  CLIENT_APP_BLOCKED: 'config',
  MODEL_CAPACITY_EXHAUSTED: 'capacity',
}

const quotaClass = (body: GoogleError, message: string): FaultClass => {
  const ids = quotaIds(body)
  if (ids.some((id) => /spend/i.test(id))) return 'spend_window'
  if (ids.some((id) => /PerDay/i.test(id))) return 'rate_day'
  if (ids.some((id) => /PerMinute/i.test(id))) return 'rate_minute'
  if (/prepay|credits are depleted/i.test(message)) return 'billing'
  if (/monthly spending cap/i.test(message)) return 'billing_cap'
  if (/spend/i.test(message)) return 'spend_window'
  return retryDelayOf(body) === undefined ? 'capacity' : 'rate_minute'
}

// Google's words repeat what a client wrote, a field's name or a file's: what condemns a key must begin with words of its own.

const forbiddenClass = (message: string): FaultClass => {
  if (/access the (?:File|CachedContent)|it may not exist/i.test(message)) return 'affinity'
  if (/^Your API key\b.*\bleaked/i.test(message)) return 'key_leaked'
  if (/has been suspended|denied access/i.test(message)) return 'project_dead'
  if (/has not been used in project|requires billing/i.test(message)) return 'project_config'
  if (/unregistered callers|are blocked|^The caller does not have permission$/i.test(message)) return 'config'
  return 'forbidden'
}

const NOT_HERE = /^(?:User location|(?:The |Gemini API )?free tier is not available)/i

const badRequestClass = (status: string, message: string): FaultClass => {
  if (/^API key (?:not valid|expired|not found)/i.test(message)) return 'key_dead'
  if (status === 'FAILED_PRECONDITION' && NOT_HERE.test(message)) return 'region'
  if (/thought.?signature/i.test(message) && !/is missing/i.test(message)) return 'signature'
  if (/Corrupted tool call context/i.test(message)) return 'signature'
  if (/schema|function_declarations|parameters_json_schema/i.test(message)) return 'schema'
  return 'caller'
}

/** What an error of Google's means. `status` is HTTP's. What nobody knows yet never punishes a key. */
export const classOf = (body: GoogleError, status: number): FaultClass => {
  const message = word(body.message)
  const reason = reasonOf(body)
  const known = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined
  if (known) return known
  switch (status) {
    case 400:
      return badRequestClass(word(body.status), message)
    case 401:
      return 'key_dead'
    case 402:
      return 'billing'
    case 403:
      return forbiddenClass(message)
    case 404:
      return /no longer available to new users/i.test(message) ? 'model_project' : 'caller'
    case 429:
      return quotaClass(body, message)
    case 503:
      return 'overload'
    case 504:
      return 'deadline'
    case 408:
    case 499:
      return 'transient'
    default:
      return status >= 400 && status < 500 ? 'caller' : 'transient'
  }
}
