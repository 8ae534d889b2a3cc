import type { Made } from '../gemini/flow.ts'

/** Counts what a reply made beside text, off bytes that pass unread. */
export interface MadeCounter {
  /** Takes the next piece, in any cut. */
  push(text: string): void
  readonly made: Made
}

/**
 * A media type, the begin of its data, or the queries of a search. Within a JSON string every quote has a backslash before
 * it, so that no text can look like one of these.
 */
const TOKEN = /"mime_?[tT]ype":\s*"([^"]*)"|"data":\s*(")|"webSearchQueries":\s*\[\s*((?:"(?:[^"\\]|\\.)*"[\s,]*)*)\]/g
const STRING = /"(?:[^"\\]|\\.)*"/g
/** A token may be cut; longer ones are searches, and are looked for again in what comes next. */
const LONGEST_TOKEN = 4096

/** Google's sound: 16-bit samples of one channel. */
const rateOf = (mimeType: string): number => Number(/^audio\/L16.*rate=(\d+)/i.exec(mimeType)?.[1] ?? 0)
const secondsOf = (base64: number, rate: number): number => (base64 * 3) / 4 / 2 / rate

export const madeCounter = (): MadeCounter => {
  const queries = new Set<string>()
  let images = 0
  let seconds = 0
  let carried = ''
  /** Samples a second of the sound whose data comes next, or is under way. */
  let rate = 0
  let inData = false

  const skipData = (text: string, from: number): number => {
    const end = text.indexOf('"', from)
    seconds += secondsOf((end < 0 ? text.length : end) - from, rate)
    if (end < 0) return text.length
    inData = false
    rate = 0
    return end + 1
  }

  const take = ([, mimeType, data, searches]: RegExpExecArray): void => {
    if (mimeType !== undefined) {
      if (mimeType.startsWith('image/')) images++
      rate = rateOf(mimeType)
    } else if (data !== undefined) inData = rate > 0
    else for (const [query] of (searches ?? '').matchAll(STRING)) queries.add(query)
  }

  return {
    push(piece) {
      const text = carried + piece
      let at = inData ? skipData(text, 0) : 0
      TOKEN.lastIndex = at
      for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
        take(token)
        at = inData ? skipData(text, TOKEN.lastIndex) : TOKEN.lastIndex
        TOKEN.lastIndex = at
      }
      carried = inData ? '' : text.slice(Math.max(at, text.length - LONGEST_TOKEN))
    },
    get made() {
      return { images, seconds, searches: queries.size }
    },
  }
}
