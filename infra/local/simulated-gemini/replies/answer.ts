// What the model says to a request, before it is cut into chunks.
import type { ScriptedTurn } from '../contract.ts'
import { hashOf, isObject, type Json, objectOf, objectsOf, stringsOf, textOf } from '../json.ts'
import { PCM_TYPE, speak } from '../media/pcm.ts'
import { drawPng } from '../media/png.ts'
import type { Model } from '../models.ts'
import { sign } from '../rules/signatures.ts'
import { builtInOf } from '../rules/tools.ts'
import { newName, type World } from '../world.ts'
import { promptOf, resultsOf, resultText, wantedCalls } from './calls.ts'
import { jsonFor } from './sample.ts'
import { captionFor, proseFor, reportOf, thoughtFor } from './text.ts'
import { firstTokens, tokensOf } from './tokens.ts'
import { type Used, useTools } from './tools.ts'

export interface Asked {
  world: World
  model: Model
  project: string
  /** Canonical. */
  request: Json
}

export interface Answer {
  /** Texts whole, in the model's order. */
  parts: Json[]
  finishReason: string
  finishMessage?: string
  thoughtsTokens: number
  toolUseTokens: number
  /** Fields of the candidate that come with its last chunk. */
  last: Json
}

const IMAGE_TOKENS = 1290

export const answersFor = (asked: Asked): Answer[] => {
  const count = Number(objectOf(asked.request.generationConfig).candidateCount ?? 1)
  return Array.from({ length: count }, (_, index) => answerFor(asked, index))
}

const answerFor = (asked: Asked, index: number): Answer => {
  const { model, request } = asked
  const prompt = promptOf(request)
  if (model.kind === 'speech') return plain([speech(request, prompt)])
  if (model.kind === 'image') return limit(asked, drawn(asked, prompt))
  const results = resultsOf(request)
  const calls = wantedCalls(request)
  if (calls.length > 0) return limit(asked, turn(asked, { calls, thought: thoughtFor(prompt) }))
  const config = objectOf(request.generationConfig)
  const used: Used = builtInOf(request).length > 0 ? useTools(request, prompt) : { before: [], last: {}, tokens: 0 }
  const said =
    results.length > 0
      ? reportOf(prompt, resultText(results))
      : (used.text ?? proseFor(index === 0 ? prompt : `${prompt} ${index}`))
  const answer = turn(asked, {
    thought: thoughtFor(prompt),
    parts: used.before,
    text: wantsJson(config) ? jsonText(config, prompt) : said,
  })
  const full = { ...answer, toolUseTokens: used.tokens, last: { ...used.last, ...answer.last } }
  return limit(asked, full)
}

const plain = (parts: Json[]): Answer => ({
  parts,
  finishReason: 'STOP',
  thoughtsTokens: 0,
  toolUseTokens: 0,
  last: {},
})

const wantsJson = (config: Json): boolean => {
  const mime = textOf(config.responseMimeType)
  return mime === 'application/json' || mime === 'text/x.enum' || isObject(objectOf(config.responseFormat).text)
}
const jsonText = (config: Json, prompt: string): string => {
  const value = jsonFor(config, prompt)
  return config.responseMimeType === 'text/x.enum' ? String(value) : JSON.stringify(value, null, 2)
}

/** A model turn from a few words: what a script says, or the simulator itself. */
export const turn = (asked: Asked, scripted: ScriptedTurn): Answer => {
  const { model, world, project, request } = asked
  const config = objectOf(objectOf(request.generationConfig).thinkingConfig)
  const thoughtsTokens = thinks(model, config)
  const signs = model.generation >= 3 && model.thinking.by !== 'none'
  const signsCalls = signs || (model.thinking.by === 'budget' && thoughtsTokens > 0)
  const { thought, text, calls = [], parts = [], finishReason = 'STOP', finishMessage } = scripted
  const shown = thought !== undefined && thoughtsTokens > 0 && config.includeThoughts === true
  const callParts = calls.map(
    ({ name, args = {}, id }, index): Json => ({
      functionCall: { name, args, ...((id ?? model.generation >= 3) && { id: id ?? newName(world, 8) }) },
      ...(index === 0 && signsCalls && { thoughtSignature: sign(world, project) }),
    }),
  )
  const textPart: Json = { text, ...(signs && callParts.length === 0 && { thoughtSignature: sign(world, project) }) }
  const made = 'Model generated function call(s).'
  const said = finishMessage ?? (callParts.length > 0 && model.generation >= 3 ? made : undefined)
  return {
    parts: [
      ...(shown ? [{ text: thought, thought: true }] : []),
      ...parts,
      ...(text === undefined ? [] : [textPart]),
      ...callParts,
    ],
    finishReason,
    ...(said !== undefined && { finishMessage: said }),
    thoughtsTokens,
    toolUseTokens: 0,
    last: {},
  }
}

