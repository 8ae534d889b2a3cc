import { GatewayError } from '../../errors.ts'
import { withModel } from '../../gemini/naming/aliases.ts'
import { signCalls, skipSignatures } from '../../gemini/request/signatures.ts'
import { namesAsWritten } from '../../gemini/resource-names.ts'
import { askJson } from '../../gemini/upstream/unary.ts'
import { readJson } from '../../http/body.ts'
import type { Handler } from '../../http/exchange.ts'
import { callerOf, callOf, type Gateway } from '../../relay.ts'
import { responses } from './index.ts'
import { responsesMemory } from './memory.ts'

/**
 * The tokens that a response would be given, earlier turns, tools and instructions included, counted by Gemini.
 * https://platform.openai.com/docs/api-reference/responses/input-tokens
 */
export const inputTokens = (gateway: Gateway): Handler => {
  const memory = responsesMemory(gateway)
  return async (request) => {
    const own = responses.parse(withModel(readJson(request), gateway.settings))
    const body = (await memory.recall(own, request.client.name)) ?? own
    const { model, request: asked } = callOf(responses, body, gateway).call
    const name = model.startsWith('tunedModels/') ? model : `models/${model}`
    // Signatures weigh nothing, and no other project would take them: a count goes to any.
    const generateContentRequest = { model: name, ...skipSignatures(signCalls(asked, model, new Map())) }
    const { totalTokens } = await askJson(
      gateway.gemini,
      {
        method: 'POST',
        path: `/v1beta/${name}:countTokens`,
        body: { generateContentRequest },
        model,
        names: namesAsWritten(asked, own),
      },
      { ...callerOf(request), protocol: 'responses', asked: own.model },
    )
    if (typeof totalTokens !== 'number') throw new GatewayError('upstream', 'The model service sent no count.')
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ object: 'response.input_tokens', input_tokens: totalTokens }),
    }
  }
}
