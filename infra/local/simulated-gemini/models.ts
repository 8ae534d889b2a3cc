// The models that this Gemini serves, as GET /v1beta/models tells them, and what each can.
// https://ai.google.dev/gemini-api/docs/models, …/docs/thinking, …/docs/function-calling
import { GoogleError } from './errors.ts'
import type { Json } from './json.ts'

export type Level = 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH'

export type Thinking =
  | { by: 'level'; levels: readonly Level[] }
  /** `usually` is what it thinks when nobody says: 0 where thinking has to be asked for. */
  | { by: 'budget'; least: number; most: number; canBeOff: boolean; usually: number }
  | { by: 'none' }

export type Kind = 'text' | 'image' | 'speech' | 'embedding' | 'imagen' | 'video' | 'other'

export interface Model {
  /** Without `models/`. */
  id: string
  /** What a reply names as its `modelVersion`. */
  version: string
  kind: Kind
  /** 2, 2.5, 3, 3.1 … */
  generation: number
  thinking: Thinking
  /** What the list says of it. */
  entry: Json
}

const GENERATE = ['generateContent', 'countTokens', 'createCachedContent', 'batchGenerateContent']
const EMBED = ['embedContent', 'countTextTokens', 'countTokens', 'asyncBatchEmbedContent']
const LEVELS: readonly Level[] = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']

// Models without caches and batches.
const FEW_METHODS = /^gemma|computer-use|2\.5-flash-preview-tts/

type Row = readonly [id: string, displayName: string, version: string, input?: number, output?: number]

const MILLION = 1_048_576

