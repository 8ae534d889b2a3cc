import type { IncomingMessage } from 'node:http'
import type { Client, GeminiKey } from '../../keys/source.ts'
import type { Flow } from '../flow.ts'
import type { Named } from '../resource-names.ts'
import type { Remediable } from './tries.ts'

/** A call to Google, before a key is chosen. */
export interface UpstreamCall {
  method: string
  /** With version and query: `/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse`. */
  path: string
  headers: Readonly<Record<string, string>>
  body: string | Buffer | undefined
  /** The body, where it depends on the project that gets it. */
  bodyFor?(project: string): string | Buffer
  /** Quotas belong to a model; empty where none is involved. */
  model: string
  streamed: boolean
  /** Calls that share it prefer the same project. */
  affinity: string
  /** What the call names: only the project that owns it will do, and only for the client that it belongs to. */
  names?: readonly Named[]
  /** The only project that will do. */
  project?: string | undefined
  /** The tag of the project that served the conversation's last turn, if the call tells. */
  lately?: string | undefined
  /** Another body for the one more try after Gemini found fault with signatures or a schema, and what would remedy that. */
  remedy?(fault: 'signature' | 'schema'): Remediable
}

/** Whose call it is, for the books and for the time that is left. */
export interface Caller {
  requestId: string
  client: Client
  protocol: string
  /** The model as the client wrote it. */
  asked: string
  receivedAt: number
  deadline: number
  after(work: Promise<unknown>): void
}

export interface Opened<Reader> {
  reader: Reader
  flow: Flow
  /** Of the reply that committed. */
  status: number
  headers: IncomingMessage['headers']
  key: GeminiKey
}

/** What the reader of one try is told. */
export interface Attempt {
  /** Of the project that is tried, for the ids of calls. */
  tag: string
  /** An answer of nothing at all is worth another try. When a try before this one brought just that, it is the answer. */
  emptyIsFault: boolean
}

export type NewReader<Reader> = (attempt: Attempt) => Reader
