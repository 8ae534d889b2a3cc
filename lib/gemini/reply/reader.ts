import { GatewayError } from '../../errors.ts'
import { emptyAnswer, errorBodyOf, errorOf, unreadable } from '../errors.ts'
import { type Flow, type Made, NOTHING_MADE, type ReplyReader } from '../flow.ts'
import type { TurnEnd, TurnEvent } from '../turn.ts'
import type { ErrorBody, GenerateContentResponse } from '../wire.ts'
import { type DecoderOptions, turnDecoder } from './decoder.ts'
import { splitEvents } from './events.ts'
import { fastText } from './fast-text.ts'

/** Reads a reply as a turn. Events wait inside until someone listens, so that a try that fails leaves no trace. */
export interface TurnReader extends ReplyReader {
  listen(listener: (event: TurnEvent) => void): void
}

/** A turn on its way: what it says, and the flow that brings it. */
export interface Answer {
  reader: Pick<TurnReader, 'listen'>
  flow: Flow
}

interface ReaderOptions extends Omit<DecoderOptions, 'emit'> {
  /** Takes an answer of nothing at all for a fault: another try mostly brings more. */
  emptyIsFault?: boolean
}

/** For `streamGenerateContent?alt=sse`: commits at the first block, or at the end of a turn without any. */
export const streamReader = (options: ReaderOptions): TurnReader => {
  const { reader, decoder } = turnState(options)
  const fast = fastText()
  const splitter = splitEvents((bytes, start, end) => {
    const literal = fast.read(bytes, start, end)
    if (literal !== undefined && decoder.pushText(literal)) return
    const response = parse(bytes.toString('utf8', start, end))
    decoder.push(response)
    fast.learn(response, bytes, start, end)
  })
  return {
    ...reader,
    get committed() {
      return reader.committed
    },
    get summary() {
      return reader.summary
    },
    push: (bytes) => splitter.push(bytes),
    end() {
      // Gemini breaks a stream off with a bare JSON object, no event: vertexai/streaming-failure-error-mid-stream.txt
      const strays = splitter.end()
      if (strays !== '') throw strayError(strays)
      decoder.end()
    },
  }
}

/** For `generateContent`: one JSON object, which commits when it is whole. */
export const wholeReader = (options: ReaderOptions): TurnReader => {
  const { reader, decoder } = turnState(options)
  const pieces: Buffer[] = []
  return {
    ...reader,
    get committed() {
      return false
    },
    get summary() {
      return reader.summary
    },
    push: (bytes) => void pieces.push(bytes),
    end() {
      decoder.push(parse(Buffer.concat(pieces).toString()))
      decoder.end()
    },
  }
}

const turnState = (options: ReaderOptions) => {
  const held: TurnEvent[] = []
  let listener: ((event: TurnEvent) => void) | undefined
  let committed = false
  let made = NOTHING_MADE

  const decoder = turnDecoder({
    ...options,
    emit(event) {
      if (options.emptyIsFault && !committed && event.type === 'end' && isEmpty(event)) throw emptyAnswer()
      committed ||= event.type !== 'start'
      made = add(made, event)
      if (listener) listener(event)
      else held.push(event)
    },
  })
  return {
    decoder,
    reader: {
      get committed() {
        return committed
      },
      get summary() {
        return { ...decoder.told(), made }
      },
      listen(next: (event: TurnEvent) => void) {
        listener = next
        for (const event of held.splice(0)) next(event)
      },
    },
  }
}

/** What a turn made beside text. Sound is told by its length: 16-bit samples of one channel, as base64. */
const add = (made: Made, event: TurnEvent): Made => {
  if (event.type !== 'delta' && event.type !== 'open') return made
  const { block } = event
  if (event.type === 'open' && block.kind === 'search') {
    return { ...made, searches: made.searches + block.queries.length }
  }
  if (block.kind !== 'media') return made
  if (event.type === 'open') {
    return block.mimeType.startsWith('image/') ? { ...made, images: made.images + 1 } : made
  }
  const rate = Number(/^audio\/L16.*rate=(\d+)/.exec(block.mimeType)?.[1] ?? 0)
  return rate > 0 ? { ...made, seconds: made.seconds + (event.literal.length * 3) / 4 / 2 / rate } : made
}

/** One event's JSON. Gemini puts errors into streams that began well. */
const parse = (json: string): GenerateContentResponse => {
  let value: (GenerateContentResponse & Partial<ErrorBody>) | null
  try {
    const parsed = JSON.parse(json) as unknown
    // Some endpoints wrap what they say in an array
    value = (Array.isArray(parsed) ? parsed[0] : parsed) as typeof value
  } catch (cause) {
    throw new GatewayError('upstream', 'The model service sent something unreadable.', { cause })
  }
  if (typeof value !== 'object' || value === null) throw unreadable()
  if (value.error) throw errorOf(value.error)
  return value
}

const strayError = (strays: string): GatewayError => {
  const body = errorBodyOf(strays)
  return body ? errorOf(body) : unreadable()
}

/** The model stopped of its own will, without a word. */
const isEmpty = ({ outcomes, blocked }: TurnEnd): boolean =>
  blocked === undefined && outcomes.every((outcome) => outcome === 'stop')
