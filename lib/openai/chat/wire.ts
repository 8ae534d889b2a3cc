// What Triglot writes of OpenAI's Chat Completions API; what it reads is the schema in body.ts.
// https://platform.openai.com/docs/api-reference/chat/object
// Beyond it, as other vendors write them and clients read them: reasoning_content (DeepSeek), images (OpenRouter),
// extra_content (https://ai.google.dev/gemini-api/docs/openai).
import type { TokenLogprob } from '../logprobs.ts'

export interface Completion {
  id: string
  object: 'chat.completion'
  created: number
  model: string
  choices: Choice[]
  usage: CompletionUsage
  service_tier?: ServiceTier
}

export interface Choice {
  index: number
  message: Message
  logprobs: Logprobs | null
  finish_reason: FinishReason
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call'

export type ServiceTier = 'default' | 'flex' | 'priority'

export interface Message {
  role: 'assistant'
  content: string | null
  refusal: string | null
  reasoning_content?: string
  tool_calls?: ToolCall[]
  function_call?: { name: string; arguments: string }
  images?: Image[]
  audio?: Audio
  annotations?: Annotation[]
  extra_content?: ExtraContent
}

export type ToolCall = FunctionToolCall | CustomToolCall

interface FunctionToolCall {
  id: string
  type: 'function'
  /** `arguments` is JSON. */
  function: { name: string; arguments: string }
  extra_content?: ExtraContent
}

interface CustomToolCall {
  id: string
  type: 'custom'
  custom: { name: string; input: string }
  extra_content?: ExtraContent
}

export interface ExtraContent {
  google: { thought_signature: string }
}

export interface Image {
  type: 'image_url'
  image_url: { url: string }
  index: number
}

export interface Audio {
  id: string
  /** Base64. */
  data: string
  expires_at: number
  transcript: string
}

/** Positions count UTF-16 code units of the message's content. */
export interface Annotation {
  type: 'url_citation'
  url_citation: { start_index: number; end_index: number; url: string; title: string }
}

export interface Logprobs {
  content: TokenLogprob[]
  refusal: null
}

export interface CompletionUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details: { cached_tokens: number; audio_tokens: number }
  completion_tokens_details: { reasoning_tokens: number; audio_tokens: number }
}

/** What a chunk adds to the message. A call comes whole, so that its signature is on its first delta. */
export type Delta = Partial<Omit<Message, 'tool_calls' | 'audio'>> & {
  tool_calls?: (ToolCall & { index: number })[]
  audio?: Partial<Audio>
}
