import * as z from 'zod/mini'
import { GatewayError } from '../errors.ts'
import type { GeminiCall } from '../gemini/call.ts'
import type { Model } from '../gemini/models/model.ts'
import type { ThinkingWish } from '../gemini/models/thinking.ts'
import { Conversation } from '../gemini/request/conversation.ts'
import { generationOf, jsonInstruction, type Wishes } from '../gemini/request/generation.ts'
import { hasTools, toolsOf } from '../gemini/request/tools.ts'
import { parseBody } from '../http/parse.ts'
import { effort, message, texts } from './blocks.ts'
import { addMessages, foundTools } from './content.ts'
import { jsonObject } from './json-object.ts'
import { tool } from './tool.ts'
import { toolsInEffect } from './tool-changes.ts'
import { choiceOf, lowerTools, toolChoice } from './tools.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields and betas are treated the same. */
export const IGNORED = {
  billing_policy: 'Gemini has no such setting',
  cache_control: 'Gemini caches by itself',
  compaction: 'nothing is taken out of a conversation',
  container: 'code runs in a place of its own each time',
  context_management: 'nothing is taken out of a conversation',
  diagnostics: 'Gemini says nothing of its cache but what it read from it',
  fallback_credit_token: 'a request is answered by the model that it names',
  fallbacks: 'a request is answered by the model that it names',
  inference_geo: 'Gemini chooses where it runs',
  service_tier: 'there is one tier',
  speed: 'there is one speed',
  user_profile_id: 'there are no profiles',
  workspace_id: 'there are no workspaces',
  'messages[].content[].citations': 'Gemini cites pages of the web, not the documents that it is given',
  'output_config.task_budget': 'Gemini has no such setting',
  'stop_sequences[5], [6] …': 'Gemini takes five',
  'tools[].allowed_callers': 'no code calls the tools',
  'tools[].eager_input_streaming': "a call's input always comes whole",
  'tools[].input_examples': 'Gemini has no such setting',
  'tools[].strict': 'Gemini follows the schema as well as it can',
  'tools[].max_uses, .allowed_domains, .blocked_domains, .user_location': "Google's search takes none",
} as const satisfies Record<string, string>

/** Fields that are refused, with what the client is told. Types of tools that are not known are refused by their name. */
export const REFUSED = {
  mcp_servers: 'MCP servers are not called from here. Connect to them in the client and send their tools.',
  'container.skills': 'Skills are not run here. Put their instructions into system.',
  thread: 'Conversations are not kept here. Send the whole conversation without thread.',
} as const satisfies Record<string, string>

/** By these the SDK knows what to leave out of its next request. */
const REFUSAL_CODES: Partial<Record<string, string>> = { thread: 'thread_unsupported_request' }

const number = z.nullish(z.number())

const format = z.object({ type: z.literal('json_schema'), schema: z.nullish(jsonObject) })

export const bodySchema = z.object({
  model: z.string().check(z.minLength(1)),
  // 0 asks for nothing but a filled cache. Gemini writes one token at least.
  max_tokens: z.number().check(z.minimum(0)),
  messages: z.array(message).check(z.minLength(1)),
  system: z.nullish(texts),
  stream: z.nullish(z.boolean()),
  temperature: number,
  top_p: number,
  top_k: number,
  stop_sequences: z.nullish(z.array(z.string())),
  thinking: z.nullish(z.object({ type: z.string(), budget_tokens: number, display: z.nullish(z.string()) })),
  output_config: z.nullish(
    z.object({
      effort,
      format: z.nullish(format),
    }),
  ),
  output_format: z.nullish(format),
  tools: z.nullish(z.array(tool)),
  tool_choice: z.nullish(toolChoice),
  metadata: z.nullish(z.object({ user_id: z.nullish(z.string()) })),
})

export type MessagesBody = z.output<typeof bodySchema> & {
  /** The client reads what betas add to replies. */
  beta?: true
}

/** Who only counts tokens need not say how many may be written. */
const countSchema = z.extend(bodySchema, { max_tokens: number })

export type CountBody = z.output<typeof countSchema>

/** Throws `invalid_request` that names the field. */
export const parse = (json: unknown): MessagesBody => accepted(json, parseBody(bodySchema, json))

