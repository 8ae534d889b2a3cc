import { tooLarge } from '../errors.ts'

const LF = 10
const CR = 13
const COLON = 58
const SPACE = 32
const DATA = Buffer.from('data')
const BOM = Buffer.from([0xef, 0xbb, 0xbf])

/** Bytes. A picture of 4,096 by 4,096 pixels comes in one line of some 25 MB. */
const LONGEST_LINE = 64 * 1024 * 1024

/** Takes the payload of one event: UTF-8 JSON between `start` and `end` of `bytes`. */
export type OnEvent = (bytes: Buffer, start: number, end: number) => void

/** What of a stream is kept between two network reads, and how its lines end. */
interface State {
  /** Reads that hold no line end yet; joined only when one comes, so that a long line costs no more than its length. */
  rest: Buffer[]
  /** Bytes of the rest, but for its first read. */
  waiting: number
  /** The byte that ends lines: a lone CR is allowed by the standard. Unknown until the first line ends. */
  lineEnd: typeof LF | typeof CR | undefined
  /** Data lines of the event under way. */
  data: Buffer[]
  /** Lines that are no part of an event: Gemini breaks a stream off with a bare JSON object. */
  strays: Buffer[]
  begun: boolean
}

/**
 * Cuts a server-sent event stream into events, on bytes: no character is decoded before its event is whole.
 * `end()` returns what stood outside of events, decoded, or ''.
 */
export const splitEvents = (onEvent: OnEvent): { push(bytes: Buffer): void; end(): string } => {
  const state: State = { rest: [], waiting: 0, lineEnd: undefined, data: [], strays: [], begun: false }

  const line = (bytes: Buffer, start: number, end: number): void => {
    if (start === end) {
      finishEvent()
    } else if (isData(bytes, start, end)) {
      const from = start + 5
      state.data.push(bytes.subarray(bytes[from] === SPACE ? from + 1 : from, end))
    } else if (!isField(bytes, start, end)) {
      state.strays.push(bytes.subarray(start, end))
    }
  }

  const finishEvent = (): void => {
    const [first] = state.data
    if (!first) return
    const whole = state.data.length === 1 ? first : Buffer.concat(state.data.flatMap((part) => [part, NEWLINE]))
    state.data = []
    onEvent(whole, 0, whole.length)
  }

  /** Reads every whole line; returns where the unfinished one starts. */
  const readLines = (bytes: Buffer): number => {
    let position = 0
    if (!state.begun) {
      if (bytes.length < BOM.length && BOM.subarray(0, bytes.length).equals(bytes)) return 0
      state.begun = true
      if (bytes.subarray(0, BOM.length).equals(BOM)) position = BOM.length
    }
    state.lineEnd ??= lineEndOf(bytes)
    if (state.lineEnd === undefined) return position
    for (;;) {
      const found = bytes.indexOf(state.lineEnd, position)
      if (found < 0) return position
      const end = state.lineEnd === LF && found > position && bytes[found - 1] === CR ? found - 1 : found
      // The usual event is one data line and an empty one: no need to keep it in between.
      const after = found + 1
      if (state.data.length === 0 && isData(bytes, position, end) && isEmptyLine(bytes, after, state.lineEnd)) {
        const from = position + 5
        onEvent(bytes, bytes[from] === SPACE ? from + 1 : from, end)
        position = bytes.indexOf(state.lineEnd, after) + 1
      } else {
        line(bytes, position, end)
        position = after
      }
    }
  }

  /** While the kind of line end is unknown, a CR that was the last byte may be one too. */
  const mayEndLine = (bytes: Buffer): boolean =>
    state.lineEnd === undefined
      ? !state.begun || state.rest.at(-1)?.at(-1) === CR || bytes.includes(LF) || bytes.includes(CR)
      : bytes.includes(state.lineEnd)

  return {
    push(bytes) {
      if (state.rest.length > 0 && !mayEndLine(bytes)) {
        state.rest.push(bytes)
        state.waiting += bytes.length
        if (state.waiting > LONGEST_LINE) throw tooLarge()
        return
      }
      state.waiting = 0
      const joined = state.rest.length > 0 ? Buffer.concat([...state.rest, bytes]) : bytes
      state.rest = []
      const position = readLines(joined)
      if (position < joined.length) state.rest = [position > 0 ? joined.subarray(position) : joined]
    },
    end() {
      const last = Buffer.concat(state.rest)
      state.rest = []
      if (last.length > 0) line(last, 0, last.at(-1) === CR ? last.length - 1 : last.length)
      finishEvent()
      return Buffer.concat(state.strays.flatMap((part) => [part, NEWLINE]))
        .toString()
        .trim()
    },
  }
}

const NEWLINE = Buffer.from('\n')

const isData = (bytes: Buffer, start: number, end: number): boolean =>
  end - start > 4 &&
  bytes[start] === DATA[0] &&
  bytes[start + 1] === DATA[1] &&
  bytes[start + 2] === DATA[2] &&
  bytes[start + 3] === DATA[3] &&
  bytes[start + 4] === COLON

/** `event:`, `id:`, `retry:` and comments: lines that a stream may hold and that say nothing to us. */
const isField = (bytes: Buffer, start: number, end: number): boolean =>
  bytes[start] === COLON || /^(?:event|id|retry)(?::|$)/.test(bytes.toString('latin1', start, Math.min(end, start + 6)))

const isEmptyLine = (bytes: Buffer, start: number, lineEnd: number): boolean =>
  bytes[start] === lineEnd || (lineEnd === LF && bytes[start] === CR && bytes[start + 1] === LF)

/** Undefined while the first line end may still turn out to be CR LF. */
const lineEndOf = (bytes: Buffer): State['lineEnd'] => {
  const lf = bytes.indexOf(LF)
  const cr = bytes.indexOf(CR)
  if (cr < 0 || (lf >= 0 && lf < cr)) return lf < 0 ? undefined : LF
  if (cr === bytes.length - 1) return undefined
  return bytes[cr + 1] === LF ? LF : CR
}
