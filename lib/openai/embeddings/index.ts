import { resolveModel } from '../../gemini/naming/aliases.ts'
import { askJson } from '../../gemini/upstream/unary.ts'
import type { Json } from '../../gemini/wire.ts'
import { readJson } from '../../http/body.ts'
import type { Handler } from '../../http/exchange.ts'
import { callerOf, type Gateway } from '../../relay.ts'
import { reply } from './reply.ts'
import { type EmbeddingsBody, type EncodedBody, parse, toBatches } from './request.ts'

/** How many batches are under way at once. */
const AT_ONCE = 4

/** OpenAI's Embeddings, by `batchEmbedContents`. */
export const embeddings =
  ({ gemini, ...naming }: Pick<Gateway, 'gemini' | 'settings' | 'catalogue'>): Handler =>
  async (request) => {
    const body = await decoded(parse(readJson(request)))
    const { id } = resolveModel(body.model, naming).model
    const caller = { ...callerOf(request), protocol: 'embeddings', asked: body.model }
    const batches = toBatches(body, id)
    const replies: Json[] = []
    for (let first = 0; first < batches.length; first += AT_ONCE) {
      const path = `/v1beta/models/${id}:batchEmbedContents`
      const calls = batches
        .slice(first, first + AT_ONCE)
        .map((batch) => askJson(gemini, { method: 'POST', path, body: batch, model: id }, caller))
      replies.push(...(await Promise.all(calls)))
    }
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(reply(replies, body, id)),
    }
  }

/** Token ids as the text they stand for. Their table is a megabyte, loaded by the first request that has some. */
const decoded = async ({ inputs, ...body }: EncodedBody): Promise<EmbeddingsBody> => {
  const texts = inputs.filter((input) => typeof input === 'string')
  if (texts.length === inputs.length) return { ...body, texts }
  const { textOfTokens } = await import('../token-ids.ts')
  const textOf = (input: string | number[], index: number): string =>
    typeof input === 'string' ? input : textOfTokens(input, inputs.length > 1 ? `input[${index}]` : 'input')
  return { ...body, texts: inputs.map(textOf) }
}
