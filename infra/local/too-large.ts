import type { Family } from '../family.ts'

const TOO_LARGE =
  'The request is too large: at most 6 MB, as Lambda takes no larger event, or 4.5 MB of files. Larger files go up through the Gemini API at a front door, in parts, and are named by the same ids.'

/** How each family's clients are told that a request is too large. In AWS nobody is there to say it in their words. */
export const tooLarge: Record<Family, (requestId: string) => unknown> = {
  openai: () => ({
    error: { message: TOO_LARGE, type: 'invalid_request_error', param: null, code: 'request_too_large' },
  }),
  anthropic: (requestId) => ({
    type: 'error',
    error: { type: 'request_too_large', message: TOO_LARGE },
    request_id: requestId,
  }),
  gemini: () => ({ error: { code: 413, message: TOO_LARGE, status: 'INVALID_ARGUMENT' } }),
}
