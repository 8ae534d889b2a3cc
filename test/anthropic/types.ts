import type Anthropic from '@anthropic-ai/sdk'
import type { bodySchema, IGNORED, REFUSED } from '../../lib/anthropic/request.ts'
import type {
  BetaFields,
  BetaUsageFields,
  ContentBlock,
  DeltaUsage,
  ErrorType,
  Message,
  Usage,
} from '../../lib/anthropic/wire.ts'

// Compiled, never run: what we write is what the official SDK's types promise its users.
type Fits<Ours extends Sdk, Sdk> = [Ours, Sdk]
export type Checks = [
  Fits<Message['stop_reason'], Anthropic.Message['stop_reason']>,
  Fits<Message['stop_details'], Anthropic.Message['stop_details']>,
  Fits<keyof Message, keyof Anthropic.Message>,
  Fits<keyof Anthropic.Message, keyof Message>,
  Fits<BetaFields, Pick<Anthropic.Beta.BetaMessage, keyof BetaFields>>,
  // Present only where a request asks for more than we take.
  Fits<Exclude<keyof Anthropic.Beta.BetaMessage, keyof BetaFields | 'input_transformations'>, keyof Message>,
  Fits<BetaUsageFields, Pick<Anthropic.Beta.BetaUsage, keyof BetaUsageFields>>,
  Fits<Exclude<keyof Anthropic.Beta.BetaUsage, keyof BetaUsageFields | 'fallback_credit'>, keyof Usage>,
  Fits<ContentBlock, Anthropic.ContentBlock>,
  Fits<Usage, Anthropic.Usage>,
  Fits<DeltaUsage, Anthropic.MessageDeltaUsage>,
  // Every field that the SDK lets its users send is mapped, ignored or refused; betas travel in a header.
  Fits<
    Exclude<keyof Anthropic.Beta.MessageCreateParams, 'betas'>,
    keyof typeof bodySchema.shape | keyof typeof IGNORED | keyof typeof REFUSED
  >,
  // Documented for status 413, but not in the SDK's list.
  Fits<Exclude<ErrorType, 'request_too_large'>, Anthropic.ErrorType>,
]
