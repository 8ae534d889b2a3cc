// Batches of generateContent: https://ai.google.dev/gemini-api/docs/batch-api. Pending, then running, then done, a step at each look.
import { type Call, ok, type Reply } from '../call.ts'
import { GoogleError, invalid } from '../errors.ts'
import { isObject, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { readMessage } from '../messages/read.ts'
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

export const createBatch = (call: Call): Reply => {
  const model = findModel(call.params.model ?? '', 'batchGenerateContent', call.version)
  const batch = objectOf(readMessage('BatchGenerateContentRequest', jsonBody(call)).batch)
  if (textOf(batch.displayName) === '')
    throw invalid('* BatchGenerateContentRequest.batch.display_name: display_name is required.\n')
  const entries = entriesOf(call, objectOf(batch.inputConfig))
  if (entries.length === 0) throw invalid('* BatchGenerateContentRequest.batch.input_config: no requests are given.\n')
  const name = `batches/${newName(call.world, 36)}`
  const now = timestamp(call.world.now())
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
  const owned: Owned = { project: call.project, value: { name, metadata }, hidden }
  call.world.batches.set(name, owned)
  return ok(owned.value)
}

const entriesOf = (call: Call, input: Json): Entry[] => {
  const { requests, fileName } = input
  if (requests !== undefined && fileName !== undefined) throw invalid('Only one of requests and file_name can be set.')
  if (fileName === undefined)
    return objectsOf(objectOf(requests).requests).map(({ request, metadata }) => ({
      request: objectOf(request),
      tag: metadata === undefined ? {} : { metadata },
    }))
  const id = textOf(fileName).replace(/^files\//, '')
  const file = call.world.files.get(id)
  if (file?.project !== call.project) throw noFile(id)
  return file.bytes
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { key, request } = objectOf(JSON.parse(line))
      return { request: readMessage('GenerateContentRequest', request), tag: key === undefined ? {} : { key } }
    })
}

const found = (call: Call): Owned => {
  const batch = call.world.batches.get(`batches/${call.params.batch}`)
  if (batch?.project === call.project) return batch
  throw new GoogleError('NOT_FOUND', 'Requested entity was not found.')
}

export const getBatch = (call: Call): Reply => {
  const batch = found(call)
  const state = objectOf(batch.value.metadata).state
  if (state !== STEPS[0] && state !== STEPS[1]) return ok(batch.value)
  const looks = Number(batch.hidden.looks) + 1
  const next = looks < 2 ? moved(call, batch, STEPS[1]) : finished(call, batch)
  call.world.batches.set(textOf(next.value.name), { ...next, hidden: { ...next.hidden, looks } })
  return ok(next.value)
}

const moved = (call: Call, batch: Owned, state: string, more: Json = {}): Owned => {
  const metadata = { ...objectOf(batch.value.metadata), ...more, state, updateTime: timestamp(call.world.now()) }
  return { ...batch, value: { ...batch.value, metadata } }
}

const finished = (call: Call, batch: Owned): Owned => {
  const entries = batch.hidden.entries as Entry[]
  const model = batch.hidden.model as Model
  const results = entries.map(({ request, tag }) => ({
    ...resultOf(call.world, request, model, batch.project),
    ...tag,
  }))
  const failed = results.filter((result) => isObject(result.error)).length
  const output =
    batch.hidden.fileName === undefined
      ? { inlinedResponses: { inlinedResponses: results } }
      : { responsesFile: file(call, results) }
  const batchStats = {
    requestCount: String(results.length),
    ...(failed < results.length && { successfulRequestCount: String(results.length - failed) }),
    ...(failed > 0 && { failedRequestCount: String(failed) }),
  }
  const done = moved(call, batch, STEPS[2], { output, batchStats, endTime: timestamp(call.world.now()) })
  const response = { '@type': `${TYPE}Output`, ...output }
  return { ...done, value: { ...done.value, done: true, response } }
}

const resultOf = (world: World, request: Json, model: Model, project: string): Json => {
  try {
    checkGenerate(world, request, model, project)
    const asked = { world, model, project, request }
    return { response: wholeResponse(asked, answersFor(asked)) }
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error
    return { error: { code: error.code, message: error.message } }
  }
}

const file = (call: Call, results: readonly Json[]): unknown => {
  const bytes = Buffer.from(results.map((result) => `${JSON.stringify(result)}\n`).join(''))
  const made = {
    project: call.project,
    bytes,
    mimeType: 'application/jsonl',
    metadata: {},
    source: 'GENERATED',
  } as const
  return keepFile(call.world, made).name
}

export const listBatches = (call: Call): Reply => {
  const own = [...call.world.batches.values()].filter(({ project }) => project === call.project)
  return ok(page(call, 'operations', own.map(({ value }) => value).toReversed(), 50, 1000))
}

export const cancelBatch = (call: Call): Reply => {
  const batch = found(call)
  if (batch.value.done !== true) {
    const cancelled = moved(call, batch, 'BATCH_STATE_CANCELLED')
    call.world.batches.set(textOf(batch.value.name), { ...cancelled, value: { ...cancelled.value, done: true } })
  }
  return ok({})
}

export const deleteBatch = (call: Call): Reply => {
  call.world.batches.delete(textOf(found(call).value.name))
  return ok({})
}
