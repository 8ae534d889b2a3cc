import type { IncomingMessage } from 'node:http'
import type { GatewayError } from '../errors.ts'
import { readError } from './errors.ts'

const MOST_BYTES = 64 * 1024

/** What a reply with an error status means. Never fails: without a body the status says enough. */
export const readRefusal = async (response: IncomingMessage): Promise<GatewayError> => {
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece)
      length += piece.length
      if (length > MOST_BYTES) break
    }
  } catch {
    // What came before the connection broke is all that will come.
  }
  return readError(response.statusCode ?? 0, Buffer.concat(pieces).toString())
}
