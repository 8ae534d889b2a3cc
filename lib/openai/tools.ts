// What Chat Completions and Responses have in common about tools: the two APIs nest the same facts differently.
import * as z from 'zod/mini'
import type { FunctionTool, ToolChoice } from '../gemini/request/tools.ts'
import type { Json } from '../gemini/wire.ts'

// ---- Freeform ("custom") tools: one text in, where functions take JSON ----
// https://platform.openai.com/docs/guides/function-calling#custom-tools

export interface FreeformTool {
  name: string
  description?: string | null | undefined
  grammar?: { syntax: string; definition: string } | undefined
}

/** A freeform tool as a function with one string. Gemini can't be held to a grammar, only told of it. */
export const freeformFunction = ({ name, description, grammar }: FreeformTool): FunctionTool => ({
  name,
  description: [
    description,
    'Put the whole text for this tool into `input`, as it is: no JSON and no code fence around it.',
    grammar && `The text must follow this ${grammar.syntax} grammar:\n${grammar.definition}`,
  ]
    .filter(Boolean)
    .join('\n\n'),
  schema: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
})

/** The text of a call, out of the JSON arguments that Gemini gave. */
export const freeformInput = (json: string): string => {
  const { input } = JSON.parse(json) as { input?: unknown }
  return typeof input === 'string' ? input : json
}

/** The way back, for a call in the history. */
export const freeformArguments = (input: string): Json => ({ input })

// ---- Arguments in the history ----

/** A call's arguments as clients send them back: JSON mostly; none, and what isn't JSON, don't spoil a conversation. */
export const argumentsOf = (json: string | null | undefined): Json => {
  if (!json?.trim()) return {}
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : { value }
  } catch {
    return { value: json }
  }
}

// ---- Tool choice ----
// https://platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice

const named = z.object({ name: z.string() })
const toolName = z.object({
  type: z.string(),
  name: z.optional(z.string()),
  function: z.optional(named),
  custom: z.optional(named),
})
const MODES = ['auto', 'required'] as const
const allowed = z.object({ mode: z.enum(MODES), tools: z.array(toolName) })

/** Every form of `tool_choice`, of both APIs. */
export const toolChoiceSchema = z.union([
  z.enum(['none', ...MODES]),
  z.object({ type: z.literal('allowed_tools'), allowed_tools: allowed }),
  z.object({ type: z.literal('allowed_tools'), ...allowed.shape }),
  toolName,
])

const MODE = { none: 'none', auto: 'auto', required: 'any' } as const satisfies Record<string, ToolChoice['mode']>

/** Hosted tools have no name: Gemini decides by itself when to use its own. */
const namesOf = (tools: readonly z.infer<typeof toolName>[]): string[] =>
  tools.flatMap((tool) => tool.function?.name ?? tool.custom?.name ?? tool.name ?? [])

type Choice = z.infer<typeof toolChoiceSchema> | null | undefined

const allowedIn = (choice: Choice): z.infer<typeof allowed> | undefined => {
  if (choice === null || choice === undefined || typeof choice === 'string') return undefined
  return 'allowed_tools' in choice ? choice.allowed_tools : 'tools' in choice ? choice : undefined
}

/** Whether a choice leaves a hosted tool of this type, or of another spelling of it, among the tools. */
export const allowsHosted = (choice: Choice, isMeant: (type: string) => boolean): boolean =>
  allowedIn(choice)?.tools.some(({ type }) => isMeant(type)) ?? true

export const toolChoiceOf = (choice: Choice): ToolChoice | undefined => {
  if (choice === null || choice === undefined) return undefined
  if (typeof choice === 'string') return { mode: MODE[choice] }
  const list = allowedIn(choice)
  if (list) return { mode: MODE[list.mode], names: namesOf(list.tools) }
  const names = namesOf([choice])
  return names.length > 0 ? { mode: 'any', names } : { mode: 'auto' }
}
