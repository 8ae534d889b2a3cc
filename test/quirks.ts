import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asGatewayError, type GatewayError } from '../lib/errors.ts'
import { turnCollector } from '../lib/gemini/reply/collector.ts'
import { streamReader } from '../lib/gemini/reply/reader.ts'
import type { TurnEvent } from '../lib/gemini/turn.ts'
import type { Asked, Stamp } from '../lib/protocol.ts'
import { namesIn } from './golden.ts'
import type { Spoken } from './protocols.ts'

const folder = join(import.meta.dirname, 'upstream')

/** Authored replies of Gemini, each named for what is odd about it. */
export const quirks = namesIn(folder, '.sse')

export const stamp: Stamp = { id: 'abc123', created: 1_780_000_000 }

export interface Decoded {
  events: TurnEvent[]
  error?: GatewayError
}

/** A stream of Gemini's as the turn's events, read in pieces of `size` bytes. */
export const decode = (bytes: Buffer, size = bytes.length): Decoded =>
  decodePieces(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    ),
  )

/** The same, in pieces of any sizes. */
export const decodePieces = (pieces: readonly Buffer[]): Decoded => {
  const events: TurnEvent[] = []
  let calls = 0
  const reader = streamReader({ newCallId: () => `call_${++calls}`, functions: [] })
  reader.listen((event) => events.push(event))
  try {
    for (const piece of pieces) reader.push(piece)
    reader.end()
    return { events }
  } catch (thrown) {
    return { events, error: asGatewayError(thrown) }
  }
}

export const upstream = (quirk: string): Buffer => readFileSync(join(folder, `${quirk}.sse`))

/** The whole stream that a client gets. */
export const streamText = ({ protocol }: Spoken, body: Asked, { events, error }: Decoded): string => {
  const writer = protocol.stream(body, stamp)
  const written = [writer.start(), ...events.map((event) => writer.write(event))]
  return [...written, error ? writer.fail(error) : ''].join('')
}

/** The reply in one piece, or the error instead of it. */
export const replyOf = ({ protocol }: Spoken, body: Asked, { events, error }: Decoded): unknown => {
  if (error) {
    const { status, headers, body: errorBody } = protocol.error(error, 'req_1')
    return { status, headers, body: errorBody }
  }
  const collector = turnCollector()
  for (const event of events) collector.write(event)
  return protocol.reply(collector.turn(), body, stamp)
}
