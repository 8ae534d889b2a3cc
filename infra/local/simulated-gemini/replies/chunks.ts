// Answers as Google's responses: one object, or the chunks of a stream, with usage that adds up on each.

import type { Pace } from '../contract.ts'
import { type Json, objectOf, textOf } from '../json.ts'
import { type Answer, type Asked, newResponseId, outputTokens } from './answer.ts'
import { type Cached, cachedOf } from './cached.ts'
import { logprobsOf } from './logprobs.ts'
import { type Counts, countRequest, detailsOf, type Modality, modalityOf, totalOf } from './tokens.ts'

/** One response object with everything. */
export const wholeResponse = (asked: Asked, answers: readonly Answer[]): Json => {
  const frame = frameOf(asked)
  const candidates = answers.map((answer, index) => ({
    ...candidate(answer.parts, index, answer),
    ...lastFields(asked, answer),
  }))
  return frame(
    candidates,
    usageOf(
      asked,
      spentOn(
        answers,
        answers.flatMap(({ parts }) => parts),
      ),
    ),
  )
}

/** The same in pieces: thoughts, text in runs of characters, calls and media whole; each candidate in its turn. */
export const chunkedResponse = (asked: Asked, answers: readonly Answer[], pace: Pace): Json[] => {
  const frame = frameOf(asked)
  let sent = spentOn(answers, [])
  let thought = true
  return answers.flatMap((answer, index) => {
    const pieces = piecesOf(asked, answer, pace)
    return pieces.map((parts, at) => {
      sent = plus(sent, spentOn([], parts))
      thought &&= parts.every((part) => part.thought === true)
      const isLast = at === pieces.length - 1
      const fields = isLast
        ? { ...candidate(parts, index, answer), ...lastFields(asked, answer) }
        : candidate(parts, index)
      return frame([fields], usageOf(asked, thought && !isLast ? NOTHING : sent))
    })
  })
}

interface Spent {
  candidates: Counts
  output: number
  thoughts: number
  toolUse: number
}
const NOTHING: Spent = { candidates: {}, output: 0, thoughts: 0, toolUse: 0 }

const plus = (left: Spent, right: Spent): Spent => {
  const candidates = { ...left.candidates }
  for (const [modality, tokens] of Object.entries(right.candidates) as [Modality, number][])
    candidates[modality] = (candidates[modality] ?? 0) + tokens
  return { ...left, candidates, output: left.output + right.output }
}

const spentOn = (answers: readonly Answer[], parts: readonly Json[]): Spent => {
  const candidates: Counts = {}
  let output = 0
  for (const part of parts) {
    const tokens = outputTokens(part)
    output += tokens
    const media = objectOf(part.inlineData)
    if (part.inlineData !== undefined) {
      const modality = modalityOf(textOf(media.mimeType))
      candidates[modality] = (candidates[modality] ?? 0) + tokens
    }
  }
  const sum = (field: 'thoughtsTokens' | 'toolUseTokens'): number =>
    answers.reduce((total, answer) => total + answer[field], 0)
  return { candidates, output, thoughts: sum('thoughtsTokens'), toolUse: sum('toolUseTokens') }
}

const usageOf = ({ request, ...asked }: Asked & { cached?: Cached }, spent: Spent): Json => {
  const { counts, cached } = promptOf({ request, ...asked })
  const prompt = totalOf(counts)
  return {
    promptTokenCount: prompt,
    ...(spent.output > 0 && { candidatesTokenCount: spent.output }),
    totalTokenCount: prompt + spent.output + spent.thoughts + spent.toolUse,
    ...(cached > 0 && {
      cachedContentTokenCount: cached,
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: cached }],
    }),
    promptTokensDetails: detailsOf(counts),
    ...(totalOf(spent.candidates) > 0 && { candidatesTokensDetails: detailsOf(spent.candidates) }),
    ...(spent.toolUse > 0 && {
      toolUsePromptTokenCount: spent.toolUse,
      toolUsePromptTokensDetails: [{ modality: 'TEXT', tokenCount: spent.toolUse }],
    }),
    ...(spent.thoughts > 0 && { thoughtsTokenCount: spent.thoughts }),
    serviceTier: textOf(request.serviceTier) || 'standard',
  }
}

interface Prompt {
  counts: Counts
  cached: number
}
// What a prompt costs is worked out once for a request, not for each of its chunks.
const prompts = new WeakMap<Json, Prompt>()
const promptOf = (asked: Asked): Prompt => {
  const known = prompts.get(asked.request)
  if (known) return known
  const counts = countRequest(asked.request)
  const { tokens, added } = cachedOf(asked, totalOf(counts))
  const prompt = { counts: { ...counts, TEXT: (counts.TEXT ?? 0) + added }, cached: tokens }
  prompts.set(asked.request, prompt)
  return prompt
}

/** What every response of one reply has in common. */
export const frameOf = ({ world, model }: Asked): ((candidates: Json[], usage: Json) => Json) => {
  const responseId = newResponseId(world)
  return (candidates, usageMetadata) => ({ candidates, usageMetadata, modelVersion: model.version, responseId })
}

const candidate = (parts: readonly Json[], index: number, ending?: Answer): Json => ({
  content: { ...(parts.length > 0 && { parts }), role: 'model' },
  ...(ending && { finishReason: ending.finishReason }),
  index,
  ...(ending?.finishMessage !== undefined && { finishMessage: ending.finishMessage }),
})

const lastFields = ({ request }: Asked, answer: Answer): Json => ({
  ...answer.last,
  ...logprobsOf(objectOf(request.generationConfig), answer.parts),
})

const piecesOf = ({ model }: Asked, answer: Answer, pace: Pace): Json[][] => {
  const pieces = answer.parts.flatMap((part): Json[][] => {
    if (typeof part.text !== 'string') return [[part]]
    const { thoughtSignature, ...rest } = part
    const runs = runsOf(part.text, pace.chunkCharacters).map((text): Json[] => [{ ...rest, text }])
    // A text's signature comes behind it, with an empty part.
    return thoughtSignature === undefined ? runs : [...runs, [{ text: '', thoughtSignature }]]
  })
  const lastPart = pieces.at(-1)?.[0]
  const closes = lastPart?.functionCall !== undefined && model.generation >= 3
  if (closes) pieces.push([{ text: '' }])
  return pieces.length > 0 ? pieces : [[]]
}

const runsOf = (text: string, length: number): string[] => {
  const characters = Array.from(text)
  const runs: string[] = []
  for (let at = 0; at < characters.length; at += length) runs.push(characters.slice(at, at + length).join(''))
  return runs.length > 0 ? runs : ['']
}
