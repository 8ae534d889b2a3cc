import { type ErrorKind, type GatewayError, retryHeaders } from '../errors.ts'
import type { ErrorReply } from '../protocol.ts'
import type { ErrorObject, ErrorType } from './wire.ts'

// https://platform.claude.com/docs/en/api/errors
const ROWS: Record<ErrorKind, { status: number; type: ErrorType }> = {
  invalid_request: { status: 400, type: 'invalid_request_error' },
  context_too_long: { status: 400, type: 'invalid_request_error' },
  authentication: { status: 401, type: 'authentication_error' },
  permission: { status: 403, type: 'permission_error' },
  not_found: { status: 404, type: 'not_found_error' },
  model_not_found: { status: 404, type: 'not_found_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  conflict: { status: 409, type: 'conflict_error' },
  too_large: { status: 413, type: 'request_too_large' },
  quota_minute: { status: 429, type: 'rate_limit_error' },
  quota_day: { status: 429, type: 'rate_limit_error' },
  pool_dead: { status: 503, type: 'api_error' },
  overloaded: { status: 529, type: 'overloaded_error' },
  upstream: { status: 502, type: 'api_error' },
  timeout: { status: 504, type: 'timeout_error' },
  unavailable: { status: 503, type: 'api_error' },
  internal: { status: 500, type: 'api_error' },
}

/** An error as Anthropic's clients read it, in a reply's body or inside a stream. */
export const errorObject = (error: GatewayError): ErrorObject => ({
  type: ROWS[error.kind].type,
  message: messageOf(error),
  ...(error.code !== undefined && { details: { error_code: error.code } }),
})

/** An error as a whole HTTP reply. */
export const errorReply = (error: GatewayError, requestId: string): ErrorReply => ({
  status: ROWS[error.kind].status,
  headers: { 'request-id': requestId, ...retryHeaders(error) },
  body: { type: 'error', error: errorObject(error), request_id: requestId },
})

/** Anthropic has no field for the param, so the message names it. */
const messageOf = ({ kind, message, param }: GatewayError): string => {
  if (kind === 'context_too_long') return tooLong(message)
  return param && !message.includes(param) ? `${param}: ${message}` : message
}

/** Claude Code compacts the conversation on these words, by as much as the two numbers say. */
const tooLong = (message: string): string => {
  const [asked, most] = message.match(/\d+/g) ?? []
  return most === undefined ? `prompt is too long: ${message}` : `prompt is too long: ${asked} tokens > ${most} maximum`
}
