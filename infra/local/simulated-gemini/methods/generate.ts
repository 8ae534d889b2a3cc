// generateContent, streamGenerateContent and countTokens.

import type { Script, ScriptedTurn } from '../contract.ts'
import { badRequest, invalid } from '../errors.ts'
import type { Exchange, Reply } from '../exchange.ts'
import { ok } from '../exchange.ts'
import { isObject, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { parseBody, readMessage } from '../messages/read.ts'
import { findModel } from '../models.ts'
import { type Answer, type Asked, answersFor, turn } from '../replies/answer.ts'
import { chunkedResponse, wholeResponse } from '../replies/chunks.ts'
import { countRequest, detailsOf, totalOf } from '../replies/tokens.ts'
import { checkCounted, checkGenerate, readGenerate } from '../rules/request.ts'
import { remember } from '../rules/signatures.ts'
import { takeScript, willHide } from '../scripts.ts'

export const jsonBody = (exchange: Exchange): unknown => parseBody(exchange.body.toString('utf8'))

export const askedOf = (exchange: Exchange, method: string): Asked => {
  const model = findModel(exchange.params.model ?? '', method, exchange.version)
  const request = readGenerate(exchange.world, jsonBody(exchange), model, exchange.project)
  return { world: exchange.world, model, project: exchange.project, request }
}

/** The reply to one valid request: what a script says, else what the simulator does. */
export const generate = async (exchange: Exchange, asked: Asked, as: 'events' | 'array' | 'json'): Promise<Reply> => {
  const { world, arrival } = exchange
  const script = willHide(world, arrival) ? undefined : await takeScript(world, arrival, asked.request)
  if (script === undefined) return spoken(exchange, asked, answersFor(asked), as)
  return scriptedReply(exchange, asked, script, as)
}

const spoken = (
  exchange: Exchange,
  asked: Asked,
  answers: readonly Answer[],
  as: 'events' | 'array' | 'json',
): Reply =>
  as === 'json'
    ? ok(wholeResponse(asked, answers))
    : { as, chunks: chunkedResponse(asked, answers, exchange.world.pace) }

const scriptedReply = (
  exchange: Exchange,
  asked: Asked,
  script: Exclude<Script, { agent: ScriptedTurn[] } | ((...given: never[]) => unknown)>,
  as: 'events' | 'array' | 'json',
): Reply => {
  if ('chunks' in script) {
    rememberSignatures(exchange, script.chunks)
    if (as === 'json') return ok(script.chunks.at(-1) ?? {})
    return { as, chunks: script.chunks, ...(script.delayMs !== undefined && { delayMs: script.delayMs }) }
  }
  if ('raw' in script) {
    const { raw, base64 = false, status = 200, headers = {} } = script
    const body = typeof raw === 'string' ? Buffer.from(raw, base64 ? 'base64' : 'utf8') : raw
    rememberSignatures(exchange, Buffer.from(body).toString())
    const type = as === 'events' ? 'text/event-stream' : 'application/json; charset=UTF-8'
    return { as: 'bytes', status, body, headers: { 'content-type': type, ...headers } }
  }
  if ('status' in script) {
    const { status, body, headers } = script
    return { as: 'json', status, body, ...(headers && { headers }) }
  }
  rememberSignatures(exchange, script.parts)
  return spoken(exchange, asked, [turn(asked, script)], as)
}

const SIGNATURE = /"thoughtSignature"\s*:\s*"([^"\\]+)"/g
const rememberSignatures = (exchange: Exchange, what: unknown): void => {
  const text = typeof what === 'string' ? what : JSON.stringify(what ?? null)
  for (const [, signature = ''] of text.matchAll(SIGNATURE)) remember(exchange.world, signature)
}

export const generateContent = async (exchange: Exchange): Promise<Reply> =>
  generate(exchange, askedOf(exchange, 'generateContent'), 'json')

export const streamGenerateContent = async (exchange: Exchange): Promise<Reply> => {
  const { alt = 'json' } = exchange.arrival.query
  if (alt !== 'sse' && alt !== 'json')
    throw badRequest([
      {
        field: 'alt',
        description: `Invalid value at 'alt' (type.googleapis.com/google.api.Alt), ${JSON.stringify(alt)}`,
      },
    ])
  return generate(exchange, askedOf(exchange, 'streamGenerateContent'), alt === 'sse' ? 'events' : 'array')
}

export const countTokens = (exchange: Exchange): Reply => {
  const model = findModel(exchange.params.model ?? '', 'countTokens', exchange.version)
  const body = readMessage('CountTokensRequest', jsonBody(exchange))
  const whole = body.generateContentRequest
  if (isObject(whole)) {
    if (objectsOf(body.contents).length > 0)
      throw invalid('contents and generate_content_request are mutually exclusive. Only one of them can be set.')
    if (textOf(whole.model) === '')
      throw invalid('* CountTokensRequest.generate_content_request.model: model is required.\n')
    checkGenerate(exchange.world, whole, model, exchange.project, 'CountTokensRequest.generate_content_request')
  } else checkCounted(body)
  const request = isObject(whole) ? whole : body
  const counts = countRequest(request)
  const cache = exchange.world.caches.get(textOf(request.cachedContent).replace(/^cachedContents\//, ''))
  const cached = Number(objectOf(cache?.value.usageMetadata).totalTokenCount ?? 0)
  const reply: Json = {
    totalTokens: totalOf(counts) + cached,
    ...(cached > 0 && { cachedContentTokenCount: cached }),
    promptTokensDetails: detailsOf(counts),
  }
  return ok(reply)
}
