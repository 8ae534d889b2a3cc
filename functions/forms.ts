import { errorReply as anthropicError } from '../lib/anthropic/errors.ts'
import type { Request } from '../lib/http/exchange.ts'
import type { Form } from '../lib/http/front.ts'
import { errorReply as googleError } from '../lib/native/errors.ts'
import { errorReply as openaiError } from '../lib/openai/errors.ts'

/** Whose clients a function serves. */
export type Family = 'openai' | 'anthropic' | 'gemini'

export const FORMS: Record<Family, Form> = {
  openai: { error: openaiError },
  anthropic: { error: anthropicError, requestIdHeader: 'request-id' },
  gemini: { error: googleError },
}

/** Paths that several families have; every function answers them for all. */
const SHARED = /^\/v1\/(?:models|files|batches)(?:\/|$)/
/** Of these, Google's calls go the same way, whatever they ask; models have routes of their own. */
export const GOOGLE_OR_OTHERS = /^\/v1\/(?:files|batches)(?:\/|$)/
/** What nobody but Google has below `/v1`. */
export const GOOGLES = /^\/v1\/(?:cachedContents|tunedModels|fileSearchStores|operations|interactions|corpora)(?:\/|$)/

/** Of a shared path, its client's headers tell; of any other the path itself, and where that says nothing the function. */
export const familyOf = ({ path, headers, query }: Request, own: Family): Family => {
  if (SHARED.test(path)) {
    if (headers['anthropic-version'] !== undefined) return 'anthropic'
    const google = headers['x-goog-api-key'] !== undefined || new URLSearchParams(query).has('key')
    if (google || /:[A-Za-z]+$/.test(path)) return 'gemini'
    return 'openai'
  }
  if (GOOGLES.test(path) || /^\/(?:upload\/v1|(?:upload\/)?v1beta)(?:\/|$)/.test(path)) return 'gemini'
  if (/^\/v1\/messages(?:\/|$)/.test(path)) return 'anthropic'
  // Paths of Anthropic's that nobody answers here: its SDK shall read why.
  if (headers['anthropic-version'] !== undefined) return 'anthropic'
  return own
}
