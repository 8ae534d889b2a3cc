import { GatewayError } from '../../errors.ts'
import type { Affinity, GeminiCall } from '../../gemini/call.ts'
import type { Model } from '../../gemini/models/model.ts'
import type { Effort, ThinkingWish } from '../../gemini/models/thinking.ts'
import { Conversation } from '../../gemini/request/conversation.ts'
import { generationOf, jsonInstruction, type Wishes } from '../../gemini/request/generation.ts'
import { type BuiltIn, type FunctionTool, hasTools, type ToolChoice, toolsOf } from '../../gemini/request/tools.ts'
import type { GenerateContentRequest } from '../../gemini/wire.ts'
import { parseBody } from '../../http/parse.ts'
import { voiceOf } from '../audio/voices.ts'
import { allowsHosted, freeformFunction, toolChoiceOf } from '../tools.ts'
import { bodySchema, type ChatBody, type ChatTool } from './body.ts'
import { converse } from './messages.ts'
import { fromResponsesShape } from './responses-shape.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  logit_bias: 'Gemini has no such setting',
  prediction: 'Gemini has no such setting',
  verbosity: 'Gemini has no such setting',
  store: 'chats are not stored; only Responses are',
  metadata: 'but for user_id, which keeps a user on one project',
  prompt_cache_retention: 'Gemini caches by itself',
  prompt_cache_options: 'Gemini caches by itself',
  'stream_options.include_obfuscation': 'there is nothing to hide lengths from',
  'web_search_options.user_location': "Google's search takes none",
  'web_search_options.search_context_size': "Google's search takes none",
} as const satisfies Record<string, string>

/** Fields that are refused, with what the client is told. */
export const REFUSED = {
  moderation: 'Moderation results are not available. Leave this out.',
} as const satisfies Record<string, string>

/** Throws `invalid_request` that names the field. */
export const parse = (json: unknown): ChatBody => {
  const body = parseBody(bodySchema, fromResponsesShape(json))
  for (const [param, message] of Object.entries(REFUSED)) {
    const value: unknown = Object.hasOwn(json as object, param) ? (json as Record<string, unknown>)[param] : undefined
    if (value !== undefined && value !== null) throw new GatewayError('invalid_request', message, { param })
  }
  if (body.stream && body.audio?.format === 'wav')
    throw new GatewayError('invalid_request', 'Streamed audio comes as pcm16 only.', { param: 'audio.format' })
  return body
}

export const toGemini = (body: ChatBody, model: Model): GeminiCall => {
  const functions = functionsOf(body)
  const wishes = wishesOf(body)
  const tools = toolsOf(functions, builtInsOf(body), choiceOf(body), model)
  const generationConfig = { ...generationOf(wishes, model, hasTools(tools)), ...speechOf(body, model) }
  return {
    model: model.id,
    stream: body.stream === true,
    ...(body.n && body.n > 1 && !model.candidates && { copies: body.n }),
    functions: functions.map(({ name }) => name),
    affinity: affinityOf(body),
    request: {
      ...conversationOf(body, model, jsonInstruction(wishes, model, hasTools(tools))),
      ...tools,
      ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
      ...googleOf(body),
    },
  }
}

const conversationOf = (body: ChatBody, model: Model, instruction: string | undefined) => {
  const conversation = new Conversation()
  if (instruction) conversation.system(instruction)
  converse(conversation, body.messages, model)
  return conversation.build(model, 'messages')
}

// ---- Tools ----

/** Each of the client's own tools as a function. */
const functionsOf = ({ tools, functions }: ChatBody): FunctionTool[] => [
  ...(tools ?? []).flatMap((tool, index) => functionOf(tool, `tools[${index}]`) ?? []),
  ...(functions ?? []).map(declared),
]

const functionOf = (tool: ChatTool, param: string): FunctionTool | undefined => {
  if (tool.type === 'function') return declared(named(tool.function ?? tool, `${param}.function`))
  return tool.type === 'custom' ? freeform(named(tool.custom ?? tool, `${param}.custom`)) : undefined
}

/** The shape of a tool that may come nested or flat, once it turns out to be either. */
const named = <Shape extends { name?: string }>(shape: Shape, param: string): Shape & { name: string } => {
  const { name } = shape
  if (name === undefined) throw new GatewayError('invalid_request', `${param}: is required`, { param })
  return { ...shape, name }
}

const declared = ({ name, description, parameters }: NonNullable<ChatBody['functions']>[number]): FunctionTool => ({
  name,
  description,
  schema: parameters ?? undefined,
})

type CustomShape = NonNullable<Extract<ChatTool, { type: 'custom' }>['custom']>

const freeform = ({ name, description, format }: CustomShape): FunctionTool => {
  const { syntax, definition } = format?.grammar ?? format ?? {}
  return freeformFunction({ name, description, grammar: syntax && definition ? { syntax, definition } : undefined })
}

