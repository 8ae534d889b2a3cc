// Batches of generateContent and of embedContent: https://ai.google.dev/gemini-api/docs/batch-api. Pending, then running, then done, a step at each look.

import { GoogleError, invalid } from '../errors.ts'
import { type Exchange, ok, type Reply } from '../exchange.ts'
import { isObject, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { readMessage } from '../messages/read.ts'
import { embed } from '../methods/embed.ts'
import { jsonBody } from '../methods/generate.ts'
import { findModel, type Model } from '../models.ts'
import { answersFor } from '../replies/answer.ts'
import { wholeResponse } from '../replies/chunks.ts'
import { checkGenerate } from '../rules/request.ts'
import { noFile } from '../rules/resources.ts'
import { newName, type Owned, timestamp, type World } from '../world.ts'
import { keepFile } from './files.ts'
import { page } from './page.ts'

const TYPE = 'type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch'
const STEPS = ['BATCH_STATE_PENDING', 'BATCH_STATE_RUNNING', 'BATCH_STATE_SUCCEEDED'] as const

interface Entry {
  request: Json
  /** `metadata` of an inlined request, `key` of a line. */
  tag: Json
}

export const createBatch = (exchange: Exchange): Reply => {
  const model = findModel(exchange.params.model ?? '', 'batchGenerateContent', exchange.version)
  const batch = objectOf(readMessage('BatchGenerateContentRequest', jsonBody(exchange)).batch)
  return begin(exchange, model, batch)
}

/** Of embeddings: https://ai.google.dev/api/batch-api#method:-models.asyncbatchembedcontent */
export const createEmbedBatch = (exchange: Exchange): Reply => {
  const model = findModel(exchange.params.model ?? '', 'asyncBatchEmbedContent', exchange.version)
  return begin(exchange, model, objectOf(objectOf(jsonBody(exchange)).batch))
}

const begin = (exchange: Exchange, model: Model, batch: Json): Reply => {
  if (textOf(batch.displayName) === '')
    throw invalid('* BatchGenerateContentRequest.batch.display_name: display_name is required.\n')
  const entries = entriesOf(exchange, model, objectOf(batch.inputConfig))
  if (entries.length === 0) throw invalid('* BatchGenerateContentRequest.batch.input_config: no requests are given.\n')
  const name = `batches/${newName(exchange.world, 36)}`
  const now = timestamp(exchange.world.now())
  const metadata: Json = {
    '@type': TYPE,
    model: `models/${model.id}`,
    displayName: batch.displayName,
    createTime: now,
    updateTime: now,
    batchStats: { requestCount: String(entries.length), pendingRequestCount: String(entries.length) },
    state: STEPS[0],
    name,
  }
  const hidden = { entries, model, looks: 0, fileName: objectOf(batch.inputConfig).fileName }
  const owned: Owned = { project: exchange.project, value: { name, metadata }, hidden }
  exchange.world.batches.set(name, owned)
  return ok(owned.value)
}

const entriesOf = (exchange: Exchange, model: Model, input: Json): Entry[] => {
  const { requests, fileName } = input
  if (requests !== undefined && fileName !== undefined) throw invalid('Only one of requests and file_name can be set.')
  if (fileName === undefined)
    return objectsOf(objectOf(requests).requests).map(({ request, metadata }) => ({
      request: objectOf(request),
      tag: metadata === undefined ? {} : { metadata },
    }))
  const id = textOf(fileName).replace(/^files\//, '')
  const file = exchange.world.files.get(id)
  if (file?.project !== exchange.project) throw noFile(id)
  return file.bytes
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { key, request } = objectOf(JSON.parse(line))
      const type = model.kind === 'embedding' ? 'EmbedContentRequest' : 'GenerateContentRequest'
      return { request: readMessage(type, request), tag: key === undefined ? {} : { key } }
    })
}

const found = (exchange: Exchange): Owned => {
  const batch = exchange.world.batches.get(`batches/${exchange.params.batch}`)
  if (batch?.project === exchange.project) return batch
  throw new GoogleError('NOT_FOUND', 'Requested entity was not found.')
}

export const getBatch = (exchange: Exchange): Reply => {
  const batch = found(exchange)
  const state = objectOf(batch.value.metadata).state
  if (state !== STEPS[0] && state !== STEPS[1]) return ok(batch.value)
  const looks = Number(batch.hidden.looks) + 1
  const next = looks < 2 ? moved(exchange, batch, STEPS[1]) : finished(exchange, batch)
  exchange.world.batches.set(textOf(next.value.name), { ...next, hidden: { ...next.hidden, looks } })
  return ok(next.value)
}

const moved = (exchange: Exchange, batch: Owned, state: string, more: Json = {}): Owned => {
  const metadata = { ...objectOf(batch.value.metadata), ...more, state, updateTime: timestamp(exchange.world.now()) }
  return { ...batch, value: { ...batch.value, metadata } }
}

const finished = (exchange: Exchange, batch: Owned): Owned => {
  const entries = batch.hidden.entries as Entry[]
  const model = batch.hidden.model as Model
  const results = entries.map(({ request, tag }) => ({
    ...resultOf(exchange.world, request, model, batch.project),
    ...tag,
  }))
  const failed = results.filter((result) => isObject(result.error)).length
  const output =
    batch.hidden.fileName === undefined
      ? { inlinedResponses: { inlinedResponses: results } }
      : { responsesFile: file(exchange, results) }
  const batchStats = {
    requestCount: String(results.length),
    ...(failed < results.length && { successfulRequestCount: String(results.length - failed) }),
    ...(failed > 0 && { failedRequestCount: String(failed) }),
  }
  const done = moved(exchange, batch, STEPS[2], { output, batchStats, endTime: timestamp(exchange.world.now()) })
  const response = { '@type': `${TYPE}Output`, ...output }
  return { ...done, value: { ...done.value, done: true, response } }
}

const resultOf = (world: World, request: Json, model: Model, project: string): Json => {
  try {
    if (model.kind === 'embedding') return { response: { embedding: embed(request, model) } }
    checkGenerate(world, request, model, project)
    const asked = { world, model, project, request }
    return { response: wholeResponse(asked, answersFor(asked)) }
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error
    return { error: { code: error.code, message: error.message } }
  }
}

const file = (exchange: Exchange, results: readonly Json[]): unknown => {
  const bytes = Buffer.from(results.map((result) => `${JSON.stringify(result)}\n`).join(''))
  const made = {
    project: exchange.project,
    bytes,
    mimeType: 'application/jsonl',
    metadata: {},
    source: 'GENERATED',
  } as const
  return keepFile(exchange.world, made).name
}

export const listBatches = (exchange: Exchange): Reply => {
  const own = [...exchange.world.batches.values()].filter(({ project }) => project === exchange.project)
  return ok(page(exchange, 'operations', own.map(({ value }) => value).toReversed(), 50, 1000))
}

export const cancelBatch = (exchange: Exchange): Reply => {
  const batch = found(exchange)
  if (batch.value.done !== true) {
    const cancelled = moved(exchange, batch, 'BATCH_STATE_CANCELLED')
    exchange.world.batches.set(textOf(batch.value.name), { ...cancelled, value: { ...cancelled.value, done: true } })
  }
  return ok({})
}

export const deleteBatch = (exchange: Exchange): Reply => {
  exchange.world.batches.delete(textOf(found(exchange).value.name))
  return ok({})
}
