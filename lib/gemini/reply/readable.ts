import type { GatewayError } from '../../errors.ts'
import { ReplyBody } from '../../reply-body.ts'
import type { Flow } from '../flow.ts'

/** Hands on a reply's bytes as they come; those that came before wait inside. */
export interface BytesSource {
  listen(listener: (bytes: Buffer) => void): void
}

/** Milliseconds. Google's SDKs know an error by a read that holds nothing else: sent at once, it may come with what was before. */
const APART = 20

/** A reply's bytes as a body: one that breaks off ends with `lastWords`, or just ends. `read` is what was taken of it already. */
export const readableOf = (
  { reader, flow }: { reader: BytesSource; flow: Flow },
  lastWords: (error: GatewayError) => string = () => '',
  read: readonly Buffer[] = [],
): ReplyBody => {
  const body = new ReplyBody({
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
        if (!error) body.finish()
        else setTimeout(() => body.breakOff(lastWords(error)), APART)
      },
    )
  })
  return body
}
