import { Readable } from 'node:stream'
import type { GatewayError } from '../../errors.ts'
import type { Flow } from '../flow.ts'

/** Hands on a reply's bytes as they come; those that came before wait inside. */
export interface BytesSource {
  listen(listener: (bytes: Buffer) => void): void
}

/**
 * A reply's bytes as a stream that never errors, since that would take the whole environment along: one that breaks off ends
 * with `lastWords`, or just ends. `read` is what was taken of it already.
 */
export const readableOf = (
  { reader, flow }: { reader: BytesSource; flow: Flow },
  lastWords: (error: GatewayError) => string = () => '',
  read: readonly Buffer[] = [],
): Readable => {
  const body = new Readable({
    read: () => flow.resume(),
    // The client is gone: what still comes is read for the books, and dropped.
    destroy(error, done) {
      flow.resume()
      done(error)
    },
  })
  for (const bytes of read) body.push(bytes)
  queueMicrotask(() => {
    reader.listen((bytes) => {
      if (!body.destroyed && !body.push(bytes)) flow.pause()
    })
    flow.start(
      () => {},
      (error) => {
        if (body.destroyed) return
        const words = error && lastWords(error)
        if (words) body.push(words)
        body.push(null)
      },
    )
  })
  return body
}
