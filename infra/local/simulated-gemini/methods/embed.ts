// embedContent and batchEmbedContents: vectors that depend on the text alone. https://ai.google.dev/api/embeddings

import { invalid, invalidFields } from '../errors.ts'
import type { Exchange, Reply } from '../exchange.ts'
import { ok } from '../exchange.ts'
import { hashOf, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { readMessage } from '../messages/read.ts'
import { findModel, type Model } from '../models.ts'
import { type Counts, countContent, detailsOf, totalOf } from '../replies/tokens.ts'
import { checkContent } from '../rules/contents.ts'
import { collect } from '../rules/lines.ts'
import { jsonBody } from './generate.ts'

const DIMENSIONS = 3072
const MOST_IN_BATCH = 100

export const embedContent = (exchange: Exchange): Reply => {
  const model = findModel(exchange.params.model ?? '', 'embedContent', exchange.version)
  const request = readMessage('EmbedContentRequest', jsonBody(exchange))
  check([request], model, 'EmbedContentRequest', () => 'content')
  return ok({ embedding: embed(request, model), ...usage([request], model) })
}

export const batchEmbedContents = (exchange: Exchange): Reply => {
  const model = findModel(exchange.params.model ?? '', 'batchEmbedContents', exchange.version)
  const requests = objectsOf(readMessage('BatchEmbedContentsRequest', jsonBody(exchange)).requests)
  if (requests.length === 0) throw invalidFields(['BatchEmbedContentsRequest.requests: requests is not specified'])
  if (requests.length > MOST_IN_BATCH)
    throw invalidFields([`BatchEmbedContentsRequest.requests: at most ${MOST_IN_BATCH} requests can be in one batch`])
  requests.forEach((request, index) => {
    if (textOf(request.model) === '')
      throw invalidFields([`BatchEmbedContentsRequest.requests[${index}].model: model is required.`])
    if (textOf(request.model) !== `models/${model.id}`)
      throw invalidFields([
        `BatchEmbedContentsRequest.model: 'models/${model.id}' must be the same as the model in requests[${index}].`,
      ])
  })
  check(requests, model, 'BatchEmbedContentsRequest', (index) => `requests[${index}].content`)
  return ok({ embeddings: requests.map((request) => embed(request, model)), ...usage(requests, model) })
}

const check = (requests: readonly Json[], model: Model, root: string, place: (index: number) => string): void => {
  const lines = collect(root)
  requests.forEach((request, index) => {
    checkContent(objectOf(request.content), place(index), lines)
    const { outputDimensionality: size, title } = { ...objectOf(request.embedContentConfig), ...request }
    const taskType = request.taskType ?? objectOf(request.embedContentConfig).taskType
    if (size !== undefined && !(Number(size) >= 1 && Number(size) <= DIMENSIONS))
      throw invalid(`output_dimensionality must be in the range [1, ${DIMENSIONS}].`)
    if (title && taskType !== 'RETRIEVAL_DOCUMENT')
      throw invalid('Title is only supported for the RETRIEVAL_DOCUMENT task type.')
    if (
      model.id === 'gemini-embedding-001' &&
      objectsOf(objectOf(request.content).parts).some((part) => part.inlineData ?? part.fileData)
    )
      throw invalid(`Multimodal embedding is not supported for models/${model.id}`)
  })
  if (lines.found.length > 0) throw invalidFields(lines.found)
}

/** Whole vectors have length 1. Shorter ones are the first values of it; embedding-001 leaves those as they are. */
export const embed = (request: Json, model: Model): Json => {
  const config = objectOf(request.embedContentConfig)
  const size = Number(request.outputDimensionality ?? config.outputDimensionality ?? DIMENSIONS)
  const seed = hashOf(JSON.stringify([request.content, request.taskType ?? config.taskType ?? '']))
  const whole = unit(Array.from({ length: DIMENSIONS }, (_, index) => wave(seed, index)))
  const first = whole.slice(0, size)
  const values = model.id === 'gemini-embedding-001' || size === DIMENSIONS ? first : unit(first)
  return { values: values.map((value) => Number(value.toPrecision(8))) }
}

const wave = (seed: number, index: number): number => {
  let mixed = seed ^ Math.imul(index + 1, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x80000000 - 1
}
const unit = (values: readonly number[]): number[] => {
  const length = Math.hypot(...values)
  return values.map((value) => value / length)
}

const usage = (requests: readonly Json[], model: Model): Json => {
  if (model.id !== 'gemini-embedding-2') return {}
  const counts = requests.reduce<Counts>((sum, request) => countContent(objectOf(request.content), sum), {})
  return { usageMetadata: { promptTokenCount: totalOf(counts), promptTokenDetails: detailsOf(counts) } }
}
