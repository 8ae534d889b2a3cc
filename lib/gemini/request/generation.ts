import type { Model } from '../models/model.ts'
import { type ThinkingWish, thinkingOf } from '../models/thinking.ts'
import { cleanSchema } from '../schema/index.ts'
import type { GenerationConfig } from '../wire.ts'

/** Sampling and format, as clients ask for them. `null` and undefined both mean unsaid. */
export interface Wishes {
  maxTokens?: number | null | undefined
  temperature?: number | null | undefined
  topP?: number | null | undefined
  topK?: number | null | undefined
  stop?: readonly string[] | null | undefined
  seed?: number | null | undefined
  presencePenalty?: number | null | undefined
  frequencyPenalty?: number | null | undefined
  candidates?: number | null | undefined
  /** How many alternatives to each token; 0 asks for the chosen ones alone. */
  logprobs?: number | null | undefined
  /** JSON mode; with a schema where one is given. */
  json?: { schema?: unknown } | undefined
  modalities?: ('TEXT' | 'IMAGE' | 'AUDIO')[] | undefined
  imageConfig?: GenerationConfig['imageConfig']
  thinking?: ThinkingWish | undefined
}

// https://ai.google.dev/api/generate-content#generationconfig
const MOST_STOPS = 5
const MOST_LOGPROBS = 20
const MOST_CANDIDATES = 8
/** 2 itself, which OpenAI allows, is refused. */
const MOST_PENALTY = 1.99
const INT32 = 2 ** 31 - 1

const within = (least: number, most: number, value: number | null | undefined): number | undefined =>
  value === null || value === undefined || Number.isNaN(value) ? undefined : Math.min(most, Math.max(least, value))

const wholeWithin = (least: number, most: number, value: number | null | undefined): number | undefined =>
  within(least, most, typeof value === 'number' ? Math.trunc(value) : value)

const samplingOf = (wishes: Wishes, model: Model): GenerationConfig => {
  const stops = wishes.stop?.filter((stop) => stop !== '').slice(0, MOST_STOPS)
  const candidates = wholeWithin(1, MOST_CANDIDATES, wishes.candidates)
  const logprobs = wholeWithin(0, MOST_LOGPROBS, wishes.logprobs)
  return {
    maxOutputTokens: wholeWithin(1, model.maxOutputTokens, wishes.maxTokens),
    temperature: within(0, model.maxTemperature, wishes.temperature),
    topP: within(0, 1, wishes.topP),
    // 0 and -1 ask elsewhere for all tokens; 1 would leave but one.
    topK: typeof wishes.topK === 'number' && wishes.topK < 1 ? undefined : wholeWithin(1, INT32, wishes.topK),
    stopSequences: stops?.length ? stops : undefined,
    // int32; a larger seed keeps its low bits, so that equal seeds stay equal
    seed: typeof wishes.seed === 'number' ? wishes.seed | 0 : undefined,
    presencePenalty: model.penalties ? within(-2, MOST_PENALTY, wishes.presencePenalty) : undefined,
    frequencyPenalty: model.penalties ? within(-2, MOST_PENALTY, wishes.frequencyPenalty) : undefined,
    candidateCount: model.candidates && candidates !== 1 ? candidates : undefined,
    responseLogprobs: logprobs === undefined ? undefined : true,
    logprobs: logprobs === 0 ? undefined : logprobs,
  }
}

const modalitiesOf = (wishes: Wishes, model: Model): GenerationConfig['responseModalities'] => {
  if (model.makes === 'speech') return ['AUDIO']
  const asked = model.makes === 'image' ? wishes.modalities?.filter((modality) => modality !== 'AUDIO') : undefined
  return asked?.length ? asked : undefined
}

const takesJson = (model: Model, hasTools: boolean): boolean => model.json && (model.jsonWithTools || !hasTools)

/** Wishes within what the model takes: what it would refuse is clamped or left out. `hasTools` since 2.5 refuses JSON mode beside any. */
export const generationOf = (wishes: Wishes, model: Model, hasTools: boolean): GenerationConfig => {
  const json = takesJson(model, hasTools) ? wishes.json : undefined
  const config: GenerationConfig = {
    ...samplingOf(wishes, model),
    responseMimeType: json && 'application/json',
    responseJsonSchema: json?.schema === undefined || json.schema === null ? undefined : cleanSchema(json.schema),
    responseModalities: modalitiesOf(wishes, model),
    imageConfig: model.makes === 'image' ? wishes.imageConfig : undefined,
    thinkingConfig: wishes.thinking && thinkingOf(wishes.thinking, model),
  }
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}

/** What to tell a model in words where JSON mode had to give way to its tools; undefined where nothing was lost. */
export const jsonInstruction = (wishes: Wishes, model: Model, hasTools: boolean): string | undefined => {
  if (!wishes.json || takesJson(model, hasTools) || model.makes !== 'text') return undefined
  const { schema } = wishes.json
  const form = schema === undefined || schema === null ? '' : ` that fits this JSON Schema: ${JSON.stringify(schema)}`
  return `When you answer instead of calling a tool, answer with one JSON value and nothing else${form}`
}
