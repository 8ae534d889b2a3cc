import type { Outcome } from './finish.ts'
import type { LogprobsResult, UsageMetadata } from './wire.ts'

/** One thing the model produced. */
export type Block =
  | { kind: 'text' }
  | { kind: 'thought' }
  | { kind: 'call'; id: string; name: string }
  | { kind: 'media'; mimeType: string }
  | { kind: 'code'; language: string }
  | { kind: 'codeResult'; ok: boolean }
  | { kind: 'search'; queries: readonly string[]; sources: readonly Source[] }
  | { kind: 'fetch'; pages: readonly Page[] }

export interface Source {
  uri: string
  title: string
}

/** A page that the model wanted to read; what it read there is not told. */
export interface Page {
  uri: string
  outcome: 'read' | 'unsafe' | 'failed'
}

/** A stretch of a text block that a source supports, in UTF-16 code units of the block's text. */
export interface Citation {
  start: number
  end: number
  source: Source
}

/** What is known of a block only when it ends. */
export interface BlockEnd {
  /** Base64; sent back with the block, it lets the model go on from its own thoughts. */
  signature?: string
  citations?: readonly Citation[]
  logprobs?: LogprobsResult
}

/**
 * What happens in a turn, in the model's order. Blocks of a candidate never overlap; `index` counts them from 0.
 * A delta gives its text as the inside of a JSON string, still escaped: writers paste it between constant parts of a frame.
 * A block's text is prose, a call's JSON arguments (one delta, whole), media's base64 (perhaps in many pieces), code, or its
 * output. Blocks of search and fetch have no deltas.
 */
export type TurnEvent =
  | TurnStart
  | { type: 'open'; candidate: number; index: number; block: Block }
  | { type: 'delta'; candidate: number; index: number; block: Block; literal: string }
  | ({ type: 'close'; candidate: number; index: number; block: Block } & BlockEnd)
  | TurnEnd

/** The first event: what the first response says of itself. Its usage knows the prompt, hardly the answer. */
export interface TurnStart {
  type: 'start'
  responseId: string
  modelVersion: string
  usage: UsageMetadata
}

/** The last event, once for all candidates. */
export interface TurnEnd {
  type: 'end'
  /** By candidate. At least one. */
  outcomes: readonly Outcome[]
  /** Google's own word for each, for those who ask. */
  reasons: readonly string[]
  /** Set when the prompt was refused before the model saw it. */
  blocked?: string
  responseId: string
  modelVersion: string
  usage: UsageMetadata
}

export type FinishedBlock = Block & BlockEnd & { text: string }

/** A turn that is over, as `reply` takes it. */
export interface Turn extends Omit<TurnEnd, 'type'> {
  /** By candidate. */
  blocks: FinishedBlock[][]
}
