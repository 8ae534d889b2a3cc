import { type ErrorKind, type GatewayError, retryHeaders } from '../errors.ts'
import type { ErrorReply } from '../protocol.ts'

/** The inner part of every error body and error event. https://platform.openai.com/docs/guides/error-codes */
export interface ErrorObject {
  message: string
  type: string
  param: string | null
  code: string | null
}

interface Row {
  status: number
  type: string
  code: string | null
}

const ROWS: Record<ErrorKind, Row> = {
  invalid_request: { status: 400, type: 'invalid_request_error', code: null },
  context_too_long: { status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' },
  authentication: { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' },
  permission: { status: 403, type: 'invalid_request_error', code: 'model_not_allowed' },
  not_found: { status: 404, type: 'invalid_request_error', code: null },
  model_not_found: { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  method_not_allowed: { status: 405, type: 'invalid_request_error', code: 'method_not_allowed' },
  conflict: { status: 409, type: 'invalid_request_error', code: 'idempotency_key_in_use' },
  too_large: { status: 413, type: 'invalid_request_error', code: 'request_too_large' },
  quota_minute: { status: 429, type: 'rate_limit_exceeded', code: 'rate_limit_exceeded' },
  quota_day: { status: 429, type: 'rate_limit_exceeded', code: 'rate_limit_exceeded' },
  pool_dead: { status: 503, type: 'server_error', code: null },
  overloaded: { status: 503, type: 'server_error', code: null },
  upstream: { status: 502, type: 'server_error', code: null },
  timeout: { status: 504, type: 'server_error', code: 'timeout' },
  unavailable: { status: 503, type: 'server_error', code: null },
  internal: { status: 500, type: 'server_error', code: null },
}

/** An error as OpenAI's clients read it, in a reply's body or inside a stream. */
export const errorObject = (error: GatewayError): ErrorObject => {
  const { type, code } = ROWS[error.kind]
  return { message: error.message, type, param: error.param ?? null, code: error.code ?? code }
}

/** An error as a whole HTTP reply. */
export const errorReply = (error: GatewayError, requestId: string): ErrorReply => ({
  status: ROWS[error.kind].status,
  headers: { 'x-request-id': requestId, ...retryHeaders(error) },
  body: { error: errorObject(error) },
})
