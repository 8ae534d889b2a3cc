import { type ErrorKind, type ErrorReply, type GatewayError, retryHeaders } from '../errors.ts'
import { faultOf } from '../gemini/errors.ts'
import type { ErrorBody, Json } from '../gemini/wire.ts'

interface Row {
  code: number
  status: string
}

// https://ai.google.dev/gemini-api/docs/troubleshooting and https://google.aip.dev/193
const ROWS: Record<ErrorKind, Row> = {
  invalid_request: { code: 400, status: 'INVALID_ARGUMENT' },
  context_too_long: { code: 400, status: 'INVALID_ARGUMENT' },
  // Google calls a wrong key a bad argument, and its SDKs look for just that.
  authentication: { code: 400, status: 'INVALID_ARGUMENT' },
  permission: { code: 403, status: 'PERMISSION_DENIED' },
  not_found: { code: 404, status: 'NOT_FOUND' },
  model_not_found: { code: 404, status: 'NOT_FOUND' },
  method_not_allowed: { code: 405, status: 'INVALID_ARGUMENT' },
  too_large: { code: 413, status: 'INVALID_ARGUMENT' },
  quota_minute: { code: 429, status: 'RESOURCE_EXHAUSTED' },
  quota_day: { code: 429, status: 'RESOURCE_EXHAUSTED' },
  pool_dead: { code: 503, status: 'UNAVAILABLE' },
  overloaded: { code: 503, status: 'UNAVAILABLE' },
  upstream: { code: 502, status: 'INTERNAL' },
  timeout: { code: 504, status: 'DEADLINE_EXCEEDED' },
  unavailable: { code: 503, status: 'UNAVAILABLE' },
  internal: { code: 500, status: 'INTERNAL' },
}

const DOMAIN = 'generativelanguage.googleapis.com'

const detailsOf = ({ kind, retryAfter, param, message }: GatewayError): Json[] => {
  if (kind === 'authentication') {
    return [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: DOMAIN }]
  }
  if (kind === 'quota_minute' && retryAfter !== undefined) {
    return [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(retryAfter)}s` }]
  }
  if (param !== undefined) {
    const fieldViolations = [{ field: param, description: message }]
    return [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }]
  }
  return []
}

/** An error as Google's clients read it. What Google itself said to the caller is passed on as it is. */
export const errorBody = (error: GatewayError): ErrorBody => {
  const { original } = faultOf(error)
  if (original) return { error: original }
  const details = detailsOf(error)
  return { error: { ...ROWS[error.kind], message: error.message, ...(details.length > 0 && { details }) } }
}

export const errorReply = (error: GatewayError, requestId: string): ErrorReply => {
  const body = errorBody(error)
  const { code } = body.error
  return {
    status: typeof code === 'number' ? code : ROWS[error.kind].code,
    headers: { 'x-request-id': requestId, ...retryHeaders(error) },
    body,
  }
}
