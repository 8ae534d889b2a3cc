import type { Content, GenerateContentRequest } from './wire.ts'

/** A client's request in Gemini's terms, before a key is chosen. */
export interface GeminiCall {
  /** Gemini's name, without `models/`. */
  model: string
  request: GenerateContentRequest
  stream: boolean
  /** How many answers are wanted, where that is more than the model gives a call. */
  copies?: number | undefined
  /** Contents that are answered beside those of the request, each as often. Needs `copies`. */
  others?: readonly Content[][]
  /** The client's own names of the functions it declared, for the way back. */
  functions: readonly string[]
  affinity: Affinity
}

/** What ties a request to the project that served the turns before it, whose prompt cache and signatures it can use. */
export interface Affinity {
  /** The key of an earlier turn of the same conversation: its project goes on serving it, whatever else is said. */
  inherited?: string | undefined
  /** The id of one session. Replaces everything else. */
  session?: string | undefined
  /** `prompt_cache_key`, `user`, `metadata.user_id`: mixed into the hash of the conversation. */
  hints: readonly string[]
}
