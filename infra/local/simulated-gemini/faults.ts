// What a fault makes of a reply: another reply, other bytes, or another way to write them.
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Fault } from './contract.ts'
import type { GoogleError } from './errors.ts'
import type { Exchange, Reply } from './exchange.ts'
import { type Piece, pieceOf, pretty, type Written, written } from './framing.ts'
import { isObject, type Json, objectOf, objectsOf } from './json.ts'
import { type ErrorName, refusal } from './refusals.ts'

/** How the bytes go out. */
export interface Delivery {
  reply: Written
  /** What happens once the pieces are written; `end` when nothing goes wrong. */
  finally: 'end' | 'reset' | { silentMs: number | undefined }
  /** Before the status line instead of after the pieces. */
  early: boolean
  bytesPerSecond?: number
}

const HTML =
  '<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Error 502 (Server Error)!!1</title>\n<p><b>502.</b> <ins>That’s an error.</ins>\n<p>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.\n'

const errorOf = (exchange: Exchange, name: ErrorName): GoogleError =>
  refusal(name, { model: exchange.arrival.model ?? '', project: exchange.project, method: 'StreamGenerateContent' })

const plain = (reply: Written): Delivery => ({ reply, finally: 'end', early: false })

/** Delivery of a sound reply. */
export const sound = (reply: Reply): Delivery => plain(written(reply))

/** Delivery of the reply that the fault spoils. */
export const spoiled = (exchange: Exchange, reply: Reply, fault: Fault): Delivery => {
  const good = written(changed(reply, fault))
  const events = (after = 0): Piece[] => {
    const whole = good.pieces.filter(({ event }) => event)
    return whole.slice(0, Math.min(after, Math.max(0, whole.length - 1)))
  }
  switch (fault.fault) {
    case 'reset':
      if (fault.bytes === undefined) return { ...plain(good), finally: 'reset', early: true }
      return { ...plain({ ...good, pieces: firstBytes(good.pieces, fault.bytes) }), finally: 'reset' }
    case 'end':
      return plain({ ...good, pieces: events(fault.after) })
    case 'cut':
      return plain({ ...good, pieces: firstBytes(good.pieces, fault.bytes) })
    case 'error-tail':
      return plain({
        ...good,
        pieces: [...events(fault.after), pieceOf(`${pretty(errorOf(exchange, fault.error ?? 'cancelled').body)}\n`)],
      })
    case 'error-event': {
      const { body } = errorOf(exchange, fault.error ?? 'overloaded')
      return plain({
        ...good,
        pieces: [...events(fault.after), pieceOf(`data: ${JSON.stringify(body)}\r\n\r\n`, true)],
      })
    }
    case 'slices':
      return plain({ ...good, pieces: sliced(good.pieces, fault.bytes) })
    case 'framing':
      return plain({ ...good, pieces: reframed(good.pieces, fault) })
    case 'silence':
      return {
        ...plain({ ...good, pieces: events(fault.after) }),
        finally: { silentMs: fault.ms },
        early: fault.after === undefined,
      }
    case 'drip':
      return { ...plain(good), bytesPerSecond: fault.bytesPerSecond }
    case 'malformed-event': {
      const broken = pieceOf('data: {"candidates": [{"content": {"parts": [{"text": "br\r\n\r\n', true)
      return plain({ ...good, pieces: [...events(fault.after), broken, ...good.pieces.slice((fault.after ?? 0) + 1)] })
    }
    case 'html':
      return plain({
        status: fault.status ?? 502,
        headers: { 'content-type': 'text/html; charset=UTF-8' },
        pieces: [pieceOf(HTML)],
      })
    case 'empty-body':
      return plain({ ...good, status: fault.status ?? 200, pieces: [] })
    case 'content-type':
      return plain({ ...good, headers: { ...good.headers, 'content-type': fault.value } })
    case 'gzip': {
      const zipped =
        fault.bomb === undefined ? gzipSync(Buffer.concat(good.pieces.map(({ bytes }) => bytes))) : bombOf(fault.bomb)
      return plain({ ...good, headers: { ...good.headers, 'content-encoding': 'gzip' }, pieces: [pieceOf(zipped)] })
    }
    case 'brotli': {
      const zipped = brotliCompressSync(Buffer.concat(good.pieces.map(({ bytes }) => bytes)))
      return plain({ ...good, headers: { ...good.headers, 'content-encoding': 'br' }, pieces: [pieceOf(zipped)] })
    }
    case 'redirect':
      return plain({ status: fault.status ?? 302, headers: { location: fault.location }, pieces: [] })
    case 'error': {
      const error = errorOf(exchange, fault.error)
      return plain(written({ as: 'json', status: error.code, body: error.body }))
    }
    case 'finish':
    case 'blocked':
    case 'empty-stop':
      return plain(good)
  }
}

