import { type ErrorKind, GatewayError } from '../errors.ts'
import { CONSEQUENCES, type Fault } from '../keys/faults.ts'
import { EXHAUSTED } from '../keys/pool.ts'
import { classOf, retryDelayOf, statusOf } from './classifier.ts'
import type { ErrorBody } from './wire.ts'

/** An upstream failure as the error that the client gets if nothing heals it; the fault rides along as its cause. */
export const upstreamError = (fault: Fault, message: string, kind?: ErrorKind): GatewayError =>
  new GatewayError(kind ?? CONSEQUENCES[fault.class].kind, message, { cause: fault, retryAfter: fault.retryAfter })

/** The fault behind an error of this folder; what never came from upstream's own words counts as an unreadable reply. */
export const faultOf = (error: GatewayError): Fault =>
  isFault(error.cause) ? error.cause : { class: error.kind === 'timeout' ? 'deadline' : 'bad_body' }

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
  return body ? errorOf(body, status) : unreasoned(status)
}

const unreasoned = (status: number): GatewayError =>
  upstreamError(
    { class: status === 503 ? 'overload' : status === 504 ? 'deadline' : status === 429 ? 'capacity' : 'bad_body' },
    `The model service answered ${status} without a reason.`,
  )

// Replies that are none, of a 200: another try mostly brings one.
export const unreadable = (): GatewayError =>
  upstreamError({ class: 'bad_body' }, 'The model service sent something unreadable.')
export const tooLarge = (): GatewayError =>
  upstreamError({ class: 'bad_body' }, 'The model service sent more than anybody could read.')
export const brokenOff = (): GatewayError =>
  upstreamError({ class: 'bad_body' }, 'The model broke off before its answer was complete.')
export const emptyAnswer = (): GatewayError => upstreamError({ class: 'empty' }, 'The model gave an empty answer.')

/** Google's own error, out of an HTTP error, an event, or the tail of a stream that broke off. */
export const errorOf = (body: ErrorBody['error'], status = statusOf(body)): GatewayError => {
  const message = typeof body.message === 'string' ? body.message : ''
  const hint = retryDelayOf(body)
  const fault: Fault = { class: classOf(body, status), ...(hint !== undefined && { retryAfter: hint }) }
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

/** What clients read of faults that aren't theirs. */
const WORDS: Partial<Record<ErrorKind, string>> = {
  ...EXHAUSTED,
  overloaded: 'The model is overloaded. Please try again later.',
  permission: 'The model service refuses this request.',
  upstream: 'The model service failed.',
  timeout: 'The model took too long to answer.',
}

const callerKind = (status: number, message: string): ErrorKind => {
  if (/token count.*exceeds|exceeds the maximum number of tokens/i.test(message)) return 'context_too_long'
  if (status === 404) return /models\//.test(message) ? 'model_not_found' : 'not_found'
  return status === 413 ? 'too_large' : 'invalid_request'
}
