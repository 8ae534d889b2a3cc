import { GatewayError } from '../../errors.ts'
import type { Model } from '../../gemini/models/model.ts'
import { resolveModel } from '../../gemini/naming/aliases.ts'
import type { Caller } from '../../gemini/upstream/client.ts'
import { askJson, askTurn, type Question } from '../../gemini/upstream/unary.ts'
import type { Part } from '../../gemini/wire.ts'
import { readJson } from '../../http/body.ts'
import type { AdmittedRequest, Handler, Reply } from '../../http/exchange.ts'
import { isForm, readForm } from '../../http/form.ts'
import { EVENT_STREAM_HEADERS } from '../../http/sse.ts'
import { callerOf, type Gateway } from '../../relay.ts'
import { events, imagesOfPrediction, imagesOfTurn, type Made, reply } from './reply.ts'
import { type Edit, type ImagesBody, parseEdit, parseEditForm, parseGeneration } from './request.ts'
import { imageConfigOf, imagenConfigOf } from './size.ts'

type Parts = Pick<Gateway, 'gemini' | 'settings' | 'catalogue' | 'clock'>

/** OpenAI's Images: Gemini's image models by `generateContent`, Imagen by `predict`. */
export const images = (gateway: Parts) => {
  const generations: Handler = (request) => {
    const body = parseGeneration(readJson(request))
    return answer('image_generation', { body, parts: () => [] }, request, gateway)
  }
  const edits: Handler = async (request) => {
    const edit = isForm(request) ? parseEditForm(await readForm(request)) : parseEdit(readJson(request))
    return answer('image_edit', edit, request, gateway)
  }
  return { generations, edits }
}

const answer = async (
  what: 'image_generation' | 'image_edit',
  { body, parts, asked }: Edit,
  request: AdmittedRequest,
  { gemini, clock, ...naming }: Parts,
): Promise<Reply> => {
  const { model, switches } = resolveModel(body.model, naming)
  const caller: Caller = { ...callerOf(request), protocol: 'images', asked: body.model }
  const given = parts(model)
  const made = await Promise.all(
    model.id.startsWith('imagen-')
      ? imagen(body, model, given, gemini, caller)
      : drawn({ body, given, asked, safety: switches.safety }, model, gemini, caller),
  )
  const created = Math.floor(clock() / 1000)
  return body.stream
    ? { status: 200, headers: { ...EVENT_STREAM_HEADERS }, body: events(what, made, body, created) }
    : {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(reply(made, body, created)),
      }
}

/** Gemini makes one image a call. */
const drawn = (
  { body, given, safety, asked }: Pick<Question, 'safety' | 'asked'> & { body: ImagesBody; given: readonly Part[] },
  model: Model,
  gemini: Gateway['gemini'],
  caller: Caller,
): Promise<Made>[] => {
  if (model.makes !== 'image') {
    const message = `model: '${body.model.slice(0, 100)}' makes no images`
    throw new GatewayError('invalid_request', message, { param: 'model' })
  }
  const question: Question = {
    model,
    safety,
    asked,
    parts: [...given, { text: body.prompt }],
    wishes: { modalities: ['TEXT', 'IMAGE'], imageConfig: configOf(body, model) },
  }
  return Array.from({ length: body.n ?? 1 }, async () => imagesOfTurn(await askTurn(gemini, question, caller)))
}

const configOf = (body: ImagesBody, { id }: Model) => {
  const config = imageConfigOf(body, id)
  return Object.keys(config).length > 0 ? config : undefined
}

const MOST_SAMPLES = 4

const imagen = (
  body: ImagesBody,
  { id }: Model,
  given: readonly Part[],
  gemini: Gateway['gemini'],
  caller: Caller,
): Promise<Made>[] => {
  if (given.length > 0) {
    const message = 'model: Imagen makes new images only; edit with one of the gemini-…-image models'
    throw new GatewayError('invalid_request', message, { param: 'model' })
  }
  const path = `/v1beta/models/${id}:predict`
  const count = body.n ?? 1
  return Array.from({ length: Math.ceil(count / MOST_SAMPLES) }, async (_, call) => {
    const sampleCount = Math.min(MOST_SAMPLES, count - call * MOST_SAMPLES)
    const parameters = { sampleCount, ...imagenConfigOf(body, id) }
    const wanted = { instances: [{ prompt: body.prompt }], parameters }
    return imagesOfPrediction(await askJson(gemini, { method: 'POST', path, body: wanted, model: id }, caller))
  })
}
