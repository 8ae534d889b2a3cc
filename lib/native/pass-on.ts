import type { GatewayError } from '../errors.ts'
import { readableOf } from '../gemini/reply/readable.ts'
import type { Opened } from '../gemini/upstream/client.ts'
import { ReplyBody } from '../reply-body.ts'
import { errorBody } from './errors.ts'
import type { TapReader } from './tap.ts'

/** Of Google's headers, what a client needs to know. The others are of its connection with us. */
const RETURNED = ['content-disposition', 'content-range', 'accept-ranges', 'etag', 'last-modified'] as const

export const replyHeaders = ({ headers }: Pick<Opened<TapReader>, 'headers'>): Record<string, string> => ({
  'content-type': headers['content-type'] ?? 'application/json; charset=UTF-8',
  ...Object.fromEntries(RETURNED.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
})

/** Google's error object, as a write of its own: its SDKs look for that. */
const lastWords = (error: GatewayError): string => JSON.stringify(errorBody(error))

/** Chunk for chunk as Google sends them, after what was read of it already. */
export const replyBody = (opened: Opened<TapReader>, read: readonly Buffer[] = []): ReplyBody =>
  readableOf(opened, lastWords, read)

/** The same for a file: among its bytes nobody would look for words. */
export const fileBody = (opened: Opened<TapReader>): ReplyBody => readableOf(opened)

/** A whole reply as bytes, up to so many; a larger one as a stream, unread. Rejects where it breaks off. */
export const wholeBody = ({ reader, flow }: Opened<TapReader>, most: number): Promise<Buffer | ReplyBody> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    let stream: ReplyBody | undefined
    reader.listen((bytes) => {
      if (stream) {
        if (!stream.destroyed && !stream.push(bytes)) flow.pause()
        return
      }
      pieces.push(bytes)
      size += bytes.length
      if (size <= most) return
      stream = new ReplyBody({
        read: () => flow.resume(),
        // The client is gone: what still comes is read for the books, and dropped.
        destroy(error, done) {
          flow.resume()
          done(error)
        },
      })
      for (const piece of pieces.splice(0)) stream.push(piece)
      resolve(stream)
    })
    flow.start(
      () => {},
      (error) => {
        if (!stream) {
          if (error) reject(error)
          else resolve(Buffer.concat(pieces))
        } else if (error) stream.breakOff(lastWords(error))
        else stream.finish()
      },
    )
  })
