// What a client may send: https://platform.openai.com/docs/api-reference/chat/create, and what other vendors added to it.
import * as z from 'zod/mini'
import type { Json } from '../../gemini/wire.ts'
import { toolChoiceSchema } from '../tools.ts'

const text = z.nullish(z.string())
const flag = z.nullish(z.boolean())
const number = z.nullish(z.number())
const tokens = z.nullish(z.int().check(z.gte(1)))
const name = z.string().check(z.minLength(1))
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
/** Passed on as it is, whatever its keys. */
const json = z.custom<Json>(isObject, 'must be an object')

/** Google's own settings come in snake case and in camel case. */
const camelKeys = (value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, field]) => [
          key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
          field,
        ]),
      )
    : value
const camel = <Shape extends z.core.$ZodShape>(shape: Shape) => z.pipe(z.transform(camelKeys), z.object(shape))

// ---- Messages ----

const url = z.union([z.string(), z.object({ url: z.string(), detail: text })])
const textPart = z.object({ type: z.literal('text'), text: z.string() })
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() })
const imagePart = z.object({ type: z.literal('image_url'), image_url: url })
const contentPart = z.discriminatedUnion('type', [
  textPart,
  refusalPart,
  imagePart,
  z.object({ type: z.literal('video_url'), video_url: url }),
  z.object({ type: z.literal('input_audio'), input_audio: z.object({ data: z.string(), format: z.string() }) }),
  z.object({
    type: z.literal('file'),
    file: z.object({ file_data: text, file_id: text, file_url: text, filename: text }),
  }),
  // Other vendors' thoughts in the history: nothing to Gemini without its own signature.
  z.object({ type: z.enum(['thinking', 'redacted_thinking', 'reasoning']) }),
])
const content = z.nullish(z.union([z.string(), z.array(contentPart)]))

/** `extra_content.google.thought_signature`, if it is there: not worth refusing a conversation for. */
const signatureIn = (extra: unknown): string | undefined => {
  const google = isObject(extra) ? extra.google : undefined
  const signature = isObject(google) ? google.thought_signature : undefined
  return typeof signature === 'string' ? signature : undefined
}
const extraContent = z.optional(z.pipe(z.unknown(), z.transform(signatureIn)))
const functionCall = z.object({ name, arguments: text })
const toolCall = z.object({
  id: z.string(),
  extra_content: extraContent,
  function: z.optional(functionCall),
  custom: z.optional(z.object({ name, input: text })),
})

const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content }),
  z.object({ role: z.literal('user'), content }),
  z.object({
    role: z.literal('assistant'),
    content,
    refusal: text,
    tool_calls: z.nullish(z.array(toolCall)),
    function_call: z.nullish(functionCall),
    images: z.nullish(z.array(imagePart)),
    extra_content: extraContent,
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), name: text, content }),
  z.object({ role: z.literal('function'), name, content }),
])

// ---- Tools ----

const functionShape = { name, description: text, parameters: z.nullish(json) }
const customShape = {
  name,
  description: text,
  format: z.nullish(
    z.object({
      type: z.string(),
      syntax: z.optional(z.string()),
      definition: z.optional(z.string()),
      grammar: z.optional(z.object({ syntax: z.string(), definition: z.string() })),
    }),
  ),
}
/** Nested as Chat has it, or flat as Responses has it: some clients send the one to the other's endpoint. */
const tool = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('function'),
    function: z.optional(z.object(functionShape)),
    ...functionShape,
    name: z.optional(name),
  }),
  z.object({
    type: z.literal('custom'),
    custom: z.optional(z.object(customShape)),
    ...customShape,
    name: z.optional(name),
  }),
  z.object({
    type: z.enum([
      'web_search',
      'web_search_preview',
      'google_search',
      'code_interpreter',
      'code_execution',
      'url_context',
    ]),
  }),
])

// ---- Settings ----

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
const imageConfig = z.nullish(camel({ aspectRatio: z.optional(z.string()), imageSize: z.optional(z.string()) }))
const google = z.nullish(
  camel({
    thinkingConfig: z.nullish(
      camel({ includeThoughts: flag, thinkingBudget: number, thinkingLevel: z.nullish(z.string()) }),
    ),
    cachedContent: text,
    safetySettings: z.nullish(z.array(z.object({ category: z.string(), threshold: z.string() }))),
    imageConfig,
  }),
)

export const bodySchema = z.object({
  model: name,
  messages: z.array(message).check(z.minLength(1)),
  stream: flag,
  stream_options: z.nullish(z.object({ include_usage: flag })),

  tools: z.nullish(z.array(tool)),
  tool_choice: z.nullish(toolChoiceSchema),
  parallel_tool_calls: flag,
  functions: z.nullish(z.array(z.object(functionShape))),
  function_call: z.nullish(z.union([z.enum(['none', 'auto']), z.object({ name })])),
  web_search_options: z.nullish(json),

  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: number,
  top_p: number,
  top_k: number,
  stop: z.nullish(z.union([z.string(), z.array(z.string())])),
  seed: number,
  presence_penalty: number,
  frequency_penalty: number,
  n: z.nullish(z.int().check(z.minimum(1), z.maximum(8))),
  logprobs: flag,
  top_logprobs: z.nullish(z.int().check(z.minimum(0), z.maximum(20))),

  response_format: z.nullish(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: z.nullish(json) }) }),
    ]),
  ),
  reasoning_effort: z.nullish(z.enum(EFFORTS)),
  reasoning: z.nullish(
    z.object({ effort: z.nullish(z.enum(EFFORTS)), max_tokens: number, exclude: flag, enabled: flag }),
  ),
  modalities: z.nullish(z.array(z.enum(['text', 'image', 'audio']))),
  image_config: imageConfig,
  audio: z.nullish(
    z.object({
      voice: z.nullish(z.union([z.string(), z.object({ id: z.string() })])),
      format: z.enum(['wav', 'pcm16']),
    }),
  ),
  service_tier: text,
  google,
  extra_body: z.nullish(z.object({ google })),

  prompt_cache_key: text,
  user: text,
  safety_identifier: text,
  metadata: z.nullish(z.object({ user_id: z.optional(z.unknown()) })),
})

export type ChatBody = z.infer<typeof bodySchema>
export type ChatMessage = ChatBody['messages'][number]
export type ContentPart = z.infer<typeof contentPart>
export type ChatTool = NonNullable<ChatBody['tools']>[number]
