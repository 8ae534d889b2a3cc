import type { ReplySummary } from '../gemini/flow.ts'
import type { Json, UsageMetadata } from '../gemini/wire.ts'

/** What the end of a reply says of the call. Its last usage is the whole usage: counts are cumulative. */
export const summaryOf = (tail: string): Omit<ReplySummary, 'made'> => ({
  usage: usageIn(tail),
  modelVersion: lastString(tail, 'modelVersion'),
  responseId: lastString(tail, 'responseId'),
  reasons: [...tail.matchAll(/"finishReason":\s*"([A-Z_]+)"/g)].slice(-1).map((match) => match[1] ?? ''),
})

const lastString = (text: string, field: string): string => {
  const at = text.lastIndexOf(`"${field}"`)
  return at < 0 ? '' : (/^"\w+":\s*"([^"\\]*)"/.exec(text.slice(at, at + 300))?.[1] ?? '')
}

const usageIn = (text: string): UsageMetadata => objectAfter(text, '"usageMetadata"') ?? usageOfInteraction(text)

/** An interaction says the same in other words. https://ai.google.dev/api/interactions-api#Resource:Usage */
const usageOfInteraction = (text: string): UsageMetadata => {
  const usage = objectAfter(text, '"usage"')
  if (!usage) return {}
  const count = (field: string): number | undefined => {
    const value = usage[field]
    return typeof value === 'number' ? value : undefined
  }
  const counts = {
    promptTokenCount: count('total_input_tokens'),
    candidatesTokenCount: count('total_output_tokens'),
    thoughtsTokenCount: count('total_thought_tokens'),
    toolUsePromptTokenCount: count('total_tool_use_tokens'),
    cachedContentTokenCount: count('total_cached_tokens'),
    totalTokenCount: count('total_tokens'),
  }
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined))
}

/** The JSON object that follows the last of these fields. */
const objectAfter = (text: string, field: string): Json | undefined => {
  const at = text.lastIndexOf(`${field}:`)
  const start = text.indexOf('{', at)
  if (at < 0 || start < 0) return undefined
  let depth = 0
  for (let i = start; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return parse(text.slice(start, i + 1))
  }
  return undefined
}

const parse = (json: string): Json | undefined => {
  try {
    return JSON.parse(json) as Json
  } catch {
    return undefined
  }
}