const bombs = new Map<number, Buffer>()

/** Spaces, zipped: so many MB of them. Made once, as it takes a while. */
const bombOf = (megabytes: number): Buffer => {
  const made = bombs.get(megabytes) ?? gzipSync(Buffer.alloc(megabytes * 2 ** 20, ' '))
  bombs.set(megabytes, made)
  return made
}

const isOver = (chunk: Json): boolean =>
  objectsOf(chunk.candidates).some(({ finishReason }) => finishReason !== undefined)

/** Faults that the model commits: other candidates, or none. */
const changed = (reply: Reply, fault: Fault): Reply => {
  const edit = editOf(fault)
  if (!edit) return reply
  if (reply.as === 'json') return isObject(reply.body) ? { ...reply, body: edit(reply.body) } : reply
  if (reply.as === 'bytes') return reply
  const keepsText = fault.fault === 'finish' && fault.content === true
  const chunks = keepsText
    ? reply.chunks.map((chunk) => (isOver(chunk) ? edit(chunk) : chunk))
    : reply.chunks.slice(-1).map(edit)
  return { ...reply, chunks }
}

const editOf = (fault: Fault): ((chunk: Json) => Json) | undefined => {
  if (fault.fault === 'blocked')
    return ({ usageMetadata, modelVersion, responseId }) => ({
      promptFeedback: { blockReason: fault.reason ?? 'PROHIBITED_CONTENT' },
      usageMetadata: promptOnly(usageMetadata),
      modelVersion,
      responseId,
    })
  if (fault.fault === 'empty-stop')
    return (chunk) => ({
      ...chunk,
      candidates: [{ content: { role: 'model' }, finishReason: 'STOP', index: 0 }],
      usageMetadata: promptOnly(chunk.usageMetadata),
    })
  if (fault.fault !== 'finish') return undefined
  const { reason, message, content = false } = fault
  return (chunk) => ({
    ...chunk,
    candidates: objectsOf(chunk.candidates).map(({ content: said, index }) => ({
      content: content ? said : {},
      finishReason: reason,
      ...(message !== undefined && { finishMessage: message }),
      index,
    })),
    ...(!content && { usageMetadata: promptOnly(chunk.usageMetadata) }),
  })
}

const promptOnly = (usage: unknown): Json => {
  const { promptTokenCount, promptTokensDetails } = objectOf(usage)
  return { promptTokenCount, totalTokenCount: promptTokenCount, promptTokensDetails }
}

const firstBytes = (pieces: readonly Piece[], most: number): Piece[] => {
  let left = most
  return pieces.flatMap((piece) => {
    const bytes = piece.bytes.subarray(0, left)
    left -= bytes.length
    return bytes.length > 0 ? [{ ...piece, bytes }] : []
  })
}

const sliced = (pieces: readonly Piece[], length: number): Piece[] => {
  const all = Buffer.concat(pieces.map(({ bytes }) => bytes))
  const slices: Piece[] = []
  for (let at = 0; at < all.length; at += length) slices.push({ bytes: all.subarray(at, at + length), event: false })
  return slices
}

const reframed = (pieces: readonly Piece[], fault: Extract<Fault, { fault: 'framing' }>): Piece[] => {
  const { lineEnd = '\r\n', bom = false, comments = false, multiLine = false } = fault
  return pieces.map(({ bytes, event }, index) => {
    const data = bytes
      .toString()
      .replace(/^data: /, '')
      .trimEnd()
    // A line break may stand between any two tokens of JSON; `": ` is between a name and its value, outside strings or escaped.
    const lines = multiLine ? data.replace(/^\{("[a-zA-Z]+": )/, '{\n$1').split('\n') : [data]
    const head = (bom && index === 0 ? '\ufeff' : '') + (comments ? `: keep-alive${lineEnd}${lineEnd}:${lineEnd}` : '')
    return pieceOf(`${head}${lines.map((line) => `data: ${line}${lineEnd}`).join('')}${lineEnd}`, event)
  })
}
