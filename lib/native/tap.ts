import type { Attempt } from '../gemini/client.ts'
import { brokenOff, emptyAnswer, errorBodyOf, errorOf, unreadable, upstreamError } from '../gemini/errors.ts'
import { splitEvents } from '../gemini/events.ts'
import { outcomeOf } from '../gemini/finish.ts'
import { NOTHING_MADE, type ReplyReader, type ReplySummary } from '../gemini/flow.ts'
import type { GenerateContentResponse, UsageMetadata } from '../gemini/wire.ts'
import { eventBorders } from './borders.ts'

/** Reads a reply by passing it on: bytes wait inside until someone listens, and a tap reads the usage off their end. */
export interface TapReader extends ReplyReader {
  listen(listener: (bytes: Buffer) => void): void
}

/** `turn` is what a model says in one piece; `whole` any other body, a file say. */
export type ReplyForm = 'events' | 'turn' | 'whole'

/** A whole reply is held back until it ends or is larger than this; bytes. */
const HELD = 256 * 1024
/** Where the usage stands: at the end of the last response. Bytes. */
const TAIL = 16 * 1024

/**
 * `events` commits at the first content of an event stream, and takes an end without a finish reason for a failure. `turn`,
 * JSON in one piece or Google's JSON array, commits at its end. What another try may heal is a failure before that.
 */
export const tapReader = (form: ReplyForm, { emptyIsFault }: Pick<Attempt, 'emptyIsFault'>): TapReader => {
  const held: Buffer[] = []
  let heldBytes = 0
  let listener: ((bytes: Buffer) => void) | undefined
  let committed = false
  let finished = false
  let tail: Buffer[] = []
  let tailBytes = 0
  const borders = eventBorders()

  const splitter = splitEvents((bytes, start, end) => {
    const text = bytes.toString('utf8', start, end)
    if (committed) {
      finished ||= text.includes('"finishReason"')
      if (text.includes('"error"')) refuseError(text)
      return
    }
    const seen = judge(text, emptyIsFault)
    finished = seen === 'over' || text.includes('"finishReason"')
    committed = seen !== 'nothing'
  })

  const pass = (bytes: Buffer): void => {
    if (listener) {
      listener(bytes)
    } else {
      held.push(bytes)
      heldBytes += bytes.length
    }
  }

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
      if (form === 'events') {
        splitter.push(bytes)
        for (const whole of borders.upTo(bytes)) pass(whole)
      } else {
        committed ||= heldBytes + bytes.length > HELD
        pass(bytes)
      }
    },
    end() {
      if (form === 'whole') return
      if (form === 'turn') {
        const over = committed
          ? /[}\]]\s*$/.test(Buffer.concat(tail).toString())
          : judge(Buffer.concat(held).toString(), emptyIsFault) !== 'nothing'
        if (!over) throw brokenOff()
        return
      }
      refuseError(splitter.end())
      if (!finished) throw brokenOff()
      for (const last of borders.rest()) pass(last)
    },
    listen(next) {
      listener = next
      for (const bytes of held.splice(0)) next(bytes)
    },
  }
}

const refuseError = (text: string): void => {
  const error = errorBodyOf(text)
  if (error) throw errorOf(error)
}

/**
 * What a response, or an array of them, brings of a turn: content, its end without any, or nothing yet. Throws what another
 * try may heal: an error inside, an end that tells of a failure, an answer of nothing at all.
 */
const judge = (text: string, emptyIsFault: boolean): 'content' | 'over' | 'nothing' => {
  refuseError(text)
  const responses = responsesIn(text)
  const candidates = responses.flatMap((response) => response.candidates ?? [])
  if (candidates.some(({ content }) => content?.parts?.some((part) => part.text !== ''))) return 'content'
  if (responses.some(({ promptFeedback }) => promptFeedback?.blockReason)) return 'over'
  const reasons = candidates.flatMap(({ finishReason }) => finishReason ?? [])
  const failed = reasons.find((reason) => !outcomeOf(reason, { called: false, spoke: false }))
  if (failed) throw upstreamError({ class: 'bad_body' }, `The model's answer was unusable (${failed}).`)
  if (emptyIsFault && reasons.length > 0 && reasons.every((reason) => reason === 'STOP')) throw emptyAnswer()
  return reasons.length > 0 ? 'over' : 'nothing'
}

const responsesIn = (text: string): GenerateContentResponse[] => {
  try {
    const json = JSON.parse(text) as unknown
    const responses = Array.isArray(json) ? (json as unknown[]) : [json]
    if (responses.every((response) => typeof response === 'object' && response !== null)) {
      return responses
    }
  } catch {
    throw unreadable()
  }
  throw unreadable()
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
