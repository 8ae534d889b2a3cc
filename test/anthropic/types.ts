import type Anthropic from '@anthropic-ai/sdk'
import type { ContentBlock, DeltaUsage, ErrorType, Message, Usage } from '../../lib/anthropic/wire.ts'

// Compiled, never run: what we write is what the official SDK's types promise its users.
type Fits<Ours extends Sdk, Sdk> = [Ours, Sdk]
export type Checks = [
  Fits<Message['stop_reason'], Anthropic.Message['stop_reason']>,
  Fits<Message['stop_details'], Anthropic.Message['stop_details']>,
  Fits<keyof Message, keyof Anthropic.Message>,
  Fits<keyof Anthropic.Message, keyof Message>,
  Fits<ContentBlock, Anthropic.ContentBlock>,
  Fits<Usage, Anthropic.Usage>,
  Fits<DeltaUsage, Anthropic.MessageDeltaUsage>,
  // Documented for status 413, but not in the SDK's list.
  Fits<Exclude<ErrorType, 'request_too_large'>, Anthropic.ErrorType>,
]
