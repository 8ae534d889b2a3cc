import type { Model } from '../models/model.ts'
import type { Blob, FileData, FunctionCall, FunctionResponse, Part } from '../wire.ts'

/** What a client's tool answered to an earlier call. */
export interface CallResult {
  callId: string
  /** What the client says the tool was called; the earlier call's own name counts first. */
  name?: string
  /** Text, or a JSON value. */
  output: unknown
  failed?: boolean
  media?: readonly Blob[]
  /** Media by reference; Gemini takes these beside a result, not in it. */
  files?: readonly FileData[]
}

/** What Gemini takes inside a result; other media follow it. */
const INSIDE = /^(image\/|application\/pdf$)/

/** JSON text longer than this, in characters, stays text. */
const LONGEST_JSON = 100_000
const DEEPEST_JSON = 20

/** Flat enough to be sent, and without a number that is too large for a double, which would be sent as null. */
const isSendable = (value: unknown, depth: number): boolean => {
  if (typeof value === 'number') return Number.isFinite(value)
  if (value === null || typeof value !== 'object') return true
  return depth > 0 && Object.values(value).every((field) => isSendable(field, depth - 1))
}

/** A JSON object as itself, all else as it is: text whose numbers a double can't hold, or that nests too deep to be sent, too. */
const structured = (output: unknown): unknown => {
  if (typeof output !== 'string') return output ?? ''
  if (!output.trimStart().startsWith('{') || output.length > LONGEST_JSON || /\d{16}/.test(output)) return output
  try {
    const value: unknown = JSON.parse(output)
    return isSendable(value, DEEPEST_JSON) ? value : output
  } catch {
    return output
  }
}

const responseOf = ({ id, name }: FunctionCall, response: FunctionResponse['response']): FunctionResponse => ({
  ...(id && { id }),
  name,
  response,
})

/**
 * A call's result as Gemini takes it, and the media that must stand beside it. The answer is always wrapped: an object may have
 * keys that mean something to Gemini (`$ref`). https://ai.google.dev/api/caching#FunctionResponse
 */
export const partsOfResult = (
  call: FunctionCall,
  { output, failed, media = [], files = [] }: CallResult,
  model: Model,
): { response: Part; beside: Part[] } => {
  const goesIn = ({ mimeType }: Blob): boolean => model.mediaInResults && INSIDE.test(mimeType)
  const inside = media.filter(goesIn).map((inlineData) => ({ inlineData }))
  const value = structured(output)
  return {
    response: {
      functionResponse: {
        ...responseOf(call, failed ? { error: value } : { output: value }),
        ...(inside.length > 0 && { parts: inside }),
      },
    },
    beside: [
      ...media.filter((blob) => !goesIn(blob)).map((inlineData): Part => ({ inlineData })),
      ...files.map((fileData): Part => ({ fileData })),
    ],
  }
}

/** Gemini wants as many results as calls; this stands for one that the client never gave. */
export const unanswered = (call: FunctionCall): Part => ({
  functionResponse: responseOf(call, { output: '(no result was given)' }),
})
