// What Triglot writes of Anthropic's Messages API; what it reads is the schemas of request, content and tools.
// https://platform.claude.com/docs/en/api/messages

export interface Message {
  id: string
  type: 'message'
  role: 'assistant'
  model: string
  content: ContentBlock[]
  stop_reason: StopReason | null
  /** Gemini does not tell which of the sequences it met. */
  stop_sequence: null
  stop_details: StopDetails | null
  container: null
  diagnostics: null
  usage: Usage
}

/** What a message and the end of its stream say besides under `?beta=true`. */
export interface BetaFields {
  context_management: null
}

/** What usage says besides under `?beta=true`. */
export interface BetaUsageFields {
  iterations: null
}

export type StopReason = 'end_turn' | 'tool_use' | 'max_tokens' | 'refusal'

export interface StopDetails {
  type: 'refusal'
  category: null
  explanation: string
}

export type ContentBlock =
  | TextBlock
  | ThinkingBlock
  | ToolUseBlock
  | ServerToolUseBlock
  | WebSearchToolResultBlock
  | WebFetchToolResultBlock
  | CodeExecutionToolResultBlock

export interface TextBlock {
  type: 'text'
  text: string
  citations: WebSearchCitation[] | null
}

export interface WebSearchCitation {
  type: 'web_search_result_location'
  url: string
  title: string
  cited_text: string
  encrypted_index: string
}

export interface ThinkingBlock {
  type: 'thinking'
  thinking: string
  signature: string
}

export interface ToolUseBlock {
  type: 'tool_use'
  id: string
  name: string
  input: unknown
  caller: DirectCaller
}

export interface DirectCaller {
  type: 'direct'
}

/** `id` begins with `srvtoolu_`; so does the `tool_use_id` of its result. */
export interface ServerToolUseBlock {
  type: 'server_tool_use'
  id: string
  name: 'web_search' | 'web_fetch' | 'code_execution'
  input: Record<string, unknown>
  caller: DirectCaller
}

export interface WebSearchToolResultBlock {
  type: 'web_search_tool_result'
  tool_use_id: string
  content: WebSearchResult[]
  caller: DirectCaller
}

export interface WebSearchResult {
  type: 'web_search_result'
  url: string
  title: string
  encrypted_content: string
  page_age: null
}

export interface WebFetchToolResultBlock {
  type: 'web_fetch_tool_result'
  tool_use_id: string
  content: WebFetchResult | { type: 'web_fetch_tool_result_error'; error_code: WebFetchError }
  caller: DirectCaller
}

/** Gemini keeps what it read to itself, so that the document is empty. */
export interface WebFetchResult {
  type: 'web_fetch_result'
  url: string
  retrieved_at: string
  content: {
    type: 'document'
    source: { type: 'text'; media_type: 'text/plain'; data: '' }
    title: null
    /** Not null, which the AI SDK refuses. */
    citations: { enabled: false }
  }
}

export type WebFetchError = 'url_not_allowed' | 'url_not_accessible'

export interface CodeExecutionToolResultBlock {
  type: 'code_execution_tool_result'
  tool_use_id: string
  content: { type: 'code_execution_result'; stdout: string; stderr: string; return_code: number; content: [] }
}

/** What a stream says of usage at its end; the totals of the whole message. */
export interface DeltaUsage {
  /** Without the tokens read from a cache. */
  input_tokens: number
  cache_read_input_tokens: number
  cache_creation_input_tokens: number
  output_tokens: number
  output_tokens_details: { thinking_tokens: number }
  server_tool_use: { web_search_requests: number; web_fetch_requests: number } | null
}

export interface Usage extends DeltaUsage {
  cache_creation: null
  inference_geo: null
  service_tier: null
  speed: null
}

export interface ErrorObject {
  type: ErrorType
  message: string
  details?: { error_code: string }
}

export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'overloaded_error'
  | 'timeout_error'
  | 'api_error'