const BUILT_IN: Record<Exclude<ChatTool['type'], 'function' | 'custom'>, BuiltIn> = {
  web_search: 'search',
  web_search_preview: 'search',
  google_search: 'search',
  code_interpreter: 'code',
  code_execution: 'code',
  url_context: 'url',
}

const builtInOf = (type: string): BuiltIn | undefined =>
  Object.hasOwn(BUILT_IN, type) ? BUILT_IN[type as keyof typeof BUILT_IN] : undefined

const builtInsOf = ({ tools, tool_choice, web_search_options }: ChatBody): BuiltIn[] => [
  ...(web_search_options ? (['search'] as const) : []),
  ...(tools ?? [])
    .flatMap(({ type }) => builtInOf(type) ?? [])
    .filter((builtIn) => allowsHosted(tool_choice, (type) => builtInOf(type) === builtIn)),
]

const choiceOf = ({ tool_choice, function_call }: ChatBody): ToolChoice | undefined => {
  if (tool_choice !== null && tool_choice !== undefined) return toolChoiceOf(tool_choice)
  return typeof function_call === 'object' && function_call !== null
    ? { mode: 'any', names: [function_call.name] }
    : toolChoiceOf(function_call)
}

// ---- Settings ----

const MODALITY = { text: 'TEXT', image: 'IMAGE', audio: 'AUDIO' } as const

const wishesOf = (body: ChatBody): Wishes => ({
  maxTokens: body.max_completion_tokens ?? body.max_tokens,
  temperature: body.temperature,
  topP: body.top_p,
  topK: body.top_k,
  stop: typeof body.stop === 'string' ? [body.stop] : body.stop,
  seed: body.seed,
  presencePenalty: body.presence_penalty,
  frequencyPenalty: body.frequency_penalty,
  candidates: body.n,
  logprobs: body.logprobs ? (body.top_logprobs ?? 0) : undefined,
  json: jsonOf(body.response_format),
  modalities: body.modalities?.map((modality) => MODALITY[modality]),
  imageConfig: body.image_config ?? googleSettings(body)?.imageConfig ?? undefined,
  thinking: thinkingWish(body),
})

const jsonOf = (format: ChatBody['response_format']): Wishes['json'] => {
  switch (format?.type) {
    case 'json_schema':
      return { schema: format.json_schema.schema ?? undefined }
    case 'json_object':
      return {}
    case 'text':
    case undefined:
      return undefined
  }
}

const LEVELS: readonly string[] = ['minimal', 'low', 'medium', 'high'] satisfies Effort[]

/** Who asks for an effort is shown the thoughts, unless it is none; who says nothing gets the model's default. */
const thinkingWish = (body: ChatBody): ThinkingWish | undefined => {
  const config = googleSettings(body)?.thinkingConfig
  const level = config?.thinkingLevel?.toLowerCase() ?? ''
  const asked = LEVELS.includes(level) ? (level as Effort) : undefined
  const { reasoning } = body
  const effort =
    asked ?? body.reasoning_effort ?? reasoning?.effort ?? (reasoning?.enabled === false ? 'none' : undefined)
  const budget = config?.thinkingBudget ?? reasoning?.max_tokens ?? undefined
  const shows = effort === undefined && budget === undefined && !reasoning?.enabled ? undefined : effort !== 'none'
  const show = config?.includeThoughts ?? (reasoning?.exclude ? false : shows)
  return effort === undefined && budget === undefined && show === undefined ? undefined : { effort, budget, show }
}

const speechOf = ({ audio }: ChatBody, model: Model) => {
  const voice = typeof audio?.voice === 'object' ? audio.voice?.id : audio?.voice
  return model.makes === 'speech' && voice
    ? { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: voiceOf(voice) } } } }
    : {}
}

/** Google's compatibility layer takes these under `extra_body.google`; SDKs that flatten `extra_body` send them at the top. */
const googleSettings = ({ google, extra_body }: ChatBody) => google ?? extra_body?.google

const TIERS: readonly string[] = ['flex', 'priority'] satisfies GenerateContentRequest['serviceTier'][]

const googleOf = (body: ChatBody): Pick<GenerateContentRequest, 'safetySettings' | 'cachedContent' | 'serviceTier'> => {
  const { safetySettings, cachedContent } = googleSettings(body) ?? {}
  return {
    ...(safetySettings && { safetySettings }),
    ...(cachedContent && { cachedContent }),
    ...(TIERS.includes(body.service_tier ?? '') && { serviceTier: body.service_tier as 'flex' | 'priority' }),
  }
}

const affinityOf = ({ prompt_cache_key, user, safety_identifier, metadata }: ChatBody): Affinity => ({
  hints: [prompt_cache_key, user, safety_identifier, metadata?.user_id].filter(
    (hint): hint is string => typeof hint === 'string' && hint !== '',
  ),
})
