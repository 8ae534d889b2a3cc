import type { UsageMetadata } from './wire.ts'

/** Token counts as the client protocols know them: thoughts are part of `output`, cached tokens part of `input`. */
export interface Usage {
  input: number
  cached: number
  output: number
  thoughts: number
}

/**
 * total = prompt + candidates + thoughts + toolUsePrompt, and cached is inside prompt
 * (true of all 578 recorded usages). Counts are cumulative over a stream: the last one wins.
 */
export const usageOf = (metadata: UsageMetadata = {}): Usage => {
  const thoughts = metadata.thoughtsTokenCount ?? 0
  return {
    input: (metadata.promptTokenCount ?? 0) + (metadata.toolUsePromptTokenCount ?? 0),
    cached: metadata.cachedContentTokenCount ?? 0,
    output: (metadata.candidatesTokenCount ?? 0) + thoughts,
    thoughts,
  }
}
