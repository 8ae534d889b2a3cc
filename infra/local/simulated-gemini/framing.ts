// Replies as bytes, in the pieces in which they are written.

import type { Reply } from './exchange.ts'
import { isObject, type Json } from './json.ts'

export interface Piece {
  bytes: Buffer
  /** A whole event; faults count them. */
  event: boolean
}

export interface Written {
  status: number
  headers: Record<string, string>
  pieces: Piece[]
  delayMs?: number
}

const JSON_TYPE = 'application/json; charset=UTF-8'

// Google's escapes, so that JSON can stand inside HTML.
const escape = (text: string): string =>
  text.replace(/[<>&'\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Indented by two, with Google's escapes. */
export const pretty = (value: unknown): string => escape(JSON.stringify(value, null, 2))

/** One line: `": "` after a name, and `,` alone between values, as Google's streams have it. */
export const oneLine = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(',')}]`
  if (!isObject(value)) return escape(JSON.stringify(value) ?? 'null')
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields.map(([name, field]) => `${escape(JSON.stringify(name))}: ${oneLine(field)}`).join(',')}}`
}

export const eventOf = (chunk: Json): string => `data: ${oneLine(chunk)}\r\n\r\n`

export const pieceOf = (text: string | Uint8Array, event = false): Piece => ({
  bytes: typeof text === 'string' ? Buffer.from(text) : Buffer.from(text),
  event,
})

export const written = (reply: Reply): Written => {
  switch (reply.as) {
    case 'json':
      return {
        status: reply.status,
        headers: { 'content-type': JSON_TYPE, ...reply.headers },
        pieces: [pieceOf(`${pretty(reply.body)}\n`)],
      }
    case 'bytes':
      return { status: reply.status, headers: reply.headers, pieces: [pieceOf(reply.body)] }
    case 'events':
      return {
        status: 200,
        headers: { 'content-type': 'text/event-stream', 'content-disposition': 'attachment' },
        pieces: reply.chunks.map((chunk) => pieceOf(eventOf(chunk), true)),
        ...(reply.delayMs !== undefined && { delayMs: reply.delayMs }),
      }
    case 'array': {
      const texts = reply.chunks.map((chunk, index) => `${index === 0 ? '[' : ',\n'}${pretty(chunk)}\n`)
      return {
        status: 200,
        headers: { 'content-type': JSON_TYPE },
        pieces: [...texts.map((text) => pieceOf(text, true)), pieceOf(texts.length > 0 ? ']' : '[]')],
        ...(reply.delayMs !== undefined && { delayMs: reply.delayMs }),
      }
    }
  }
}
