// https://ai.google.dev/api/caching#Content
import { choice, list, type Message, map, message } from './shape.ts'

const TOOL_TYPE = choice(
  'ToolType',
  'TOOL_TYPE_UNSPECIFIED',
  'GOOGLE_SEARCH_WEB',
  'GOOGLE_SEARCH_IMAGE',
  'URL_CONTEXT',
  'GOOGLE_MAPS',
  'FILE_SEARCH',
  'MEDIA_PROCESSING',
)

export const CONTENT: Record<string, Message> = {
  Content: { parts: list(message('Part')), role: 'string' },
  Part: {
    text: 'string',
    inlineData: message('Blob'),
    functionCall: message('FunctionCall'),
    functionResponse: message('FunctionResponse'),
    fileData: message('FileData'),
    executableCode: message('ExecutableCode'),
    codeExecutionResult: message('CodeExecutionResult'),
    toolCall: message('ToolCall'),
    toolResponse: message('ToolResponse'),
    thought: 'bool',
    thoughtSignature: 'bytes',
    partMetadata: 'struct',
    mediaResolution: message('MediaResolution'),
    mediaProcessing: choice('Part.MediaProcessing', 'MEDIA_PROCESSING_UNSPECIFIED', 'STATIC', 'AGENTIC'),
    videoMetadata: message('VideoMetadata'),
    audioTranscription: message('AudioTranscription'),
    speechMetadata: message('SpeechMetadata'),
  },
  Blob: { mimeType: 'string', data: 'bytes', displayName: 'string' },
  FileData: { mimeType: 'string', fileUri: 'string', displayName: 'string' },
  FunctionCall: { id: 'string', name: 'string', args: 'struct' },
  FunctionResponse: {
    id: 'string',
    name: 'string',
    response: 'struct',
    parts: list(message('FunctionResponsePart')),
    willContinue: 'bool',
    scheduling: choice('FunctionResponse.Scheduling', 'SCHEDULING_UNSPECIFIED', 'SILENT', 'WHEN_IDLE', 'INTERRUPT'),
  },
  FunctionResponsePart: { inlineData: message('FunctionResponseBlob'), fileData: message('FileData') },
  FunctionResponseBlob: { mimeType: 'string', data: 'bytes' },
  ExecutableCode: {
    id: 'string',
    language: choice('ExecutableCode.Language', 'LANGUAGE_UNSPECIFIED', 'PYTHON'),
    code: 'string',
  },
  CodeExecutionResult: {
    id: 'string',
    outcome: choice(
      'CodeExecutionResult.Outcome',
      'OUTCOME_UNSPECIFIED',
      'OUTCOME_OK',
      'OUTCOME_FAILED',
      'OUTCOME_DEADLINE_EXCEEDED',
    ),
    output: 'string',
  },
  ToolCall: { id: 'string', toolType: TOOL_TYPE, toolName: 'string', args: 'struct' },
  ToolResponse: { id: 'string', toolType: TOOL_TYPE, response: 'struct' },
  MediaResolution: {
    level: choice(
      'MediaResolution.Level',
      'MEDIA_RESOLUTION_UNSPECIFIED',
      'MEDIA_RESOLUTION_LOW',
      'MEDIA_RESOLUTION_MEDIUM',
      'MEDIA_RESOLUTION_HIGH',
      'MEDIA_RESOLUTION_ULTRA_HIGH',
    ),
  },
  VideoMetadata: { startOffset: 'duration', endOffset: 'duration', fps: 'double' },
  AudioTranscription: { speakerLabel: 'string', text: 'string', words: list(message('WordInfo')) },
  WordInfo: { word: 'string', startOffset: 'duration', endOffset: 'duration' },
  SpeechMetadata: { speaker: 'string', style: 'string' },
}

export const CACHES: Record<string, Message> = {
  CachedContent: {
    name: 'string',
    displayName: 'string',
    model: 'string',
    systemInstruction: message('Content'),
    contents: list(message('Content')),
    tools: list(message('Tool')),
    toolConfig: message('ToolConfig'),
    createTime: 'timestamp',
    updateTime: 'timestamp',
    expireTime: 'timestamp',
    ttl: 'duration',
    usageMetadata: message('CachedContentUsageMetadata'),
  },
  CachedContentUsageMetadata: { totalTokenCount: 'int32' },
}

export const LABELS = map('string')