const LEVEL_TOKENS: Readonly<Record<string, number>> = { MINIMAL: 8, LOW: 24, MEDIUM: 64, HIGH: 128 }

/** Tokens of thinking: what the level or the budget allows. */
const thinks = ({ thinking }: Model, config: Json): number => {
  if (thinking.by === 'none') return 0
  const budget = typeof config.thinkingBudget === 'number' ? config.thinkingBudget : undefined
  if (thinking.by === 'level') {
    const level = textOf(config.thinkingLevel) || thinking.levels.at(-1) || 'HIGH'
    return Math.min(LEVEL_TOKENS[level] ?? 128, budget !== undefined && budget > 0 ? budget : 128)
  }
  if (budget === undefined) return config.includeThoughts === true ? 48 : thinking.usually
  return budget === -1 ? 48 : Math.min(budget, 96)
}

/** Stop sequences and the output limit, which thinking uses up too. */
const limit = (asked: Asked, answer: Answer): Answer => {
  const config = objectOf(asked.request.generationConfig)
  const stopped = { ...answer, parts: answer.parts.map((part) => stopAt(part, stringsOf(config.stopSequences))) }
  const most = typeof config.maxOutputTokens === 'number' ? config.maxOutputTokens : Number.POSITIVE_INFINITY
  if (most <= stopped.thoughtsTokens)
    return { ...plain([]), finishReason: 'MAX_TOKENS', thoughtsTokens: Math.max(0, most - 1) }
  let left = most - stopped.thoughtsTokens
  const parts: Json[] = []
  for (const part of stopped.parts) {
    const text = textOf(part.text)
    if (part.thought === true || tokensOf(text) <= left) {
      parts.push(part)
      if (part.thought !== true) left -= tokensOf(text)
      continue
    }
    const kept = firstTokens(text, left)
    if (kept !== '') parts.push({ ...part, text: kept })
    const { finishMessage: _, ...rest } = stopped
    return { ...rest, parts, finishReason: 'MAX_TOKENS' }
  }
  return stopped
}

const stopAt = (part: Json, stops: readonly string[]): Json => {
  if (typeof part.text !== 'string' || part.thought === true) return part
  const { text } = part
  const ends = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0)
  return ends.length === 0 ? part : { ...part, text: text.slice(0, Math.min(...ends)) }
}

const drawn = (asked: Asked, prompt: string): Answer => {
  const { model, request, world, project } = asked
  const config = objectOf(request.generationConfig)
  const image = objectOf(config.imageConfig)
  const png = drawPng(prompt, textOf(image.aspectRatio) || '1:1', textOf(image.imageSize) || '1K')
  const signature = model.generation >= 3 ? { thoughtSignature: sign(world, project) } : {}
  const modalities = stringsOf(config.responseModalities)
  const caption =
    modalities.length === 0 || modalities.includes('TEXT') ? [{ text: captionFor(prompt), ...signature }] : []
  const data: Json = { inlineData: { mimeType: 'image/png', data: png.toString('base64') }, ...signature }
  return { ...plain([...caption, data]), thoughtsTokens: thinks(model, objectOf(config.thinkingConfig)) }
}

const speech = (request: Json, prompt: string): Json => {
  const config = objectOf(objectOf(request.generationConfig).speechConfig)
  const single = voiceName(config.voiceConfig)
  const speakers = objectsOf(objectOf(config.multiSpeakerVoiceConfig).speakerVoiceConfigs)
  const voiceOf = (line: string): string => {
    const speaker = speakers.find(({ speaker }) => line.startsWith(`${textOf(speaker)}:`))
    return speaker ? voiceName(speaker.voiceConfig) : single
  }
  return { inlineData: { mimeType: PCM_TYPE, data: speak(prompt, voiceOf).toString('base64') } }
}

const voiceName = (config: unknown): string =>
  textOf(objectOf(objectOf(config).prebuiltVoiceConfig).voiceName) || textOf(objectOf(config).voice) || 'Zephyr'

/** Tokens that a part costs as output. */
export const outputTokens = (part: Json): number => {
  if (part.thought === true) return 0
  if (isObject(part.inlineData)) {
    const { mimeType, data } = part.inlineData
    // An image costs the same whatever it shows; speech 25 tokens a second.
    return textOf(mimeType).startsWith('image/') ? IMAGE_TOKENS : Math.ceil((textOf(data).length * 0.75 * 25) / 48_000)
  }
  if (typeof part.text === 'string') return tokensOf(part.text)
  const { thoughtSignature: _, ...rest } = part
  return tokensOf(JSON.stringify(rest))
}

/** A response id: 22 letters and digits, as Google's are. */
export const newResponseId = (world: World): string => {
  const name = newName(world, 22)
  return name.replace(/./g, (letter, at: number) => (hashOf(name + at) % 2 ? letter.toUpperCase() : letter))
}
