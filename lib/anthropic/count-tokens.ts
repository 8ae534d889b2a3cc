import { GatewayError } from '../errors.ts'
import { withModel } from '../gemini/naming/aliases.ts'
import { signCalls, skipSignatures } from '../gemini/request/signatures.ts'
import { namesAsWritten } from '../gemini/resource-names.ts'
import { askJson } from '../gemini/upstream/unary.ts'
import { readJson } from '../http/body.ts'
import type { Handler } from '../http/exchange.ts'
import { callerOf, callOf, type Gateway } from '../relay.ts'
import { isBeta } from './index.ts'
import { parseCount, toGemini } from './request.ts'

/**
 * Anthropic's count of a request's tokens: the request as Gemini would get it, tools and system text included, counted by
 * Gemini. https://platform.claude.com/docs/en/api/messages/count_tokens
 */
export const countTokens =
  ({ gemini, ...naming }: Pick<Gateway, 'gemini' | 'settings' | 'catalogue'>): Handler =>
  async (request) => {
    const body = parseCount(withModel(readJson(request), naming.settings))
    const { model, request: asked } = callOf({ toGemini }, body, naming).call
    const name = model.startsWith('tunedModels/') ? model : `models/${model}`
    // Signatures weigh nothing, and no other project would take them: a count goes to any.
    const generateContentRequest = { model: name, ...skipSignatures(signCalls(asked, model, new Map())) }
    const { totalTokens } = await askJson(
      gemini,
      {
        method: 'POST',
        path: `/v1beta/${name}:countTokens`,
        body: { generateContentRequest },
        model,
        names: namesAsWritten(asked, body),
      },
      { ...callerOf(request), protocol: 'messages', asked: body.model },
    )
    if (typeof totalTokens !== 'number') throw new GatewayError('upstream', 'The model service sent no count.')
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input_tokens: totalTokens, ...(isBeta(request) && { context_management: null }) }),
    }
  }
