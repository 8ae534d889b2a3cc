// The part of OpenAI's Responses API that Triglot writes.
// https://platform.openai.com/docs/api-reference/responses/object
import type { Json } from '../../gemini/wire.ts'

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export type OutputItem =
  | ReasoningItem
  | MessageItem
  | CallItem
  | WebSearchCallItem
  | CodeInterpreterCallItem
  | ImageGenerationCallItem
  | CompactionItem

/** What the client is to run. */
export type CallItem =
  | FunctionCallItem
  | CustomToolCallItem
  | LocalShellCallItem
  | ShellCallItem
  | ApplyPatchCallItem
  | ToolSearchCallItem

/** A summary that stands for everything before it. */
export interface CompactionItem {
  id: string
  type: 'compaction'
  encrypted_content: string
}

export interface ReasoningItem {
  id: string
  type: 'reasoning'
  summary: { type: 'summary_text'; text: string }[]
  encrypted_content?: string
}

export interface MessageItem {
  id: string
  type: 'message'
  status: ItemStatus
  role: 'assistant'
  content: OutputText[]
}

export interface OutputText {
  type: 'output_text'
  text: string
  annotations: UrlCitation[]
  logprobs: TokenLogprobs[]
}

/** Positions count UTF-16 code units of the text. */
export interface UrlCitation {
  type: 'url_citation'
  start_index: number
  end_index: number
  url: string
  title: string
}

export interface Logprob {
  token: string
  logprob: number
  bytes: number[]
}

export interface TokenLogprobs extends Logprob {
  top_logprobs: Logprob[]
}

export interface FunctionCallItem {
  id: string
  type: 'function_call'
  status: ItemStatus
  call_id: string
  namespace?: string
  name: string
  /** JSON. */
  arguments: string
}

export interface CustomToolCallItem {
  id: string
  type: 'custom_tool_call'
  status: ItemStatus
  call_id: string
  namespace?: string
  name: string
  input: string
}

export interface LocalShellCallItem {
  id: string
  type: 'local_shell_call'
  status: ItemStatus
  call_id: string
  action: {
    type: 'exec'
    command: string[]
    env: Record<string, string>
    timeout_ms?: number
    user?: string
    working_directory?: string
  }
}

export interface ShellCallItem {
  id: string
  type: 'shell_call'
  status: ItemStatus
  call_id: string
  action: { commands: string[]; timeout_ms: number | null; max_output_length: number | null }
  environment: null
}

export interface ApplyPatchCallItem {
  id: string
  type: 'apply_patch_call'
  status: Exclude<ItemStatus, 'incomplete'>
  call_id: string
  operation: { type: 'create_file' | 'update_file'; path: string; diff: string } | { type: 'delete_file'; path: string }
}

export interface ToolSearchCallItem {
  id: string
  type: 'tool_search_call'
  status: ItemStatus
  call_id: string
  execution: 'client'
  arguments: Json
}

export interface WebSearchCallItem {
  id: string
  type: 'web_search_call'
  status: Exclude<ItemStatus, 'incomplete'>
  action:
    | { type: 'search'; query: string; queries: string[]; sources?: { type: 'url'; url: string }[] }
    | { type: 'open_page'; url: string }
}

export interface CodeInterpreterCallItem {
  id: string
  type: 'code_interpreter_call'
  status: ItemStatus
  container_id: string
  code: string
  outputs: { type: 'logs'; logs: string }[]
}

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'svg'

export interface ImageGenerationCallItem {
  id: string
  type: 'image_generation_call'
  status: Exclude<ItemStatus, 'incomplete'>
  output_format?: ImageFormat
  /** Base64. */
  result: string | null
}

export interface Response {
  id: string
  object: 'response'
  created_at: number
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  background: boolean
  completed_at: number | null
  /** Only of a response that belongs to one; null if it could not be added to it. */
  conversation?: { id: string } | null
  error: { code: string; message: string } | null
  frequency_penalty: number
  incomplete_details: { reason: 'max_output_tokens' | 'content_filter' } | null
  instructions: string | null
  max_output_tokens: number | null
  max_tool_calls: number | null
  metadata: Json
  model: string
  output: OutputItem[]
  parallel_tool_calls: boolean
  presence_penalty: number
  previous_response_id: string | null
  prompt_cache_key: string | null
  reasoning: { effort: string | null; summary: string | null }
  safety_identifier: string | null
  service_tier: string
  store: boolean
  temperature: number
  text: Json
  tool_choice: unknown
  tools: Json[]
  top_logprobs: number
  top_p: number
  truncation: string
  usage: ResponseUsage | null
  user: string | null
}

export interface ResponseUsage {
  input_tokens: number
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number }
  output_tokens: number
  output_tokens_details: { reasoning_tokens: number }
  total_tokens: number
}
