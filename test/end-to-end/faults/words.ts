// How each protocol words what went wrong: DESIGN's table of errors, once more and by hand.
import type { Answer, Protocol } from './variants.ts'

export type Kind =
  | 'quota_minute'
  | 'quota_day'
  | 'pool_dead'
  | 'unavailable'
  | 'overloaded'
  | 'upstream'
  | 'timeout'
  | 'permission'
  | 'model_not_found'
  | 'invalid_request'

interface Words {
  message: string
  openai: [status: number, type: string, code: string | null]
  anthropic: [status: number, type: string]
  /** What Google itself says to the caller comes without a reason of ours. */
  google: [status: number, name: string, reason?: string]
  /** `retry-after` and `x-should-retry`. */
  retry: [after: string | undefined, should: string | undefined]
}

const WORDS: Record<Kind, Words> = {
  quota_minute: {
    message: 'Rate limit reached. Please try again in a moment.',
    openai: [429, 'rate_limit_exceeded', 'rate_limit_exceeded'],
    anthropic: [429, 'rate_limit_error'],
    google: [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED'],
    retry: ['1', undefined],
  },
  quota_day: {
    message: 'The daily quota is used up.',
    openai: [429, 'rate_limit_exceeded', 'rate_limit_exceeded'],
    anthropic: [429, 'rate_limit_error'],
    google: [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED'],
    retry: ['60', 'false'],
  },
  pool_dead: {
    message: 'No upstream key is usable at the moment.',
    openai: [503, 'server_error', null],
    anthropic: [503, 'api_error'],
    google: [503, 'UNAVAILABLE', 'NO_USABLE_KEY'],
    retry: [undefined, 'false'],
  },
  unavailable: {
    message: 'No upstream key is usable at the moment.',
    openai: [503, 'server_error', null],
    anthropic: [503, 'api_error'],
    google: [503, 'UNAVAILABLE', 'UNAVAILABLE'],
    retry: ['1', undefined],
  },
  overloaded: {
    message: 'The model is overloaded. Please try again later.',
    openai: [503, 'server_error', null],
    anthropic: [529, 'overloaded_error'],
    google: [503, 'UNAVAILABLE', 'OVERLOADED'],
    retry: ['5', undefined],
  },
  upstream: {
    message: 'The model service failed.',
    openai: [502, 'server_error', null],
    anthropic: [502, 'api_error'],
    google: [502, 'INTERNAL', 'UPSTREAM_FAILED'],
    retry: [undefined, undefined],
  },
  timeout: {
    message: 'The model took too long to answer.',
    openai: [504, 'server_error', 'timeout'],
    anthropic: [504, 'timeout_error'],
    google: [504, 'DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'],
    retry: [undefined, undefined],
  },
  permission: {
    message: 'The model service refuses this request.',
    openai: [403, 'invalid_request_error', 'model_not_allowed'],
    anthropic: [403, 'permission_error'],
    google: [403, 'PERMISSION_DENIED', 'NOT_ALLOWED'],
    retry: [undefined, 'false'],
  },
  model_not_found: {
    message: 'This model does not exist or is not available.',
    openai: [404, 'invalid_request_error', 'model_not_found'],
    anthropic: [404, 'not_found_error'],
    google: [404, 'NOT_FOUND', 'MODEL_NOT_FOUND'],
    retry: [undefined, undefined],
  },
  invalid_request: {
    message: 'Request contains an invalid argument.',
    openai: [400, 'invalid_request_error', null],
    anthropic: [400, 'invalid_request_error'],
    google: [400, 'INVALID_ARGUMENT'],
    retry: [undefined, undefined],
  },
}

/** Words of a failure that has more than one. */
export interface Said {
  kind: Kind
  message?: string
  /** `retry-after`, where it is not the usual one. */
  after?: string
  /** Google's own, which only native clients get. */
  details?: readonly object[]
}

interface Refusal {
  status: number
  retryAfter: string | undefined
  shouldRetry: string | undefined
  body: unknown
}

export const refusal = (protocol: Protocol, { kind, message = WORDS[kind].message, after, details }: Said): Refusal => {
  const { openai, anthropic, google, retry } = WORDS[kind]
  const [usual, shouldRetry] = retry
  const retryAfter = after ?? usual
  const hints = { retryAfter, shouldRetry }
  switch (protocol) {
    case 'chat':
    case 'responses':
      return { ...hints, status: openai[0], body: { error: openAiError(kind, message) } }
    case 'messages':
      return {
        ...hints,
        status: anthropic[0],
        body: { type: 'error', error: { type: anthropic[1], message }, request_id: 'UUID' },
      }
    case 'native':
      return { ...hints, status: google[0], body: googleError(kind, message, retryAfter, details) }
  }
}

export const refused = ({ status, headers, text }: Answer): Refusal => ({
  status,
  retryAfter: headers['retry-after'],
  shouldRetry: headers['x-should-retry'],
  body: JSON.parse(text) as unknown,
})

const openAiError = (kind: Kind, message: string) => {
  const [, type, code] = WORDS[kind].openai
  return { message, type, param: null, code }
}

const QUOTAS: Partial<Record<Kind, string>> = {
  quota_minute: 'GenerateRequestsPerMinute',
  quota_day: 'GenerateRequestsPerDay',
}

const googleError = (kind: Kind, message: string, after?: string, own?: readonly object[]) => {
  const [code, status, reason] = WORDS[kind].google
  if (reason === undefined) return { error: { code, message, status, ...(own && { details: own }) } }
  const quotaId = QUOTAS[kind]
  const type = (name: string) => ({ '@type': `type.googleapis.com/google.rpc.${name}` })
  const domain = quotaId
    ? { domain: 'googleapis.com', metadata: { service: 'generativelanguage.googleapis.com' } }
    : { domain: 'triglot' }
  const details = [
    { ...type('ErrorInfo'), reason, ...domain },
    ...(quotaId ? [{ ...type('QuotaFailure'), violations: [{ quotaId, description: message }] }] : []),
    // What nobody said stands in the header alone
    ...(after && kind !== 'quota_day' && kind !== 'overloaded'
      ? [{ ...type('RetryInfo'), retryDelay: `${after}s` }]
      : []),
  ]
  return { error: { code, message, status, details } }
}

/** The frames that end a stream which broke off after `kept` of its frames, to the letter. */
export const ending = (
  protocol: Protocol,
  { kind, message = WORDS[kind].message }: Said,
  kept: readonly string[],
): string => {
  switch (protocol) {
    case 'chat':
      return `data: ${JSON.stringify({ error: openAiError(kind, message) })}\n\n`
    case 'messages':
      return `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: WORDS[kind].anthropic[1], message } })}\n\n`
    case 'native':
      return JSON.stringify(googleError(kind, message))
    case 'responses': {
      const error = openAiError(kind, message)
      const { response } = JSON.parse(kept[0]?.split('data: ')[1] ?? '') as { response: object }
      const code = kind === 'quota_minute' ? 'rate_limit_exceeded' : 'server_error'
      const events = [
        { type: 'error', code: error.code, message, param: null, error },
        {
          type: 'response.failed',
          response: { ...response, status: 'failed', error: { code, message }, output: itemsIn(kept) },
        },
      ]
      return events
        .map(
          (event, index) =>
            `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: kept.length + index })}\n\n`,
        )
        .join('')
    }
  }
}

export const framesOf = (text: string): string[] => text.split(/(?<=\n\n|\r\n\r\n)/)

interface Told {
  type: string
  item_id: string
  item: { id: string }
  part: unknown
}

/** The items of a response that were told as done; a message whose text is over is one, though more could have followed. */
const itemsIn = (frames: readonly string[]): unknown[] => {
  const items = new Map<string, unknown>()
  for (const frame of frames) {
    const { type, item_id: id, item, part } = JSON.parse(frame.split('data: ')[1] ?? '') as Told
    const message = { id, type: 'message', status: 'completed', role: 'assistant', content: [part] }
    if (type === 'response.content_part.done') items.set(id, message)
    if (type === 'response.output_item.done') items.set(item.id, item)
  }
  return [...items.values()]
}
