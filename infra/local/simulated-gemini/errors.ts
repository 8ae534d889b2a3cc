// Google's error model: https://cloud.google.com/apis/design/errors
import type { Json } from './json.ts'

/** google.rpc.Code and the HTTP status it goes out with. */
export const STATUS = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PAYMENT_REQUIRED: 402,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const

export type Status = keyof typeof STATUS

export class GoogleError extends Error {
  readonly status: Status
  readonly details: readonly Json[]

  constructor(status: Status, message: string, details: readonly Json[] = []) {
    super(message)
    this.status = status
    this.details = details
  }

  get code(): number {
    return STATUS[this.status]
  }

  get body(): Json {
    const { message, status, details } = this
    return { error: { code: this.code, message, status, ...(details.length > 0 && { details }) } }
  }
}

/** `google.rpc.BadRequest` of one request: one line and one violation for each field. */
export interface Violation {
  /** Absent at the root. */
  field?: string
  description: string
}

export const badRequest = (violations: readonly Violation[]): GoogleError =>
  new GoogleError('INVALID_ARGUMENT', violations.map(({ description }) => description).join('\n'), [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations },
  ])

export const invalid = (message: string): GoogleError => new GoogleError('INVALID_ARGUMENT', message)

/** What Google's own validator says of a request's fields: `* Request.field: reason`, one a line. */
export const invalidFields = (lines: readonly string[]): GoogleError =>
  invalid(lines.map((line) => `* ${line}\n`).join(''))

const detail = (type: string, fields: Json): Json => ({ '@type': `type.googleapis.com/google.rpc.${type}`, ...fields })

export const errorInfo = (reason: string, metadata: Json = {}): Json =>
  detail('ErrorInfo', {
    reason,
    domain: 'googleapis.com',
    metadata: { service: 'generativelanguage.googleapis.com', ...metadata },
  })

export const localized = (message: string): Json => detail('LocalizedMessage', { locale: 'en-US', message })
export const help = (description: string, url: string): Json => detail('Help', { links: [{ description, url }] })
export const retryInfo = (seconds: number): Json => detail('RetryInfo', { retryDelay: `${seconds}s` })
export const quotaFailure = (violations: readonly Json[]): Json => detail('QuotaFailure', { violations })
export const debugInfo = (text: string): Json => detail('DebugInfo', { detail: text })
