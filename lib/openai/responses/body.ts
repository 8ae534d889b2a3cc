// What a client may send: https://platform.openai.com/docs/api-reference/responses/create
import * as z from 'zod/mini'
import { toolChoiceSchema } from '../tools.ts'
import { type Input, type InputItem, inputSchema } from './input.ts'
import type { Signatures, StoredItem, Written } from './stored.ts'
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
  input: z.nullish(inputSchema),
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
  conversation: z.nullish(z.union([z.string(), z.object({ id: z.string() })])),
  prompt: z.optional(z.unknown()),
})

/** What a request stands on: read from the table, by what it names. */
export interface Earlier {
  /** The items before its own. */
  items: readonly InputItem[]
  /** The same, as they are kept. */
  stored: readonly StoredItem[]
  /** The chain of turns that it goes on. */
  chain?: { root: string; depth: number; parent: string; affinity: string }
  /** The id of the conversation that it is part of. */
  conversation?: string
  /** Of its own items, where it named them and they were kept apart. */
  signatures: Signatures
}

export type ResponsesBody = Omit<z.infer<typeof bodySchema>, 'input'> & {
  input: Input
  /** The same, as it is kept. */
  written: Written
  earlier?: Earlier
}
