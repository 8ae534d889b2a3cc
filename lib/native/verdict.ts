import { emptyAnswer, errorBodyOf, errorOf, unreadable, upstreamError } from '../gemini/errors.ts'
import { outcomeOf } from '../gemini/finish.ts'
import type { GenerateContentResponse } from '../gemini/wire.ts'

/** Throws Google's error, where a text is one. */
export const refuseError = (text: string): void => {
  const error = errorBodyOf(text)
  if (error) throw errorOf(error)
}

/**
 * What a response, or an array of them, brings of a turn: content, its end without any, or nothing yet. Throws what another
 * try may heal: an error inside, an end that tells of a failure, an answer of nothing at all.
 */
export const judge = (text: string, emptyIsFault: boolean): 'content' | 'over' | 'nothing' => {
  refuseError(text)
  const responses = responsesIn(text)
  const candidates = responses.flatMap((response) => response.candidates ?? [])
  if (candidates.some(({ content }) => content?.parts?.some((part) => part.text !== ''))) return 'content'
  if (responses.some(({ promptFeedback }) => promptFeedback?.blockReason)) return 'over'
  const reasons = candidates.flatMap(({ finishReason }) => finishReason ?? [])
  const failed = reasons.find((reason) => !outcomeOf(reason, { called: false, spoke: false }))
  if (failed) throw upstreamError({ class: 'bad_body' }, `The model's answer was unusable (${failed}).`)
  if (emptyIsFault && reasons.length > 0 && reasons.every((reason) => reason === 'STOP')) throw emptyAnswer()
  return reasons.length > 0 ? 'over' : 'nothing'
}

/** True of JSON, else throws; Google's error where it is nothing but one: what tells of an operation that failed holds one, too. */
export const isAnswer = (text: string): boolean => {
  const isError = responsesIn(text).every((response) => Object.keys(response).join() === 'error')
  if (isError) refuseError(text)
  return true
}

/** The responses that a text holds, alone or in an array; throws where it is neither. */
export const responsesIn = (text: string): GenerateContentResponse[] => {
  try {
    const json = JSON.parse(text) as unknown
    const responses = Array.isArray(json) ? (json as unknown[]) : [json]
    if (responses.every((response) => typeof response === 'object' && response !== null)) {
      return responses
    }
  } catch {
    throw unreadable()
  }
  throw unreadable()
}
