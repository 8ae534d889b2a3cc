import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { tooLarge, unreadable } from '../errors.ts'

/** Bytes that a compressed reply may come to. */
const MOST = 64 * 1024 * 1024

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  br: createBrotliDecompress,
  deflate: createInflate,
}

/** A reply's body without its content-encoding: it breaks off where it is damaged, or larger than anybody could need. */
export const inflated = (response: IncomingMessage): Readable => {
  const encoding = (response.headers['content-encoding'] ?? '').trim().toLowerCase()
  if (encoding === 'identity') return response
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]?.() : undefined
  if (!decoder) {
    response.destroy()
    throw unreadable()
  }
  let bytes = 0
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done: TransformCallback) {
      bytes += piece.length
      if (bytes > MOST) done(tooLarge())
      else done(null, piece)
    },
  })
  // Whatever breaks reaches the reader as the error of the last one.
  return pipeline(response, decoder, counted, () => undefined)
}
