/** The protocol families: one function each. */
export const FAMILIES = ['openai', 'anthropic', 'gemini'] as const
export type Family = (typeof FAMILIES)[number]

/**
 * Which function a path goes to, where one address serves all of them: by path alone, as the REST API in AWS does it.
 * What several families share (`/v1/models`, `/v1/files`) every function answers for all three.
 */
export const familyOf = (method: string, path: string): Family => {
  const named = FAMILIES.find((family) => path === `/${family}` || path.startsWith(`/${family}/`))
  if (named) return named
  const plain = path.replace(/^(\/v1)+(?=\/v1(\/|$))/, '')
  if (/^\/(v1beta|upload)(\/|$)/.test(plain)) return 'gemini'
  if (method === 'POST' && plain.startsWith('/v1/models/')) return 'gemini'
  if (/^\/v1\/messages(\/|$)/.test(plain)) return 'anthropic'
  return 'openai'
}

const TOO_LARGE = 'The request is too large: at most 6 MB, as Lambda takes no larger event.'

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
