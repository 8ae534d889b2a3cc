import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../errors.ts'
import type { Request } from './exchange.ts'

const MEGABYTE = 1024 * 1024
/** Deeper than any tool's schema; well below what recursion stands. */
const DEPTH = 100

/**
 * Bytes of a body that an environment of this memory (in MB) can take without dying: from 512 MB all that AWS lets
 * through (its event is 6 MB at most).
 */
export const bodyLimit = (memory: number): number => (memory >= 512 ? 6 : memory >= 256 ? 4 : 1) * MEGABYTE

/** A UTF-16 code unit is 1 to 3 bytes of UTF-8, so that most strings need not be counted. */
const isLonger = (body: string | Buffer, limit: number): boolean => {
  if (typeof body !== 'string') return body.length > limit
  if (body.length > limit) return true
  return body.length * 3 > limit && Buffer.byteLength(body) > limit
}

const LARGE_FILES =
  ' Larger files go up through the Gemini API at a front door, in parts, and are named by the same ids.'

/** Throws `too_large` for a body over `limit` bytes, and `invalid_request` for one that is compressed. */
export const checkBody = ({ body, headers }: Request, limit: number): void => {
  if (isLonger(body, limit)) {
    const advice = headers['content-type']?.startsWith('multipart/') ? LARGE_FILES : ''
    throw new GatewayError(
      'too_large',
      `The request body is larger than the ${limit / MEGABYTE} MB accepted here.${advice}`,
    )
  }
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    throw new GatewayError(
      'invalid_request',
      'Compressed request bodies are not supported; leave out content-encoding.',
    )
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Where the string that opens before `from` ends. An escaped quote has an odd number of backslashes before it. */
const endOfString = (json: string, from: number): number => {
  for (let quote = json.indexOf('"', from); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let first = quote
    while (first > from && json.charCodeAt(first - 1) === BACKSLASH) first--
    if ((quote - first) % 2 === 0) return quote
  }
  return json.length
}

/**
 * How many fields all objects have together, as written; undefined where arrays and objects stand more than `most` deep. One
 * pass, no recursion, strings skipped.
 */
const fieldsWritten = (json: string, most: number): number | undefined => {
  let depth = 0
  let fields = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) at = endOfString(json, at + 1)
    else if (code === COLON) fields++
    // [ and ], { and } differ from their upper- and lower-case neighbours by one bit
    else if ((code | 0x20) === 0x7b) {
      if (++depth > most) return undefined
    } else if ((code | 0x20) === 0x7d) depth--
  }
  return fields
}

/** Whether arrays and objects stand more than `most` deep. */
export const isDeeper = (json: string, most: number): boolean => fieldsWritten(json, most) === undefined

const fieldsRead = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  let count = Array.isArray(value) ? 0 : inner.length
  for (const one of inner) if (typeof one === 'object') count += fieldsRead(one)
  return count
}

const textOf = (body: string | Buffer): string => {
  if (typeof body === 'string') return body
  if (!isUtf8(body)) throw new GatewayError('invalid_request', 'The request body is not UTF-8.')
  return body.toString('utf8')
}

const parse = (request: Request): { value: unknown; fields: number } => {
  const json = textOf(request.body).replace(/^\uFEFF/, '')
  if (!json.trim()) throw new GatewayError('invalid_request', 'The request body is empty; it must be JSON.')
  const fields = fieldsWritten(json, DEPTH)
  if (fields === undefined) {
    throw new GatewayError('invalid_request', `The request body is nested deeper than ${DEPTH} levels.`)
  }
  try {
    return { value: JSON.parse(json), fields }
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    throw new GatewayError('invalid_request', `The request body is not valid JSON${why}`, { cause })
  }
}

/** The body as JSON; `invalid_request` where it is none, or nested too deeply. */
export const readJson = (request: Request): unknown => parse(request).value

/**
 * The same for a body that is passed on as it is: `invalid_request`, too, where an object has a field twice. Of those
 * JSON.parse shows the last alone, and its next reader may go by the first, or by both.
 */
export const readPassedJson = (request: Request): unknown => {
  const { value, fields } = parse(request)
  if (fields !== fieldsRead(value)) {
    throw new GatewayError('invalid_request', 'The request body has an object with the same field twice.')
  }
  return value
}
