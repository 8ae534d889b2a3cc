import { errorBodyOf, errorOf, upstreamError } from '../gemini/errors.ts'
import { splitEvents } from '../gemini/events.ts'
import { NOTHING_MADE, type ReplyReader, type ReplySummary } from '../gemini/flow.ts'
import type { GenerateContentResponse, UsageMetadata } from '../gemini/wire.ts'

/** Reads a reply by passing it on: bytes wait inside until someone listens, and a tap reads the usage off their end. */
export interface TapReader extends ReplyReader {
  listen(listener: (bytes: Buffer) => void): void
}

export type ReplyForm = 'events' | 'whole'

/** A whole reply is held back until it ends or is larger than this; bytes. */
const HELD = 256 * 1024
/** Where the usage stands: at the end of the last response. Bytes. */
const TAIL = 16 * 1024

/**
 * `events` commits at the first content of an event stream, and takes an end without a finish reason for a failure.
 * `whole` is any other body: JSON in one piece, Google's JSON array, a file.
 */
export const tapReader = (form: ReplyForm): TapReader => {
  const held: Buffer[] = []
  let heldBytes = 0
  let listener: ((bytes: Buffer) => void) | undefined
  let committed = false
  let finished = false
  let tail: Buffer[] = []
  let tailBytes = 0

  const splitter = splitEvents((bytes, start, end) => {
    const text = bytes.toString('utf8', start, end)
    if (committed) {
      finished ||= text.includes('"finishReason"')
      return
    }
    const error = errorBodyOf(text)
    if (error) throw errorOf(error)
    finished ||= text.includes('"finishReason"') || text.includes('"blockReason"')
    committed = finished || hasContent(text)
  })

  const keepTail = (bytes: Buffer): void => {
    tail.push(bytes)
    tailBytes += bytes.length
    while (tail[0] && tailBytes - tail[0].length >= TAIL) tailBytes -= tail.shift()?.length ?? 0
  }

  return {
    get committed() {
      return committed
    },
    get summary() {
      return summaryOf(Buffer.concat(tail).toString())
    },
    push(bytes) {
      keepTail(bytes)
      if (form === 'events') splitter.push(bytes)
      else committed ||= heldBytes + bytes.length > HELD
      if (listener) {
        listener(bytes)
      } else {
        held.push(bytes)
        heldBytes += bytes.length
      }
    },
    end() {
      if (form === 'whole') return
      const strays = splitter.end()
      const error = errorBodyOf(strays)
      // After the commit point the client has Google's error already: its bytes were passed on.
      if (error && !committed) throw errorOf(error)
      if (!finished && !error)
        throw upstreamError({ class: 'bad_body' }, 'The model broke off before its answer was complete.')
    },
    listen(next) {
      listener = next
      for (const bytes of held.splice(0)) next(bytes)
    },
  }
}

const hasContent = (text: string): boolean => {
  try {
    const { candidates } = JSON.parse(text) as GenerateContentResponse
    return candidates?.some(({ content }) => content?.parts?.length) ?? false
  } catch {
    throw upstreamError({ class: 'bad_body' }, 'The model service sent something unreadable.')
  }
}

/** What the end of a reply says of the call. Its last usage is the whole usage: counts are cumulative. */
const summaryOf = (tail: string): ReplySummary => ({
  usage: usageIn(tail),
  modelVersion: lastString(tail, 'modelVersion'),
  responseId: lastString(tail, 'responseId'),
  reasons: [...tail.matchAll(/"finishReason":\s*"([A-Z_]+)"/g)].slice(-1).map((match) => match[1] ?? ''),
  // Bytes that pass unread; the tokens of pictures and sound stand in the usage.
  made: NOTHING_MADE,
})

const lastString = (text: string, field: string): string => {
  const at = text.lastIndexOf(`"${field}"`)
  return at < 0 ? '' : (/^"\w+":\s*"([^"\\]*)"/.exec(text.slice(at, at + 300))?.[1] ?? '')
}

const usageIn = (text: string): UsageMetadata => {
  const at = text.lastIndexOf('"usageMetadata"')
  const start = text.indexOf('{', at)
  if (at < 0 || start < 0) return {}
  let depth = 0
  for (let i = start; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return parseUsage(text.slice(start, i + 1))
  }
  return {}
}

const parseUsage = (json: string): UsageMetadata => {
  try {
    return JSON.parse(json) as UsageMetadata
  } catch {
    return {}
  }
}