// Text models: id, display name, version, token limits where they are not the usual ones.
const TEXT: readonly Row[] = [
  ['gemini-2.5-flash', 'Gemini 2.5 Flash', '001'],
  ['gemini-2.5-pro', 'Gemini 2.5 Pro', '2.5'],
  ['gemini-2.0-flash', 'Gemini 2.0 Flash', '2.0', MILLION, 8192],
  ['gemini-2.0-flash-001', 'Gemini 2.0 Flash 001', '2.0', MILLION, 8192],
  ['gemini-2.0-flash-lite', 'Gemini 2.0 Flash-Lite', '2.0', MILLION, 8192],
  ['gemini-2.0-flash-lite-001', 'Gemini 2.0 Flash-Lite 001', '2.0', MILLION, 8192],
  ['gemini-2.5-flash-lite', 'Gemini 2.5 Flash-Lite', '001'],
  ['gemma-4-26b-a4b-it', 'Gemma 4 26B A4B IT', '001', 262_144, 32_768],
  ['gemma-4-31b-it', 'Gemma 4 31B IT', '001', 262_144, 32_768],
  ['gemini-flash-latest', 'Gemini Flash Latest', 'Gemini Flash Latest'],
  ['gemini-flash-lite-latest', 'Gemini Flash-Lite Latest', 'Gemini Flash-Lite Latest'],
  ['gemini-pro-latest', 'Gemini Pro Latest', 'Gemini Pro Latest'],
  ['gemini-3-pro-preview', 'Gemini 3 Pro Preview', '3-pro-preview-11-2025'],
  ['gemini-3-flash-preview', 'Gemini 3 Flash Preview', '3-flash-preview-12-2025'],
  ['gemini-3.1-pro-preview', 'Gemini 3.1 Pro Preview', '3.1-pro-preview-01-2026'],
  ['gemini-3.1-pro-preview-customtools', 'Gemini 3.1 Pro Preview Custom Tools', '3.1-pro-preview-01-2026'],
  ['gemini-3.1-flash-lite-preview', 'Gemini 3.1 Flash Lite Preview', '3.1-flash-lite-preview-03-2026'],
  ['gemini-3.1-flash-lite', 'Gemini 3.1 Flash Lite', '3.1-flash-lite-05-2026'],
  ['gemini-3.5-flash', 'Gemini 3.5 Flash', '3.5-flash-05-2026'],
  ['gemini-3.5-flash-lite', 'Gemini 3.5 Flash Lite', '3.5-flash-lite-07-2026'],
  ['gemini-3.6-flash', 'Gemini 3.6 Flash', '3.6-flash-07-2026'],
  ['gemini-3.7-flash', 'Gemini 3.7 Flash', '3.7-flash-08-2026'],
  ['gemini-3.8-flash', 'Gemini 3.8 Flash', '3.8-flash-09-2026'],
  ['gemini-2.5-computer-use-preview-10-2025', 'Gemini 2.5 Computer Use Preview 10-2025', '10-2025', 131_072],
]
const IMAGE: readonly Row[] = [
  ['gemini-2.5-flash-image', 'Nano Banana', '2.0', 32_768, 32_768],
  ['gemini-3-pro-image-preview', 'Nano Banana Pro', '3.0', 131_072, 32_768],
  ['gemini-3-pro-image', 'Nano Banana Pro', '3.0', 131_072, 32_768],
  ['nano-banana-pro-preview', 'Nano Banana Pro', '3.0', 131_072, 32_768],
  ['gemini-3.1-flash-image-preview', 'Nano Banana 2', '3.0', 65_536],
  ['gemini-3.1-flash-image', 'Nano Banana 2', '3.0', 65_536],
  ['gemini-3.1-flash-lite-image', 'Nano Banana 2 Lite', '3.0', 65_536],
]
const SPEECH: readonly Row[] = [
  ['gemini-2.5-flash-preview-tts', 'Gemini 2.5 Flash Preview TTS', 'gemini-2.5-flash-exp-tts-2025-05-19', 8192, 16_384],
  ['gemini-2.5-pro-preview-tts', 'Gemini 2.5 Pro Preview TTS', 'gemini-2.5-pro-preview-tts-2025-05-19', 8192, 16_384],
  ['gemini-3.1-flash-tts-preview', 'Gemini 3.1 Flash TTS Preview', '3.1-flash-tts-preview', 8192, 16_384],
]
const EMBEDDING: readonly Row[] = [
  ['gemini-embedding-001', 'Gemini Embedding 001', '001', 2048, 1],
  ['gemini-embedding-2-preview', 'Gemini Embedding 2 Preview', '2', 8192, 1],
  ['gemini-embedding-2', 'Gemini Embedding 2', '2', 8192, 1],
]
const IMAGEN: readonly Row[] = [
  ['imagen-4.0-generate-001', 'Imagen 4', '001', 480, 8192],
  ['imagen-4.0-ultra-generate-001', 'Imagen 4 Ultra', '001', 480, 8192],
  ['imagen-4.0-fast-generate-001', 'Imagen 4 Fast', '001', 480, 8192],
]
const VIDEO: readonly Row[] = [
  ['veo-3.1-generate-preview', 'Veo 3.1', '3.1', 480, 8192],
  ['veo-3.1-fast-generate-preview', 'Veo 3.1 fast', '3.1', 480, 8192],
  ['veo-3.1-lite-generate-preview', 'Veo 3.1 lite', '3.1', 480, 8192],
]

// Names that stand for another model.
const ALIASES: Readonly<Record<string, string>> = {
  'gemini-flash-latest': 'gemini-3.6-flash',
  'gemini-flash-lite-latest': 'gemini-3.5-flash-lite',
  'gemini-pro-latest': 'gemini-3.1-pro-preview',
  'nano-banana-pro-preview': 'gemini-3-pro-image-preview',
}

const generationOf = (version: string): number => {
  const found = /^(?:gemini|gemma|imagen|veo)-(\d+(?:\.\d+)?)/.exec(version)?.[1]
  return version.startsWith('gemma') || !found ? 2.5 : Number(found)
}

