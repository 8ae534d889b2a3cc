// The part of Google's v1beta types that Triglot reads and writes.
// https://ai.google.dev/api/generate-content and https://ai.google.dev/api/caching

/** A JSON object, before anyone knows its shape. */
export type Json = Record<string, unknown>

// ---- Requests ----

export interface GenerateContentRequest {
  contents: Content[]
  systemInstruction?: { parts: Part[] }
  tools?: Tool[]
  toolConfig?: ToolConfig
  safetySettings?: SafetySetting[]
  generationConfig?: GenerationConfig
  cachedContent?: string
  serviceTier?: 'standard' | 'flex' | 'priority'
}

export interface Content {
  role?: 'user' | 'model'
  parts: Part[]
}

/** Exactly one data field, and what may stand beside it. */
export interface Part {
  text?: string
  inlineData?: Blob
  fileData?: FileData
  functionCall?: FunctionCall
  functionResponse?: FunctionResponse
  executableCode?: ExecutableCode
  codeExecutionResult?: CodeExecutionResult
  toolCall?: ToolCall
  toolResponse?: Json

  thought?: boolean
  /** Base64. */
  thoughtSignature?: string
  mediaResolution?: { level: MediaResolution }
  videoMetadata?: Json
}

export interface Blob {
  mimeType: string
  /** Base64. */
  data: string
}

export interface FileData {
  mimeType?: string
  fileUri: string
}

export interface FunctionCall {
  id?: string
  name: string
  args?: Json
}

export interface FunctionResponse {
  id?: string
  name: string
  response: Json
  parts?: { inlineData: Blob }[]
}

export interface ExecutableCode {
  id?: string
  language?: string
  code: string
}

export interface CodeExecutionResult {
  id?: string
  outcome?: string
  output?: string
}

/** What Gemini ran by itself; only told where functions stand beside. */
export interface ToolCall {
  id?: string
  toolType?: string
  args?: Json
}

export type MediaResolution = 'MEDIA_RESOLUTION_LOW' | 'MEDIA_RESOLUTION_MEDIUM' | 'MEDIA_RESOLUTION_HIGH'

export interface Tool {
  functionDeclarations?: FunctionDeclaration[]
  googleSearch?: Json
  codeExecution?: Json
  urlContext?: Json
  computerUse?: Json
  fileSearch?: Json
}

export interface FunctionDeclaration {
  name: string
  description?: string
  /** OpenAPI subset; never together with `parametersJsonSchema`. */
  parameters?: Json
  parametersJsonSchema?: unknown
}

export interface ToolConfig {
  functionCallingConfig?: {
    mode: 'AUTO' | 'ANY' | 'NONE' | 'VALIDATED'
    allowedFunctionNames?: string[]
  }
  retrievalConfig?: Json
  includeServerSideToolInvocations?: boolean
}

export interface SafetySetting {
  category: string
  threshold: string
}

export interface GenerationConfig {
  temperature?: number
  topP?: number
  topK?: number
  maxOutputTokens?: number
  stopSequences?: string[]
  candidateCount?: number
  seed?: number
  presencePenalty?: number
  frequencyPenalty?: number
  responseLogprobs?: boolean
  logprobs?: number
  responseMimeType?: string
  responseSchema?: Json
  responseJsonSchema?: unknown
  responseModalities?: ('TEXT' | 'IMAGE' | 'AUDIO')[]
  mediaResolution?: MediaResolution
  speechConfig?: Json
  imageConfig?: { aspectRatio?: string; imageSize?: string }
  thinkingConfig?: ThinkingConfig
}

export type ThinkingLevel = 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH'

export interface ThinkingConfig {
  includeThoughts?: boolean
  thinkingBudget?: number
  thinkingLevel?: ThinkingLevel
}

// ---- Replies ----

export interface GenerateContentResponse {
  candidates?: Candidate[]
  promptFeedback?: { blockReason?: string; blockReasonMessage?: string; safetyRatings?: Json[] }
  usageMetadata?: UsageMetadata
  modelVersion?: string
  responseId?: string
}

export interface Candidate {
  index?: number
  content?: { role?: string; parts?: Partial<Part>[] }
  finishReason?: string
  finishMessage?: string
  groundingMetadata?: GroundingMetadata
  urlContextMetadata?: UrlContextMetadata
  citationMetadata?: Json
  logprobsResult?: LogprobsResult
}

export interface UrlContextMetadata {
  urlMetadata?: { retrievedUrl?: string; urlRetrievalStatus?: string }[]
}

export interface GroundingMetadata {
  webSearchQueries?: string[]
  searchEntryPoint?: { renderedContent?: string }
  groundingChunks?: GroundingChunk[]
  groundingSupports?: GroundingSupport[]
}

export interface GroundingChunk {
  web?: { uri?: string; title?: string; domain?: string }
  retrievedContext?: { uri?: string; title?: string; text?: string }
  maps?: { uri?: string; title?: string; text?: string; placeId?: string }
}

/** Offsets count UTF-8 bytes of the part that `partIndex` names. */
export interface GroundingSupport {
  segment?: { partIndex?: number; startIndex?: number; endIndex?: number; text?: string }
  groundingChunkIndices?: number[]
  confidenceScores?: number[]
}

export interface LogprobsResult {
  topCandidates?: { candidates?: TokenLogprob[] }[]
  chosenCandidates?: TokenLogprob[]
}

export interface TokenLogprob {
  token?: string
  tokenId?: number
  logProbability?: number
}

export interface UsageMetadata {
  promptTokenCount?: number
  candidatesTokenCount?: number
  thoughtsTokenCount?: number
  toolUsePromptTokenCount?: number
  cachedContentTokenCount?: number
  totalTokenCount?: number
  promptTokensDetails?: ModalityTokenCount[]
  candidatesTokensDetails?: ModalityTokenCount[]
  cacheTokensDetails?: ModalityTokenCount[]
  toolUsePromptTokensDetails?: ModalityTokenCount[]
  serviceTier?: string
}

export interface ModalityTokenCount {
  modality?: string
  tokenCount?: number
}

/** Google's error body; some endpoints wrap it in a one-element array. */
export interface ErrorBody {
  error: { code?: number | string; message?: string; status?: string; details?: Json[] }
}
