import type { Opened } from '../gemini/upstream/client.ts'
import { ReplyBody } from '../reply-body.ts'
import { errorBody } from './errors.ts'
import type { TapReader } from './tap.ts'

/** Of the two forms that Gemini streams in: events, or one JSON array. */
export const streamHeaders = (events: boolean): Record<string, string> => ({
  'content-type': events ? 'text/event-stream' : 'application/json; charset=UTF-8',
})

/** A whole answer as a stream of one response, in Gemini's own bytes. */
export const streamOfWhole = ({ reader, flow }: Opened<TapReader>, events: boolean): ReplyBody => {
  const pieces: Buffer[] = []
  const body = new ReplyBody({ read: () => undefined })
  reader.listen((bytes) => void pieces.push(bytes))
  flow.start(
    () => {},
    (error) => {
      const json = Buffer.concat(pieces).toString()
      if (error) body.breakOff(JSON.stringify(errorBody(error)))
      else body.finish(events ? eventOf(json) : `[${json}]`)
    },
  )
  return body
}

/** An event's data is one line; between strings, where alone JSON can have line ends, they mean nothing. */
const eventOf = (json: string): string => `data: ${json.replace(/\r?\n\s*/g, '')}\r\n\r\n`
