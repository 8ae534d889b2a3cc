// What a test or `npm start` sees of the simulated Gemini: how to start it, what it logged, how to script it and make it fail.
import type { Json } from './json.ts'
import type { ErrorName } from './refusals.ts'

export interface Options {
  /** 0, the default, takes a free port. */
  port?: number
  /** Default `127.0.0.1`. */
  host?: string
  /** Key → project. A key that is not listed is a project of its own. */
  projects?: Record<string, string>
  /** Key → state. A key that is not listed works, unless it starts with `bad`. */
  keys?: Record<string, KeyState>
  pace?: Partial<Pace>
  /** Milliseconds since the epoch; default the real clock. */
  now?: () => number
  /** Thought signatures hold in any project (default), or only in the one that gave them out. */
  signatures?: 'anywhere' | 'in their project'
  /** How often an uploaded video is looked at before it is ready to be used; default 0. */
  processing?: number
}

/** How fast replies come. All zero by default, so that tests don't wait. */
export interface Pace {
  firstByteMs: number
  chunkMs: number
  /** Characters of text in one streamed chunk. */
  chunkCharacters: number
}

export type KeyState = 'ok' | ErrorName

export interface SimulatedGemini {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly origin: string
  /** Everything that arrived, oldest first; control calls are not logged. */
  readonly requests: Arrival[]
  readonly keys: {
    /** What this key is answered from now on. With a model, only for that model. */
    set: (key: string, state: KeyState, model?: string) => void
    /** The project that a key belongs to. */
    assign: (key: string, project: string) => void
  }
  /** Queues replies: each answers one matching request, in order, then the simulator speaks for itself again. */
  script: (replies: Script | readonly Script[], when?: When) => void
  /** Makes the next `times` (default 1) matching requests fail. Faults of different requests queue up in order. */
  fail: (fault: Fault, when?: When) => void
  pace: (pace: Partial<Pace>) => void
  /** Connections that are open now break as soon as something more is sent on them, as after a long sleep of the client's. */
  hangUp: () => void
  /** Forgets scripts, faults, key states and the log; files, caches and batches stay. */
  reset: () => void
  close: () => Promise<void>
}

/** One request as it arrived. */
export interface Arrival {
  at: number
  method: string
  /** Without the query. */
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  /** The parsed JSON body; of other bodies the bytes. */
  body: unknown
  bytes: number
  /** Undefined without one. */
  key?: string
  project?: string
  /** Which credentials came; the gateway must send exactly one. */
  credentials: ('x-goog-api-key' | 'key' | 'authorization')[]
  model?: string
  /** What was answered; absent while the reply has not begun. */
  status?: number
  /** True when the client went away before the end of the reply. */
  cut?: boolean
}

/** Which requests a script or a fault is for. Every condition that is named must hold. */
export interface When {
  model?: string
  /** What comes after the colon: `generateContent`, `streamGenerateContent`, `countTokens` …; else `GET /v1beta/files`. */
  method?: string
  /** A text that stands anywhere in the contents or the system instruction. */
  text?: string
  key?: string
  project?: string
  stream?: boolean
  /** How often it is used. Default 1; an agent's script always serves. */
  times?: number
}

export type Script =
  | ScriptedTurn
  /** Response objects, sent as they are: one a chunk in a stream, the last one alone otherwise. */
  | { chunks: Json[]; delayMs?: number }
  /** Any status and JSON body. */
  | { status: number; body: unknown; headers?: Record<string, string> }
  /** Bytes as they are; `base64` where they are no text. */
  | { raw: string | Uint8Array; base64?: boolean; status?: number; headers?: Record<string, string> }
  /** Request n of a conversation (n = model turns it holds) gets turn n; past the last the simulator speaks for itself. */
  | { agent: ScriptedTurn[] }
  | ((request: Arrival) => Script | Promise<Script>)

/** A model turn told in short; the simulator makes ids, signatures, chunks and usage. */
export interface ScriptedTurn {
  thought?: string
  text?: string
  calls?: { name: string; args?: Json; id?: string }[]
  /** Further parts, as Google writes them. */
  parts?: Json[]
  finishReason?: string
  finishMessage?: string
}

/** Ways to fail (F1–F18). `after` counts events (chunks) of the reply that still go out whole; default 0. */
export type Fault =
  /** The socket is destroyed, after so many bytes of the body; without a number before the status line. */
  | { fault: 'reset'; bytes?: number }
  /** Clean end of the body without a finish reason. */
  | { fault: 'end'; after?: number }
  /** Clean end inside an event. */
  | { fault: 'cut'; bytes: number }
  /** A bare JSON error after the events, without `data:`. */
  | { fault: 'error-tail'; after?: number; error?: ErrorName | 'cancelled' }
  /** `data: {"error":…}` inside a 200. */
  | { fault: 'error-event'; after?: number; error?: ErrorName | 'cancelled' }
  /** The body is written in pieces of so many bytes, each its own write. */
  | { fault: 'slices'; bytes: number }
  | { fault: 'framing'; lineEnd?: '\n' | '\r' | '\r\n'; bom?: boolean; comments?: boolean; multiLine?: boolean }
  /** Nothing more is sent: before the headers, or after so many events. The socket stays open for `ms` (default: for ever). */
  | { fault: 'silence'; after?: number; ms?: number }
  | { fault: 'drip'; bytesPerSecond: number }
  /** One event that is no JSON; the stream goes on after it. */
  | { fault: 'malformed-event'; after?: number }
  | { fault: 'html'; status?: number }
  | { fault: 'empty-body'; status?: number }
  | { fault: 'content-type'; value: string }
  /** The body comes gzipped; `bomb` sends a 1:1000 one of so many MB instead. */
  | { fault: 'gzip'; bomb?: number }
  | { fault: 'brotli' }
  | { fault: 'redirect'; location: string; status?: number }
  | { fault: 'error'; error: ErrorName }
  /** Ends with this reason instead of STOP; `content` keeps the text. */
  | { fault: 'finish'; reason: string; message?: string; content?: boolean }
  /** The prompt is blocked: no candidates. */
  | { fault: 'blocked'; reason?: string }
  /** STOP without any content. */
  | { fault: 'empty-stop' }
