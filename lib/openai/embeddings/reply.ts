import { upstreamError } from '../../gemini/errors.ts'
import type { Json, UsageMetadata } from '../../gemini/wire.ts'
import type { EmbeddingsBody } from './request.ts'

/** https://platform.openai.com/docs/api-reference/embeddings/object */
export interface EmbeddingList {
  object: 'list'
  model: string
  data: { object: 'embedding'; index: number; embedding: number[] | string }[]
  usage: { prompt_tokens: number; total_tokens: number }
}

/** Gemini's replies to the batches, in order, as one list. Throws where one is short. */
export const reply = (batches: readonly Json[], body: EmbeddingsBody, model: string): EmbeddingList => {
  const vectors = batches.flatMap(vectorsIn)
  if (vectors.length !== body.texts.length) {
    throw upstreamError({ class: 'bad_body' }, 'The model service gave fewer embeddings than it was asked for.')
  }
  const tokens = tokensOf(batches, body)
  return {
    object: 'list',
    model: body.model,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encode(needsLength(body, model) ? unit(vector) : vector, body),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

const vectorsIn = ({ embeddings }: Json): number[][] =>
  Array.isArray(embeddings) ? embeddings.map(({ values }: { values?: number[] }) => values ?? []) : []

/** Only this model's shortened vectors aren't of length 1. https://ai.google.dev/gemini-api/docs/embeddings#quality-for-smaller-dimensions */
const needsLength = ({ dimensions }: EmbeddingsBody, model: string): boolean =>
  Boolean(dimensions) && model === 'gemini-embedding-001'

const unit = (vector: readonly number[]): number[] => {
  const length = Math.hypot(...vector)
  return length === 0 ? [...vector] : vector.map((value) => value / length)
}

/** OpenAI's base64 is of 32-bit floats, little-endian. */
const encode = (vector: number[], { encoding_format }: EmbeddingsBody): number[] | string => {
  if (encoding_format !== 'base64') return vector
  const bytes = Buffer.allocUnsafe(vector.length * 4)
  vector.forEach((value, place) => void bytes.writeFloatLE(value, place * 4))
  return bytes.toString('base64')
}

/** What Gemini counted; where it counts nothing (gemini-embedding-001), an estimate: a token for 4 bytes of UTF-8. */
const tokensOf = (batches: readonly Json[], { texts }: EmbeddingsBody): number => {
  const counts = batches.map(({ usageMetadata }) => (usageMetadata as UsageMetadata | undefined)?.promptTokenCount)
  return counts.every((count) => count !== undefined)
    ? counts.reduce((sum, count) => sum + count, 0)
    : texts.reduce((sum, one) => sum + Math.ceil(Buffer.byteLength(one) / 4), 0)
}
