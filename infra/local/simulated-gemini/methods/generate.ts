// generateContent, streamGenerateContent and countTokens.
import type { Call, Reply } from '../call.ts'
import { ok } from '../call.ts'
import type { Script, ScriptedTurn } from '../contract.ts'
import { badRequest, invalid } from '../errors.ts'
import { isObject, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { parseBody, readMessage } from '../messages/read.ts'
import { findModel } from '../models.ts'
import { type Answer, type Asked, answersFor, turn } from '../replies/answer.ts'
import { chunkedResponse, wholeResponse } from '../replies/chunks.ts'
import { countRequest, detailsOf, totalOf } from '../replies/tokens.ts'
import { checkCounted, checkGenerate, readGenerate } from '../rules/request.ts'
import { remember } from '../rules/signatures.ts'
import { takeScript, willHide } from '../scripts.ts'

export const jsonBody = (call: Call): unknown => parseBody(call.body.toString('utf8'))

export const askedOf = (call: Call, method: string): Asked => {
  const model = findModel(call.params.model ?? '', method, call.version)
  const request = readGenerate(call.world, jsonBody(call), model, call.project)
  return { world: call.world, model, project: call.project, request }
}

/** The reply to one valid request: what a script says, else what the simulator does. */
export const generate = async (call: Call, asked: Asked, as: 'events' | 'array' | 'json'): Promise<Reply> => {
  const { world, arrival } = call
  const script = willHide(world, arrival) ? undefined : await takeScript(world, arrival, asked.request)
  if (script === undefined) return spoken(call, asked, answersFor(asked), as)
  return scriptedReply(call, asked, script, as)
}

const spoken = (call: Call, asked: Asked, answers: readonly Answer[], as: 'events' | 'array' | 'json'): Reply =>
  as === 'json' ? ok(wholeResponse(asked, answers)) : { as, chunks: chunkedResponse(asked, answers, call.world.pace) }

const scriptedReply = (
  call: Call,
  asked: Asked,
  script: Exclude<Script, { agent: ScriptedTurn[] } | ((...given: never[]) => unknown)>,
  as: 'events' | 'array' | 'json',
): Reply => {
  if ('chunks' in script) {
    rememberSignatures(call, script.chunks)
    if (as === 'json') return ok(script.chunks.at(-1) ?? {})
    return { as, chunks: script.chunks, ...(script.delayMs !== undefined && { delayMs: script.delayMs }) }
  }
  if ('raw' in script) {
    const { raw, base64 = false, status = 200, headers = {} } = script
    const body = typeof raw === 'string' ? Buffer.from(raw, base64 ? 'base64' : 'utf8') : raw
    rememberSignatures(call, Buffer.from(body).toString())
    const type = as === 'events' ? 'text/event-stream' : 'application/json; charset=UTF-8'
    return { as: 'bytes', status, body, headers: { 'content-type': type, ...headers } }
  }
  if ('status' in script) {
    const { status, body, headers } = script
    return { as: 'json', status, body, ...(headers && { headers }) }
  }
  rememberSignatures(call, script.parts)
  return spoken(call, asked, [turn(asked, script)], as)
}

const SIGNATURE = /"thoughtSignature"\s*:\s*"([^"\\]+)"/g
const rememberSignatures = (call: Call, what: unknown): void => {
  const text = typeof what === 'string' ? what : JSON.stringify(what ?? null)
  for (const [, signature = ''] of text.matchAll(SIGNATURE)) remember(call.world, signature)
}

export const generateContent = async (call: Call): Promise<Reply> =>
  generate(call, askedOf(call, 'generateContent'), 'json')

export const streamGenerateContent = async (call: Call): Promise<Reply> => {
  const { alt = 'json' } = call.arrival.query
  if (alt !== 'sse' && alt !== 'json')
    throw badRequest([
      {
        field: 'alt',
        description: `Invalid value at 'alt' (type.googleapis.com/google.api.Alt), ${JSON.stringify(alt)}`,
      },
    ])
  return generate(call, askedOf(call, 'streamGenerateContent'), alt === 'sse' ? 'events' : 'array')
}

export const countTokens = (call: Call): Reply => {
  const model = findModel(call.params.model ?? '', 'countTokens', call.version)
  const body = readMessage('CountTokensRequest', jsonBody(call))
  const whole = body.generateContentRequest
  if (isObject(whole)) {
    if (objectsOf(body.contents).length > 0)
      throw invalid('contents and generate_content_request are mutually exclusive. Only one of them can be set.')
    if (textOf(whole.model) === '')
      throw invalid('* CountTokensRequest.generate_content_request.model: model is required.\n')
    checkGenerate(call.world, whole, model, call.project, 'CountTokensRequest.generate_content_request')
  } else checkCounted(body)
  const request = isObject(whole) ? whole : body
  const counts = countRequest(request)
  const cache = call.world.caches.get(textOf(request.cachedContent).replace(/^cachedContents\//, ''))
  const cached = Number(objectOf(cache?.value.usageMetadata).totalTokenCount ?? 0)
  const reply: Json = {
    totalTokens: totalOf(counts) + cached,
    ...(cached > 0 && { cachedContentTokenCount: cached }),
    promptTokensDetails: detailsOf(counts),
  }
  return ok(reply)
}
