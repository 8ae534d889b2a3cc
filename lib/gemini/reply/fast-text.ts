import type { GenerateContentResponse } from '../wire.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The shape of a stream's usual event, learned from one that was parsed in full: constant bytes, one text literal, then
 * constant bytes with numbers in between. Nothing of it is known beforehand, so that a new field of Google's costs speed
 * and never correctness.
 */
interface Shape {
  head: Buffer
  /** What stands between the numbers after the text. */
  tail: readonly Buffer[]
}

/** Cuts the text out of events that look like one before, without parsing them. State: the shape, once it is learned. */
export interface FastText {
  /** Notes the shape of an event that held nothing but one piece of text. */
  learn(response: GenerateContentResponse, bytes: Buffer, start: number, end: number): void
  /** The text as the inside of a JSON string, or undefined where the event is any other. */
  read(bytes: Buffer, start: number, end: number): string | undefined
}

export const fastText = (): FastText => {
  let shape: Shape | undefined
  return {
    learn(response, bytes, start, end) {
      const text = shape === undefined ? plainTextOf(response) : undefined
      if (text !== undefined) shape = shapeOf(text, bytes, start, end)
    },
    read(bytes, start, end) {
      if (shape === undefined) return undefined
      const from = start + shape.head.length
      if (!startsWith(bytes, start, end, shape.head)) return undefined
      const to = endOfLiteral(bytes, from, end)
      if (to <= from || !isTail(bytes, to, end, shape.tail)) return undefined
      const literal = bytes.toString('utf8', from, to)
      return NEEDS_ESCAPES.test(literal) ? rewrite(literal) : literal
    },
  }
}

/** As the full path would write it. Throws, as parsing would, where the literal is no JSON. */
const rewrite = (literal: string): string => JSON.stringify(JSON.parse(`"${literal}"`)).slice(1, -1)

/** A backslash, or a control character, which JSON doesn't have inside strings: anything but what is written as it is. */
const NEEDS_ESCAPES = /[^ !#-[\]-\uffff]/

const TOP: ReadonlySet<string> = new Set(['candidates', 'usageMetadata', 'modelVersion', 'responseId'])
const CANDIDATE: ReadonlySet<string> = new Set(['content', 'index'])

const plainTextOf = (response: GenerateContentResponse): string | undefined => {
  const [candidate, ...others] = response.candidates ?? []
  const [part, ...more] = candidate?.content?.parts ?? []
  return others.length === 0 &&
    more.length === 0 &&
    part?.text !== undefined &&
    part.text !== '' &&
    Object.keys(part).length === 1 &&
    (candidate?.index ?? 0) === 0 &&
    Object.keys(response).every((name) => TOP.has(name)) &&
    Object.keys(candidate ?? {}).every((name) => CANDIDATE.has(name))
    ? part.text
    : undefined
}

const shapeOf = (text: string, bytes: Buffer, start: number, end: number): Shape | undefined => {
  const name = bytes.indexOf('"text"', start)
  const from = bytes.indexOf(QUOTE, name + 6) + 1
  if (name < 0 || from <= 0 || !/^:\s*$/.test(bytes.toString('latin1', name + 6, from - 1))) return undefined
  const to = endOfLiteral(bytes, from, end)
  // Where a name stands twice, parsing takes the later one.
  if (to < 0 || JSON.parse(bytes.toString('utf8', from - 1, to + 1)) !== text) return undefined
  // A number stands after its name; digits inside of strings are constant, and so is whose text it is.
  const tail = bytes.toString('latin1', to, end).split(/(?<=":\s*)(?<!"index":\s*)\d+/)
  return {
    // Copies: a network read is not to be held for as long as the stream lasts.
    head: Buffer.from(bytes.subarray(start, from)),
    tail: tail.map((piece) => Buffer.from(piece, 'latin1')),
  }
}

const startsWith = (bytes: Buffer, start: number, end: number, prefix: Buffer): boolean =>
  start + prefix.length <= end && bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0

/** Where the literal's closing quote stands: one with an even number of backslashes before it. */
const endOfLiteral = (bytes: Buffer, from: number, end: number): number => {
  for (let quote = bytes.indexOf(QUOTE, from); quote >= 0 && quote < end; quote = bytes.indexOf(QUOTE, quote + 1)) {
    let first = quote
    while (first > from && bytes[first - 1] === BACKSLASH) first--
    if ((quote - first) % 2 === 0) return quote
  }
  return -1
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

const isTail = (bytes: Buffer, from: number, end: number, pieces: readonly Buffer[]): boolean => {
  let at = from
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index] as Buffer
    if (index > 0) {
      const digits = at
      while (isDigit(bytes[at])) at++
      if (at === digits) return false
    }
    if (at + piece.length > end) return false
    for (let i = 0; i < piece.length; i++) if (bytes[at + i] !== piece[i]) return false
    at += piece.length
  }
  return at === end
}
