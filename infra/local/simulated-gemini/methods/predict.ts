// Imagen's predict, Veo's predictLongRunning and the operation that it starts.
// https://ai.google.dev/gemini-api/docs/imagen and …/docs/video

import { GoogleError, invalid } from '../errors.ts'
import { type Exchange, ok, type Reply } from '../exchange.ts'
import { isObject, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { drawPng } from '../media/png.ts'
import { drawVideo } from '../media/video.ts'
import { readMessage } from '../messages/read.ts'
import { findModel } from '../models.ts'
import { keepFile } from '../resources/files.ts'
import { newName, type Owned } from '../world.ts'
import { jsonBody } from './generate.ts'

const MOST_SAMPLES = 4
const IMAGE_PARAMETERS = new Set([
  'sampleCount',
  'aspectRatio',
  'imageSize',
  'sampleImageSize',
  'personGeneration',
  'safetySetting',
  'includeSafetyAttributes',
  'includeRaiReason',
  'language',
  'outputOptions',
  'guidanceScale',
  'addWatermark',
  'enhancePrompt',
  'seed',
])
const VIDEO_PARAMETERS = new Set([
  'aspectRatio',
  'durationSeconds',
  'negativePrompt',
  'personGeneration',
  'resolution',
  'sampleCount',
  'seed',
  'enhancePrompt',
  'generateAudio',
])

interface Wanted {
  prompt: string
  parameters: Json
  samples: number
}

const read = (exchange: Exchange, known: ReadonlySet<string>): Wanted => {
  const request = readMessage('PredictRequest', jsonBody(exchange))
  const instances = objectsOf(request.instances)
  if (instances.length !== 1) throw invalid('Exactly one instance is required.')
  const prompt = textOf(instances[0]?.prompt)
  if (prompt === '') throw invalid('The prompt must not be empty.')
  const parameters = request.parameters ?? {}
  if (!isObject(parameters)) throw invalid('parameters must be a JSON object.')
  const stray = Object.keys(parameters).find((name) => !known.has(name))
  if (stray !== undefined) throw invalid(`Unsupported parameter: ${stray}`)
  const samples = Number(parameters.sampleCount ?? 1)
  if (!Number.isInteger(samples) || samples < 1 || samples > MOST_SAMPLES)
    throw invalid(
      `sampleCount must be between 1 and ${MOST_SAMPLES}, got ${textOf(parameters.sampleCount) || samples}.`,
    )
  return { prompt, parameters, samples }
}

export const predict = (exchange: Exchange): Reply => {
  findModel(exchange.params.model ?? '', 'predict', exchange.version)
  const { prompt, parameters, samples } = read(exchange, IMAGE_PARAMETERS)
  const ratio = textOf(parameters.aspectRatio) || '1:1'
  if (!['1:1', '3:4', '4:3', '9:16', '16:9'].includes(ratio)) throw invalid(`Unsupported aspectRatio: ${ratio}`)
  const size = textOf(parameters.imageSize) || textOf(parameters.sampleImageSize) || '1K'
  const predictions = Array.from({ length: samples }, (_, index) => ({
    mimeType: 'image/png',
    bytesBase64Encoded: drawPng(index === 0 ? prompt : `${prompt} ${index}`, ratio, size).toString('base64'),
  }))
  return ok({ predictions })
}

const RATIOS = ['16:9', '9:16']
const RESOLUTIONS = ['720p', '1080p', '4k']

// https://ai.google.dev/gemini-api/docs/video#parameters
const checkVideo = (exchange: Exchange, { aspectRatio, resolution, durationSeconds = 8 }: Json): void => {
  if (aspectRatio !== undefined && !RATIOS.includes(textOf(aspectRatio)))
    throw invalid(`Unsupported aspectRatio: ${textOf(aspectRatio)}`)
  if (resolution !== undefined && !RESOLUTIONS.includes(textOf(resolution)))
    throw invalid(`Unsupported resolution: ${textOf(resolution)}`)
  const seconds = Number(durationSeconds)
  if (![4, 6, 8].includes(seconds)) throw invalid(`durationSeconds must be 4, 6 or 8, got ${seconds}.`)
  if (resolution !== undefined && resolution !== '720p' && seconds !== 8)
    throw invalid(`durationSeconds must be 8 for ${textOf(resolution)}.`)
  const { instances } = objectOf(jsonBody(exchange))
  const { image } = objectOf(objectsOf(instances)[0])
  if (image === undefined) return
  const { bytesBase64Encoded, mimeType } = objectOf(image)
  if (textOf(bytesBase64Encoded) === '' || !textOf(mimeType).startsWith('image/'))
    throw invalid('image needs bytesBase64Encoded and a mimeType of an image.')
}

// How often an operation is looked at before it is done.
const POLLS = 1

export const predictLongRunning = (exchange: Exchange): Reply => {
  const { model = '' } = exchange.params
  findModel(model, 'predictLongRunning', exchange.version)
  const { prompt, parameters } = read(exchange, VIDEO_PARAMETERS)
  checkVideo(exchange, parameters)
  const name = `models/${model}/operations/${newName(exchange.world, 12)}`
  const hidden = { prompt, seconds: Number(parameters.durationSeconds ?? 8), polls: 0 }
  exchange.world.operations.set(name, { project: exchange.project, value: { name }, hidden })
  return ok({ name })
}

export const getOperation = (exchange: Exchange): Reply => {
  const name = `models/${exchange.params.model}/operations/${exchange.params.operation}`
  const found = exchange.world.operations.get(name)
  if (found?.project !== exchange.project) throw new GoogleError('NOT_FOUND', `Operation ${name} not found.`)
  const polls = Number(found.hidden.polls) + 1
  const next: Owned = { ...found, hidden: { ...found.hidden, polls } }
  if (polls > POLLS && found.value.done !== true) next.value = { name, done: true, response: videoOf(exchange, found) }
  exchange.world.operations.set(name, next)
  return ok(next.value)
}

const videoOf = (exchange: Exchange, { hidden, project }: Owned): Json => {
  const bytes = drawVideo(textOf(hidden.prompt), Number(hidden.seconds))
  const file = keepFile(exchange.world, { project, bytes, mimeType: 'video/mp4', metadata: {}, source: 'GENERATED' })
  return {
    '@type': 'type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse',
    generateVideoResponse: { generatedSamples: [{ video: { uri: `${textOf(file.uri)}:download?alt=media` } }] },
  }
}

/** The operations of a model that this project started. */
export const listOperations = (exchange: Exchange): Reply => {
  const prefix = `models/${exchange.params.model}/operations/`
  const own = [...exchange.world.operations].filter(
    ([name, { project }]) => name.startsWith(prefix) && project === exchange.project,
  )
  return ok(own.length > 0 ? { operations: own.map(([, { value }]) => objectOf(value)) } : {})
}