const thinkingOf = (version: string, kind: Kind): Thinking => {
  if (version.startsWith('gemma')) return { by: 'level', levels: ['MINIMAL', 'HIGH'] }
  if ((kind !== 'text' && kind !== 'image' && kind !== 'speech') || generationOf(version) < 2.5) return { by: 'none' }
  if (generationOf(version) < 3) {
    if (kind !== 'text') return { by: 'none' }
    if (version.includes('pro')) return { by: 'budget', least: 128, most: 32_768, canBeOff: false, usually: 64 }
    if (version.includes('lite')) return { by: 'budget', least: 512, most: 24_576, canBeOff: true, usually: 0 }
    return { by: 'budget', least: 1, most: 24_576, canBeOff: true, usually: 48 }
  }
  if (kind === 'image') return { by: 'level', levels: version.includes('pro') ? [] : ['MINIMAL', 'HIGH'] }
  if (kind === 'speech') return { by: 'level', levels: [] }
  if (version.startsWith('gemini-3-pro')) return { by: 'level', levels: ['LOW', 'HIGH'] }
  if (version.includes('pro') || generationOf(version) >= 3.7) return { by: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] }
  return { by: 'level', levels: LEVELS }
}

const modelOf = ([id, displayName, version, input = MILLION, output = 65_536]: Row, kind: Kind): Model => {
  const stands = ALIASES[id] ?? id
  const thinking = thinkingOf(stands, kind)
  const methods: Record<Kind, readonly string[]> = {
    text: GENERATE,
    image: ['generateContent', 'countTokens', 'batchGenerateContent'],
    speech: ['countTokens', 'generateContent', 'batchGenerateContent'],
    embedding: EMBED,
    imagen: ['predict'],
    video: ['predictLongRunning'],
    other: GENERATE,
  }
  const samples = kind === 'text' || kind === 'image' || kind === 'speech'
  const entry: Json = {
    name: `models/${id}`,
    version,
    displayName,
    description: displayName,
    inputTokenLimit: input,
    outputTokenLimit: output,
    supportedGenerationMethods: FEW_METHODS.test(id) ? ['generateContent', 'countTokens'] : methods[kind],
    ...(samples && {
      temperature: 1,
      topP: 0.95,
      topK: generationOf(stands) < 2.5 ? 40 : 64,
      maxTemperature: kind === 'image' ? 1 : 2,
    }),
    ...(thinking.by !== 'none' && { thinking: true }),
  }
  return { id, version: stands, kind, generation: generationOf(stands), thinking, entry }
}

export const MODELS: readonly Model[] = [
  ...TEXT.map((row) => modelOf(row, 'text')),
  ...SPEECH.map((row) => modelOf(row, 'speech')),
  ...IMAGE.map((row) => modelOf(row, 'image')),
  ...EMBEDDING.map((row) => modelOf(row, 'embedding')),
  ...IMAGEN.map((row) => modelOf(row, 'imagen')),
  ...VIDEO.map((row) => modelOf(row, 'video')),
]

// What serves `method` of the service, where the list's names differ from the URL's.
const SERVED_AS: Readonly<Record<string, string>> = {
  streamGenerateContent: 'generateContent',
  batchEmbedContents: 'embedContent',
}

/** The model of a request, or Google's 404 for one it doesn't know or that doesn't serve the method. */
export const findModel = (id: string, method: string, version = 'v1beta'): Model => {
  const asked = SERVED_AS[method] ?? method
  const model = MODELS.find((known) => known.id === id)
  const methods = model?.entry.supportedGenerationMethods
  if (model && Array.isArray(methods) && methods.includes(asked)) return model
  const list = asked === 'generateContent' ? 'ModelService.ListModels' : 'ListModels'
  throw new GoogleError(
    'NOT_FOUND',
    `models/${id} is not found for API version ${version}, or is not supported for ${asked}. Call ${list} to see the list of available models and their supported methods.`,
  )
}
