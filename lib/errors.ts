/**
 * What went wrong, in terms every protocol can put into its own words.
 * A protocol's `errors` holds an exhaustive record over this union, so a new kind fails to compile until each has said it.
 */
export type ErrorKind =
  | 'invalid_request'
  | 'context_too_long'
  | 'authentication'
  | 'permission'
  | 'not_found'
  | 'model_not_found'
  | 'method_not_allowed'
  /** the same is being done already, or was, and can't be told again */
  | 'conflict'
  | 'too_large'
  /** every usable project is out of its minute quota */
  | 'quota_minute'
  /** every usable project is out of its daily or spend quota */
  | 'quota_day'
  /** every key is dead, suspended or unbilled */
  | 'pool_dead'
  /** the model is overloaded wherever we try */
  | 'overloaded'
  /** Gemini failed, or nothing readable came from it */
  | 'upstream'
  | 'timeout'
  /** something of ours is out for a while: the secret, the table */
  | 'unavailable'
  | 'internal'

export interface ErrorOptions {
  /** The field of the caller's request that is at fault, as a path: `messages[0].content`. */
  param?: string
  cause?: unknown
  /** Seconds until another try may help: 1 to 60. */
  retryAfter?: number
  /** A name the protocol's own clients know the case by, where `kind` alone is too coarse: `previous_response_not_found`. */
  code?: string
}

/** The one error of this code. Its message may be shown to the client: no upstream key, project or account wording. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly kind: ErrorKind
  readonly param: string | undefined
  readonly retryAfter: number | undefined
  readonly code: string | undefined

  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.param = options.param
    this.retryAfter = options.retryAfter
    this.code = options.code
  }
}

/** Anything thrown, as the one error. What isn't ours becomes `internal` and keeps its cause for the log. */
export const asGatewayError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError
    ? thrown
    : new GatewayError('internal', 'The gateway failed to handle this request.', { cause: thrown })

/** Kinds after which the same request can't succeed soon: clients are told not to try again by themselves. */
const FINAL: ReadonlySet<ErrorKind> = new Set(['quota_day', 'pool_dead', 'permission'])

/** What is being done elsewhere is worth another look; what was done is not. */
const isFinal = ({ kind, retryAfter }: GatewayError): boolean =>
  FINAL.has(kind) || (kind === 'conflict' && retryAfter === undefined)

/** Seconds, where nobody said any. */
const USUAL: Partial<Record<ErrorKind, number>> = { overloaded: 5 }

/** Longer waits make some SDKs sleep for just as long, and others ignore them. */
export const waitOf = (seconds: number): number => Math.min(60, Math.max(1, Math.ceil(seconds)))

/** The headers that tell a client whether and when to try again. `retry-after` is in seconds, 1 to 60. */
export const retryHeaders = (error: GatewayError): Record<string, string> => {
  const seconds = error.kind === 'quota_day' ? 60 : (error.retryAfter ?? USUAL[error.kind])
  return {
    ...(seconds !== undefined && { 'retry-after': String(waitOf(seconds)) }),
    ...(isFinal(error) && { 'x-should-retry': 'false' }),
  }
}

/** An error in a protocol's own form. `headers` holds what is more than `content-type`. */
export interface ErrorReply {
  status: number
  headers: Record<string, string>
  body: unknown
}
