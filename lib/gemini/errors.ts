import { type ErrorKind, GatewayError } from '../errors.ts'
import { CONSEQUENCES, type Fault, type FaultClass } from '../keys/faults.ts'
import type { ErrorBody, Json } from './wire.ts'

/** An upstream failure as the error that the client gets if nothing heals it; the fault rides along as its cause. */
export const upstreamError = (fault: Fault, message: string, kind?: ErrorKind): GatewayError =>
  new GatewayError(kind ?? CONSEQUENCES[fault.class].kind, message, { cause: fault, retryAfter: fault.retryAfter })

/** The fault behind an error of this folder; what never came from upstream's own words counts as an unreadable reply. */
export const faultOf = (error: GatewayError): Fault =>
  isFault(error.cause) ? error.cause : { class: error.kind === 'timeout' ? 'deadline' : 'bad_body' }

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

const isFault = (cause: unknown): cause is Fault =>
  typeof cause === 'object' && cause !== null && 'class' in cause && Object.hasOwn(CONSEQUENCES, String(cause.class))

/** Google's error body: an object, or one in an array. Undefined if it is anything else. */
export const errorBodyOf = (text: string): ErrorBody['error'] | undefined => {
  try {
    const json = JSON.parse(text) as unknown
    const body = (Array.isArray(json) ? json[0] : json) as Partial<ErrorBody> | null
    return typeof body?.error === 'object' && body.error !== null ? body.error : undefined
  } catch {
    return undefined
  }
}

/** A reply that is no success: what it means, and what a client may read of it. `status` is HTTP's. */
export const readError = (status: number, text: string): GatewayError => {
  const body = errorBodyOf(text)
  return body ? errorOf(body, status) : unreadable(status)
}

const unreadable = (status: number): GatewayError =>
  upstreamError(
    { class: status === 503 ? 'overload' : status === 504 ? 'deadline' : status === 429 ? 'capacity' : 'bad_body' },
    `The model service answered ${status} without a reason.`,
  )

/** Google's own error, out of an HTTP error, an event, or the tail of a stream that broke off. */
export const errorOf = (body: ErrorBody['error'], status: number | undefined = body.code): GatewayError => {
  const message = body.message ?? ''
  const hint = retryDelay(body)
  const fault: Fault = { class: classOf(status ?? 500, body, message), ...(hint !== undefined && { retryAfter: hint }) }
  switch (fault.class) {
    case 'caller':
    case 'signature':
    case 'schema':
      // The caller's own fault, so Gemini's words are for them.
      return upstreamError(
        { ...fault, original: body },
        message || 'Gemini refused this request.',
        callerKind(status, message),
      )
    case 'affinity':
      return upstreamError(fault, 'A file or cache that this request names does not exist or has expired.')
    default:
      return upstreamError(fault, WORDS[CONSEQUENCES[fault.class].kind] ?? 'The model service failed.')
  }
}

/** What clients read of faults that aren't theirs: nothing of keys, projects or accounts. */
const WORDS: Partial<Record<ErrorKind, string>> = {
  quota_minute: 'Rate limit reached. Please try again in a moment.',
  quota_day: 'The daily quota is used up.',
  pool_dead: 'No upstream key is usable at the moment.',
  overloaded: 'The model is overloaded. Please try again later.',
  model_not_found: 'This model does not exist or is not available.',
  upstream: 'The model service failed.',
  timeout: 'The model took too long to answer.',
}

const callerKind = (status: number | undefined, message: string): ErrorKind => {
  if (/token count.*exceeds|exceeds the maximum number of tokens/i.test(message)) return 'context_too_long'
  if (status === 404) return /models\//.test(message) ? 'model_not_found' : 'not_found'
  return status === 413 ? 'too_large' : 'invalid_request'
}

const detail = ({ details }: ErrorBody['error'], type: string): Json | undefined =>
  Array.isArray(details) ? details.find((entry) => word(entry?.['@type']).endsWith(`google.rpc.${type}`)) : undefined

/** Google's reason words, wherever they stand: `API_KEY_INVALID`, `SERVICE_DISABLED` … */
const reasonOf = (body: ErrorBody['error']): string => word(detail(body, 'ErrorInfo')?.reason)

const quotaIds = (body: ErrorBody['error']): string[] => {
  const violations = detail(body, 'QuotaFailure')?.violations
  return Array.isArray(violations) ? violations.map((entry: Json) => word(entry?.quotaId)) : []
}

const retryDelay = (body: ErrorBody['error']): number | undefined => {
  const stated = /^([\d.]+)s$/.exec(word(detail(body, 'RetryInfo')?.retryDelay))
  const told = stated ?? /retry in ([\d.]+) ?s/i.exec(body.message ?? '')
  return told ? Number(told[1]) : undefined
}

const quotaClass = (body: ErrorBody['error'], message: string): FaultClass => {
  const ids = quotaIds(body)
  if (/prepay|credits are depleted/i.test(message)) return 'billing'
  if (/monthly spending cap/i.test(message)) return 'billing_cap'
  if (/spend/i.test(message) || ids.some((id) => /spend/i.test(id))) return 'spend_window'
  if (ids.some((id) => /PerDay/i.test(id))) return 'rate_day'
  if (ids.some((id) => /PerMinute/i.test(id))) return 'rate_minute'
  return retryDelay(body) === undefined ? 'capacity' : 'rate_minute'
}

const CONFIG_REASONS =
  /SERVICE_DISABLED|BILLING_DISABLED|API_TARGET_BLOCKED|API_KEY_SERVICE_BLOCKED|IP_ADDRESS_BLOCKED|REFERER_BLOCKED|PROJECT_DELETED/

const forbiddenClass = (reason: string, message: string): FaultClass => {
  if (/leaked/i.test(message)) return 'key_leaked'
  if (/CONSUMER_SUSPENDED/.test(reason) || /suspended|denied access/i.test(message)) return 'project_dead'
  if (/access the (?:File|CachedContent)|it may not exist/i.test(message)) return 'affinity'
  if (CONFIG_REASONS.test(reason) || /unregistered callers|API has not been used|are blocked/i.test(message))
    return 'config'
  return 'config'
}

const badRequestClass = (status: string, reason: string, message: string): FaultClass => {
  if (reason === 'API_KEY_INVALID' || /API key (?:not valid|expired|not found)/i.test(message)) return 'key_dead'
  if (status === 'FAILED_PRECONDITION' && /location|billing|free tier/i.test(message)) return 'region'
  if (/thought.?signature/i.test(message) && !/is missing/i.test(message)) return 'signature'
  if (/Corrupted tool call context/i.test(message)) return 'signature'
  if (/schema|function_declarations|parameters_json_schema/i.test(message)) return 'schema'
  return 'caller'
}

/** Structured details first, status next, message text last. A status nobody knows never punishes a key. */
const classOf = (status: number, body: ErrorBody['error'], message: string): FaultClass => {
  const reason = reasonOf(body)
  switch (status) {
    case 400:
      return badRequestClass(body.status ?? '', reason, message)
    case 401:
      return 'key_dead'
    case 402:
      return 'billing'
    case 403:
      return forbiddenClass(reason, message)
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
