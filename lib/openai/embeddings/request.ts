import * as z from 'zod/mini'
import { parseBody } from '../../http/parse.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  user: 'an embedding depends on its text alone',
} as const satisfies Record<string, string>

/** What is refused, with what the client is told. */
export const REFUSED = {} as const satisfies Record<string, string>

const text = z.string().check(z.minLength(1))
const tokens = z.array(z.int()).check(z.minLength(1))

const bodySchema = z.object({
  model: z.string().check(z.minLength(1)),
  input: z.union([
    text,
    z.array(text).check(z.minLength(1), z.maxLength(2048)),
    tokens,
    z.array(tokens).check(z.minLength(1), z.maxLength(2048)),
  ]),
  dimensions: z.nullish(z.int().check(z.minimum(1))),
  encoding_format: z.nullish(z.enum(['float', 'base64'])),
  /** Google's own: https://ai.google.dev/gemini-api/docs/embeddings#supported-task-types */
  task_type: z.nullish(z.string()),
})

type Parsed = z.infer<typeof bodySchema>

/** https://platform.openai.com/docs/api-reference/embeddings/create */
export interface EmbeddingsBody extends Omit<Parsed, 'input'> {
  /** At least one. */
  texts: string[]
}

/** A body whose input may still be token ids. */
export interface EncodedBody extends Omit<Parsed, 'input'> {
  /** At least one. */
  inputs: (string | number[])[]
}

/** Throws `invalid_request` that names the field. */
export const parse = (json: unknown): EncodedBody => {
  const { input, ...rest } = parseBody(bodySchema, json)
  if (typeof input === 'string') return { ...rest, inputs: [input] }
  return { ...rest, inputs: isTokens(input) ? [input] : input }
}

const isTokens = (input: Exclude<Parsed['input'], string>): input is number[] => typeof input[0] === 'number'

/** https://ai.google.dev/api/embeddings#method:-models.batchembedcontents */
export interface BatchEmbedContentsRequest {
  requests: EmbedContentRequest[]
}

interface EmbedContentRequest {
  model: string
  content: { parts: { text: string }[] }
  outputDimensionality?: number
  taskType?: string
}

const MOST_IN_BATCH = 100

/** As many calls as Gemini's limit on a batch needs, in the order of the texts. */
export const toBatches = (body: EmbeddingsBody, model: string): BatchEmbedContentsRequest[] => {
  const requests = body.texts.map(
    (one): EmbedContentRequest => ({
      model: `models/${model}`,
      content: { parts: [{ text: one }] },
      ...(body.dimensions && { outputDimensionality: body.dimensions }),
      ...(body.task_type && { taskType: body.task_type.toUpperCase() }),
    }),
  )
  return Array.from({ length: Math.ceil(requests.length / MOST_IN_BATCH) }, (_, batch) => ({
    requests: requests.slice(batch * MOST_IN_BATCH, (batch + 1) * MOST_IN_BATCH),
  }))
}
