import type { ErrorReply, GatewayError } from './errors.ts'
import type { GeminiCall } from './gemini/call.ts'
import type { Model } from './gemini/models/model.ts'
import type { Turn, TurnEvent } from './gemini/turn.ts'

export type { ErrorReply } from './errors.ts'

/** The protocols that Triglot speaks, as log records and metrics name them. */
export type ProtocolName =
  | 'chat'
  | 'completions'
  | 'responses'
  | 'messages'
  | 'embeddings'
  | 'images'
  | 'audio'
  | 'files'
  | 'videos'
  | 'gemini'

/** What makes one reply different from the next; given, so that tests can fix it. */
export interface Stamp {
  /** Unique, `[A-Za-z0-9]`, without a protocol's prefix. */
  id: string
  /** Seconds since 1970. */
  created: number
}

/** What every protocol's parsed body says of itself. */
export interface Asked {
  /** As the client wrote it; replies repeat it. */
  model: string
  stream?: boolean | null | undefined
}

/** What is known of a reply only when its turn is over. */
export interface Closing {
  /** Seconds since 1970. */
  completed: number
  /** The turn is kept: later requests can name it. */
  stored: boolean
}

/** Writes a turn as one protocol's stream. Made anew for each reply; every method returns wire text, perhaps empty. */
export interface StreamWriter {
  /** Sent with the status, before anything is known of the turn. */
  start(): string
  /** `closing` comes with the last event. */
  write(event: TurnEvent, closing?: Closing): string
  /** The turn broke off after the status was sent: the protocol's own error event, and its end of stream. */
  fail(error: GatewayError): string
}

export interface Protocol<Body extends Asked> {
  readonly name: ProtocolName
  /** Reads a client's JSON; throws `invalid_request` that names the field. */
  parse(json: unknown): Body
  /** The same request as Gemini takes it. Pure. */
  toGemini(body: Body, model: Model): GeminiCall
  /** The whole reply, of a turn that is complete. Pure. */
  reply(turn: Turn, body: Body, stamp: Stamp, closing?: Closing): unknown
  /** The same reply as a stream. */
  stream(body: Body, stamp: Stamp): StreamWriter
  /** What keeps an idle connection alive. */
  readonly ping: string
  error(error: GatewayError, requestId: string): ErrorReply
  /** False where the client sends signatures back by itself, so that the table need not keep them. */
  forgetsSignatures(body: Body): boolean
}

/** A turn to be kept, and what its reply is made of. */
export interface KeptTurn<Body> {
  body: Body
  stamp: Stamp
  closing: Closing
  turn: Turn
  /** What chose its project, for the turns that follow. */
  affinity: string
}

/** Where a protocol whose requests can name earlier turns keeps them. State is the client's own: others never find it. */
export interface Memory<Body> {
  /** The request together with all that it names; undefined, at once, if it names nothing. Throws for what isn't there. */
  recall(body: Body, client: string): Promise<Body> | undefined
  keeps(body: Body): boolean
  /** False for a turn that is too large to keep. */
  keep(kept: KeptTurn<Body>, client: string): Promise<boolean>
}
