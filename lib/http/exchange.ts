import type { Readable } from 'node:stream'
import type { ErrorKind } from '../errors.ts'
import type { Client } from '../keys/source.ts'

/** An HTTP request, whichever front door it came through. */
export interface Request {
  /** Ours, unique; every reply and log line repeats it. */
  id: string
  method: string
  /** Decoded by nobody: as sent, without the query, with prefixes such as `/openai` and doubled `/v1` taken off. */
  path: string
  /** Without `?`. */
  query: string
  /** Names in lower case; no prototype. */
  headers: Readonly<Record<string, string | undefined>>
  /** Text stays a string where the runtime delivers one; bytes otherwise. */
  body: string | Buffer
  /**
   * The front door's route to Google's upload, past all functions: a path such as `/api/upload-session`. What follows it is
   * what follows `/upload` at Google. Undefined at a Function URL, which has no such route.
   */
  uploadSession?: string
  /** When it came in, and when the runtime will kill this invocation; milliseconds since 1970. */
  receivedAt: number
  deadline: number
  /** Work that must be over before the invocation ends, but that the client need not wait for. */
  after(work: Promise<unknown>): void
}

/** A request whose client is known. */
export interface AdmittedRequest extends Request {
  client: Client
}

/** What only the way of a request shows, for its line in the log. */
export interface Notes {
  client?: Client
  /** Why it was refused. */
  error?: ErrorKind
}

/** How a request ended, for the same line. */
export interface Ending {
  status: number
  /** When the reply was there, or its stream began; milliseconds since 1970. */
  repliedAt: number
}

/** A stream (`ReplyBody`) never errors: a failure after the status was sent is written into it in the protocol's own form. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: string | Buffer | Readable
}

/** Has a request answered, or sees that it was answered before. */
export type Once = (request: AdmittedRequest, handle: Handler) => Promise<Reply> | Reply

export type Handler<R extends Request = AdmittedRequest> = (request: R) => Promise<Reply> | Reply

/** When a streamed reply must be over, which its protocol's error event says; milliseconds since 1970. */
export const streamDeadline = (
  { receivedAt, deadline }: Pick<Request, 'receivedAt' | 'deadline'>,
  { streamTimeout }: { streamTimeout: number },
): number => Math.min(deadline, receivedAt + streamTimeout * 1000)
