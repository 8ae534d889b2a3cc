import type { Readable } from 'node:stream'
import type { GatewayError } from '../../errors.ts'
import { readError } from '../errors.ts'

const MOST_BYTES = 64 * 1024
/** Milliseconds in which an error must have been said. */
const PATIENCE = 5_000

/** What a reply with an error status means. Never fails: without a body the status says enough. */
export const readRefusal = async (status: number, body: Readable): Promise<GatewayError> => {
  const pieces: Buffer[] = []
  let length = 0
  const slow = setTimeout(() => body.destroy(), PATIENCE)
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      pieces.push(piece)
      length += piece.length
      if (length > MOST_BYTES) break
    }
  } catch {
    // What came before the connection broke is all that will come.
  } finally {
    clearTimeout(slow)
  }
  return readError(status, Buffer.concat(pieces).toString())
}
