// What a client may send: https://platform.openai.com/docs/api-reference/responses/create
import * as z from 'zod/mini'
import { toolChoiceSchema } from '../tools.ts'
import { inputSchema } from './input.ts'
import { toolSchema } from './tools.ts'

const number = z.nullish(z.number())
const flag = z.nullish(z.boolean())
const text = z.nullish(z.string())

const format = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    name: z.string(),
    description: text,
    schema: z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object'),
    strict: flag,
  }),
])

export const bodySchema = z.object({
  model: z.string().check(z.minLength(1)),
  input: inputSchema,
  instructions: text,
  stream: flag,
  store: flag,
  include: z.nullish(z.array(z.string())),

  tools: z.nullish(z.array(toolSchema)),
  tool_choice: z.nullish(toolChoiceSchema),
  parallel_tool_calls: flag,
  max_tool_calls: z.nullish(z.int()),

  max_output_tokens: z.nullish(z.int().check(z.gte(1))),
  temperature: number,
  top_p: number,
  top_logprobs: z.nullish(z.int().check(z.gte(0), z.lte(20))),
  text: z.nullish(z.object({ format: z.nullish(format), verbosity: text })),
  reasoning: z.nullish(
    z.object({
      effort: z.nullish(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])),
      summary: text,
      generate_summary: text,
    }),
  ),

  service_tier: text,
  prompt_cache_key: text,
  safety_identifier: text,
  user: text,
  metadata: z.nullish(z.record(z.string(), z.string())),
  truncation: text,

  previous_response_id: text,
  background: flag,
  conversation: z.optional(z.unknown()),
  prompt: z.optional(z.unknown()),
})
export type ResponsesBody = z.infer<typeof bodySchema>
