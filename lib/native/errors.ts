import { type ErrorKind, type ErrorReply, type GatewayError, retryHeaders, waitOf } from '../errors.ts'
import { faultOf } from '../gemini/errors.ts'
import type { ErrorBody, Json } from '../gemini/wire.ts'

interface Row {
  code: number
  status: string
  /** What programs tell errors apart by: Google's own word where it has one. */
  reason: string
}

// https://ai.google.dev/gemini-api/docs/troubleshooting and https://google.aip.dev/193
const ROWS: Record<ErrorKind, Row> = {
  invalid_request: { code: 400, status: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST' },
  context_too_long: { code: 400, status: 'INVALID_ARGUMENT', reason: 'CONTEXT_TOO_LONG' },
  // Google calls a wrong key a bad argument, and its SDKs look for just that.
  authentication: { code: 400, status: 'INVALID_ARGUMENT', reason: 'API_KEY_INVALID' },
  permission: { code: 403, status: 'PERMISSION_DENIED', reason: 'NOT_ALLOWED' },
  not_found: { code: 404, status: 'NOT_FOUND', reason: 'NOT_FOUND' },
  model_not_found: { code: 404, status: 'NOT_FOUND', reason: 'MODEL_NOT_FOUND' },
  method_not_allowed: { code: 405, status: 'INVALID_ARGUMENT', reason: 'METHOD_NOT_ALLOWED' },
  conflict: { code: 409, status: 'ABORTED', reason: 'IDEMPOTENCY_KEY_IN_USE' },
  too_large: { code: 413, status: 'INVALID_ARGUMENT', reason: 'TOO_LARGE' },
  quota_minute: { code: 429, status: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMIT_EXCEEDED' },
  quota_day: { code: 429, status: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMIT_EXCEEDED' },
  pool_dead: { code: 503, status: 'UNAVAILABLE', reason: 'NO_USABLE_KEY' },
  overloaded: { code: 503, status: 'UNAVAILABLE', reason: 'OVERLOADED' },
  upstream: { code: 502, status: 'INTERNAL', reason: 'UPSTREAM_FAILED' },
  timeout: { code: 504, status: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' },
  unavailable: { code: 503, status: 'UNAVAILABLE', reason: 'UNAVAILABLE' },
  internal: { code: 500, status: 'INTERNAL', reason: 'INTERNAL' },
}

const GOOGLES: ReadonlySet<ErrorKind> = new Set(['authentication', 'quota_minute', 'quota_day'])
const SERVICE = 'generativelanguage.googleapis.com'

/** Which quota it was: clients try again by themselves after a minute's, and change the model or give up after a day's. */
const QUOTAS: Partial<Record<ErrorKind, string>> = {
  quota_minute: 'GenerateRequestsPerMinute',
  quota_day: 'GenerateRequestsPerDay',
}

const detail = (type: string, fields: Json): Json => ({ '@type': `type.googleapis.com/google.rpc.${type}`, ...fields })

// https://google.aip.dev/193#error_model and https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
const detailsOf = ({ kind, retryAfter, param, message }: GatewayError): Json[] => {
  const { reason } = ROWS[kind]
  const quotaId = QUOTAS[kind]
  return [
    GOOGLES.has(kind)
      ? detail('ErrorInfo', { reason, domain: 'googleapis.com', metadata: { service: SERVICE } })
      : detail('ErrorInfo', { reason, domain: 'triglot' }),
    ...(quotaId === undefined ? [] : [detail('QuotaFailure', { violations: [{ quotaId, description: message }] })]),
    ...(retryAfter === undefined || kind === 'quota_day'
      ? []
      : [detail('RetryInfo', { retryDelay: `${waitOf(retryAfter)}s` })]),
    ...(param === undefined
      ? []
      : [detail('BadRequest', { fieldViolations: [{ field: param, description: message }] })]),
  ]
}

/** An error as Google's clients read it. What Google itself said to the caller is passed on as it is. */
export const errorBody = (error: GatewayError): ErrorBody => {
  const { original } = faultOf(error)
  if (original) return { error: original }
  const { code, status } = ROWS[error.kind]
  return { error: { code, message: error.message, status, details: detailsOf(error) } }
}

/** Some of Google's services count their errors in gRPC's way. */
const isHttpError = (code: unknown): code is number => typeof code === 'number' && code >= 400 && code < 600

export const errorReply = (error: GatewayError, requestId: string): ErrorReply => {
  const body = errorBody(error)
  const { code } = body.error
  return {
    status: isHttpError(code) ? code : ROWS[error.kind].code,
    headers: { 'x-request-id': requestId, ...retryHeaders(error) },
    body,
  }
}
