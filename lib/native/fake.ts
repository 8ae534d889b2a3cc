import { Readable } from 'node:stream'
import type { Opened } from '../gemini/upstream/client.ts'
import { errorBody } from './errors.ts'
import type { TapReader } from './tap.ts'

/** Of the two forms that Gemini streams in: events, or one JSON array. */
export const streamHeaders = (events: boolean): Record<string, string> => ({
  'content-type': events ? 'text/event-stream' : 'application/json; charset=UTF-8',
})

/** A whole answer as a stream of one response, in Gemini's own bytes. */
export const streamOfWhole = ({ reader, flow }: Opened<TapReader>, events: boolean): Readable => {
  const pieces: Buffer[] = []
  const body = new Readable({ read: () => undefined })
  reader.listen((bytes) => void pieces.push(bytes))
  flow.start(
    () => {},
    (error) => {
      if (body.destroyed) return
      const json = Buffer.concat(pieces).toString()
      body.push(error ? JSON.stringify(errorBody(error)) : events ? eventOf(json) : `[${json}]`)
      body.push(null)
    },
  )
  return body
}

/** An event's data is one line; between strings, where alone JSON can have line ends, they mean nothing. */
const eventOf = (json: string): string => `data: ${json.replace(/\r?\n\s*/g, '')}\r\n\r\n`
