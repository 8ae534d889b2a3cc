import { GatewayError } from '../../errors.ts'
import type { GeminiCall } from '../../gemini/call.ts'
import type { Model } from '../../gemini/models/model.ts'
import type { ThinkingWish } from '../../gemini/models/thinking.ts'
import { Conversation } from '../../gemini/request/conversation.ts'
import { generationOf, jsonInstruction, type Wishes } from '../../gemini/request/generation.ts'
import { hasTools, toolsOf } from '../../gemini/request/tools.ts'
import type { GenerateContentRequest } from '../../gemini/wire.ts'
import { parseBody } from '../../http/parse.ts'
import { imageConfigOf } from '../images/size.ts'
import { bodySchema, type ResponsesBody } from './body.ts'
import { codeFiles } from './code-files.ts'
import { converse } from './history.ts'
import type { InputItem } from './input.ts'
import type { Written } from './stored.ts'
import { choiceOf, hostedIn, type Toolbox, toolboxOf } from './tools.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  context_management: 'the client compacts by itself',
  max_tool_calls: "Gemini's own tools take no limit",
  metadata: 'but for being repeated in the reply',
  moderation: 'Gemini has no such setting',
  prompt_cache_options: 'Gemini caches by itself',
  prompt_cache_retention: 'Gemini caches by itself',
  'reasoning.context': 'Gemini has no such setting',
  'reasoning.mode': 'Gemini has no such setting',
  'stream_options.include_obfuscation': 'there is nothing to hide lengths from',
  'text.verbosity': 'Gemini has no such setting',
  'tools[].container.memory_limit, .network_policy': 'code runs in a place of its own each time',
  'tools[].filters, .user_location, .search_context_size': "Google's search takes none",
  'tools[].output_format, .background, .partial_images': 'Gemini makes pictures as it likes, each whole',
  truncation: 'nothing is ever cut: what is too long is an error',
} as const satisfies Record<string, string>

/** Fields that are refused where they ask for something, with what the client is told. */
export const REFUSED = {
  background: 'Responses can not run in the background.',
  prompt: 'Prompt templates are not stored: send the input itself.',
} as const satisfies Partial<Record<keyof ResponsesBody, string>>

/** Throws `invalid_request` that names the field. */
export const parse = (json: unknown): ResponsesBody => {
  const body = parseBody(bodySchema, json)
  for (const [param, message] of Object.entries(REFUSED)) {
    if (body[param as keyof typeof REFUSED]) throw new GatewayError('invalid_request', message, { param })
  }
  const { input, previous_response_id: previous, conversation } = body
  if (previous && conversation) {
    const message = 'A response goes on with a previous response or with a conversation, not with both.'
    throw new GatewayError('invalid_request', message, { param: 'previous_response_id' })
  }
  if ((input === undefined || input === null) && !previous && !conversation) {
    throw new GatewayError('invalid_request', 'input: is required', { param: 'input' })
  }
  return { ...body, input: input ?? [], written: (json as { input?: Written | null }).input ?? [] }
}

/** Everything said so far: what earlier turns said, then the request itself. */
const itemsOf = ({ input, earlier }: ResponsesBody): readonly InputItem[] => {
  const own: readonly InputItem[] =
    typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : input
  return earlier ? [...earlier.items, ...own] : own
}

/** Where in the request an item stands; what was stored is named by what brought it here. */
const placesIn =
  ({ input, earlier }: ResponsesBody) =>
  (index: number): string => {
    const own = index - (earlier?.items.length ?? 0)
    if (own < 0) return earlier?.conversation ? 'conversation' : 'previous_response_id'
    return typeof input === 'string' ? 'input' : `input[${own}]`
  }

export const toGemini = (body: ResponsesBody, model: Model): GeminiCall => {
  const toolbox = toolboxIn(body)
  const functions = [...toolbox.callables.values()].map(({ declaration }) => declaration)
  const imageConfig = toolbox.pictures && imageConfigOf(toolbox.pictures, model.id)
  const wishes = { ...wishesOf(body), ...(imageConfig && Object.keys(imageConfig).length > 0 && { imageConfig }) }
  const choice = choiceOf(compacts(body) ? 'none' : body.tool_choice, toolbox)
  const tools = toolsOf(functions, hostedIn(body.tool_choice, toolbox), choice, model)
  const generationConfig = generationOf(wishes, model, hasTools(tools))
  return {
    model: model.id,
    stream: body.stream === true,
    functions: functions.map(({ name }) => name),
    affinity: {
      inherited: body.earlier?.chain?.affinity,
      session: body.earlier?.conversation,
      hints: hintsOf(body),
    },
    request: {
      ...conversationOf(body, model, jsonInstruction(wishes, model, hasTools(tools))),
      ...tools,
      ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
      ...tierOf(body),
    },
  }
}

/** The response is to be a summary of everything, as an item that stands for it. */
export const compacts = ({ input }: ResponsesBody): boolean =>
  typeof input !== 'string' && input.at(-1)?.type === 'compaction_trigger'

/** The instructions of earlier turns are not this one's. */
const conversationOf = (body: ResponsesBody, model: Model, format: string | undefined) => {
  const conversation = new Conversation()
  const { instructions } = body
  if (instructions) conversation.system(instructions)
  if (format) conversation.system(format)
  converse(conversation, itemsOf(body), model, placesIn(body))
  conversation.lead(codeFiles(body, model))
  return conversation.build(model, 'input')
}

/** The tools that a body names, in its list of them or in its items. */
export const toolboxIn = (body: ResponsesBody): Toolbox => {
  const placeOf = placesIn(body)
  return toolboxOf([
    { tools: body.tools ?? [], param: 'tools' },
    ...itemsOf(body).flatMap((item, index) =>
      item.type === 'additional_tools' || item.type === 'tool_search_output'
        ? { tools: item.tools, param: `${placeOf(index)}.tools`, found: item.type === 'tool_search_output' }
        : [],
    ),
  ])
}

// ---- Settings ----

const wishesOf = (body: ResponsesBody): Wishes => ({
  maxTokens: body.max_output_tokens,
  temperature: body.temperature,
  topP: body.top_p,
  logprobs:
    body.top_logprobs || body.include?.includes('message.output_text.logprobs') ? (body.top_logprobs ?? 0) : undefined,
  json: jsonOf(body),
  thinking: thinkingWish(body),
})

const jsonOf = ({ text }: ResponsesBody): Wishes['json'] => {
  switch (text?.format?.type) {
    case 'json_schema':
      return { schema: text.format.schema }
    case 'json_object':
      return {}
    case 'text':
    case undefined:
      return undefined
  }
}

/** Thoughts are shown to those who ask for a summary. */
const thinkingWish = ({ reasoning }: ResponsesBody): ThinkingWish | undefined =>
  reasoning
    ? { effort: reasoning.effort ?? undefined, show: Boolean(reasoning.summary ?? reasoning.generate_summary) }
    : undefined

const hintsOf = ({ prompt_cache_key, user, safety_identifier }: ResponsesBody): string[] =>
  [prompt_cache_key, user, safety_identifier].filter((hint): hint is string => typeof hint === 'string' && hint !== '')

const tierOf = ({ service_tier: tier }: ResponsesBody): Pick<GenerateContentRequest, 'serviceTier'> =>
  tier === 'flex' || tier === 'priority' ? { serviceTier: tier } : {}

/** The client sends signatures back in reasoning items. */
export const carriesSignatures = ({ include, store }: ResponsesBody): boolean =>
  store === false || (include?.includes('reasoning.encrypted_content') ?? false)