/** The same for `count_tokens`. */
export const parseCount = (json: unknown): CountBody => accepted(json, parseBody(countSchema, json))

const accepted = <Body>(json: unknown, body: Body): Body => {
  for (const [param, message] of Object.entries(REFUSED)) {
    if (!isAsked(json as object, param)) continue
    throw new GatewayError('invalid_request', message, { param, code: REFUSAL_CODES[param] })
  }
  return body
}

/** An empty list asks for nothing. */
const isAsked = (json: object, param: string): boolean => {
  const value = param.split('.').reduce<unknown>(fieldIn, json)
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)
}

const fieldIn = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, field)
    ? (value as Record<string, unknown>)[field]
    : undefined

export const toGemini = (body: CountBody, model: Model): GeminiCall => {
  const tools = toolsInEffect(body.tools ?? [], body.messages)
  const { functions, builtIns } = lowerTools(tools, knownTools(body))
  const wishes = wishesOf(body)
  const sent = toolsOf(functions, builtIns, choiceOf(body.tool_choice, tools), model)
  const generationConfig = generationOf(wishes, model, hasTools(sent))
  return {
    model: model.id,
    stream: body.stream === true,
    functions: functions.map(({ name }) => name),
    affinity: { hints: body.metadata?.user_id ? [body.metadata.user_id] : [] },
    request: {
      ...conversationOf(body, model, jsonInstruction(wishes, model, hasTools(sent))),
      ...sent,
      generationConfig,
    },
  }
}

/** The deferred tools that count as loaded: those found or called so far, and the one that must be called now. */
const knownTools = ({ messages, tool_choice }: CountBody): ReadonlySet<string> => {
  const found = foundTools(messages)
  return tool_choice?.type === 'tool' ? new Set([...found, tool_choice.name]) : found
}

/** Claude Code puts a line about its own version and request first, which would spoil Gemini's prompt cache each time. */
const ATTRIBUTION = /^x-anthropic-billing-header:.*\n*/

const conversationOf = (body: CountBody, model: Model, instruction: string | undefined) => {
  const conversation = new Conversation()
  for (const { text } of body.system ?? []) conversation.system(text.replace(ATTRIBUTION, ''))
  if (instruction) conversation.system(instruction)
  addMessages(conversation, body.messages, model)
  return conversation.build(model, 'messages')
}

const wishesOf = (body: CountBody): Wishes => ({
  maxTokens: body.max_tokens,
  temperature: body.temperature,
  topP: body.top_p,
  topK: body.top_k,
  stop: body.stop_sequences,
  json: jsonOf(body.output_config?.format ?? body.output_format),
  thinking: thinkingWish(body),
})

const jsonOf = (wanted: z.output<typeof format> | null | undefined): Wishes['json'] =>
  wanted ? { schema: wanted.schema ?? undefined } : undefined

/** `display: omitted` asks for no thoughts to be shown, but for their signatures. */
const thinkingWish = (body: CountBody): ThinkingWish | undefined => {
  const { thinking } = body
  const effort = effortOf(body)
  const show = thinking?.display !== 'omitted'
  switch (thinking?.type) {
    case 'enabled':
      return { budget: thinking.budget_tokens ?? undefined, effort, show }
    case 'disabled':
      return { effort: 'none', show: false }
    case undefined:
      return effort === undefined ? undefined : { effort, show: false }
    default:
      return { effort, show }
  }
}

/** The latest that the conversation says, or else the request. */
const effortOf = ({ messages, output_config }: CountBody): ThinkingWish['effort'] =>
  messages.map((each) => (each.role === 'system' ? each.output_config?.effort : undefined)).findLast(Boolean) ??
  output_config?.effort ??
  undefined

/** Gemini can't be told to call one tool at a time, so that all calls but the first are left out of the reply. */
export const oneCallOnly = ({ tool_choice }: CountBody): boolean =>
  tool_choice?.type !== 'none' && tool_choice?.disable_parallel_tool_use === true

/** A client that asked for no thinking doesn't expect the block that signatures travel in. */
export const forgetsSignatures = ({ thinking }: CountBody): boolean => !thinking || thinking.type === 'disabled'
