import { GatewayError } from '../../errors.ts'
import type { TurnEnd, TurnEvent } from '../turn.ts'
import type { GenerateContentRequest, ModalityTokenCount, UsageMetadata } from '../wire.ts'
import type { Answer } from './reader.ts'

/** The same request so many times; equal seeds would give equal answers. */
export const copiesOf = (request: GenerateContentRequest, count: number): GenerateContentRequest[] => {
  const { generationConfig } = request
  const seed = generationConfig?.seed
  return Array.from({ length: count }, (_, copy) =>
    seed === undefined || copy === 0
      ? request
      : { ...request, generationConfig: { ...generationConfig, seed: (seed + copy) | 0 } },
  )
}

/**
 * Several answers as one turn with a candidate each; of these, `sharing` in a row are to one prompt. Nothing is shown before
 * every one has content, so that one that fails until then is the status; where one fails later, the turn does, and the
 * others are cut off.
 */
export const together = (
  openings: readonly Promise<Answer>[],
  sharing: number,
  after: (work: Promise<unknown>) => void,
): Promise<Answer> => {
  const giveUp = ({ flow }: Answer): void => flow.cut(GIVEN_UP)
  return Promise.all(openings).then(
    (answers) => joined(answers, sharing),
    (error: unknown) => {
      // Some may still be opening, or fail as well.
      for (const opening of openings) after(opening.then(giveUp, () => undefined))
      throw error
    },
  )
}

const GIVEN_UP = new GatewayError('upstream', 'Another answer of the same request failed.')

const joined = (answers: readonly Answer[], sharing: number): Answer => {
  const ends: TurnEnd[] = []
  let tell: (event: TurnEvent) => void = () => undefined
  let begun = false

  const hear = (candidate: number, event: TurnEvent): void => {
    if (event.type === 'end') ends[candidate] = event
    else if (event.type !== 'start') tell({ ...event, candidate })
    else if (!begun) {
      begun = true
      tell(event)
    }
  }
  return {
    reader: {
      listen(listener) {
        tell = listener
        for (const [candidate, { reader }] of answers.entries()) reader.listen((event) => hear(candidate, event))
      },
    },
    flow: {
      start(read, end) {
        let left = answers.length
        const finish = (error?: GatewayError): void => {
          left--
          if (left < 0) return
          if (error) {
            left = 0
            for (const { flow } of answers) flow.cut(GIVEN_UP)
            end(error)
          } else if (left === 0) {
            tell(jointEnd(ends, sharing))
            end()
          }
        }
        for (const { flow } of answers) flow.start(read, finish)
      },
      pause: () => answers.forEach(({ flow }) => flow.pause()),
      resume: () => answers.forEach(({ flow }) => flow.resume()),
      cut: (error) => answers.forEach(({ flow }) => flow.cut(error)),
    },
  }
}

const jointEnd = (ends: readonly TurnEnd[], sharing: number): TurnEnd => {
  const [first, ...rest] = ends as readonly [TurnEnd, ...TurnEnd[]]
  const { blocked: _, ...end } = first
  return {
    ...end,
    outcomes: ends.flatMap(({ outcomes }) => outcomes),
    reasons: ends.flatMap(({ reasons }) => reasons),
    ...(first.blocked !== undefined &&
      ends.every(({ blocked }) => blocked !== undefined) && { blocked: first.blocked }),
    usage: rest.reduce((sum, { usage }, index) => jointUsage(sum, usage, (index + 1) % sharing === 0), first.usage),
  }
}

/**
 * A prompt counts once, however many answers it gets, as it does at OpenAI and where Google makes several candidates itself;
 * each call's record has what Google bills.
 */
const jointUsage = (sum: UsageMetadata, one: UsageMetadata, isNewPrompt: boolean): UsageMetadata => {
  const added: UsageMetadata = { ...one, ...(!isNewPrompt && { promptTokenCount: 0, cachedContentTokenCount: 0 }) }
  const total = (count: (usage: UsageMetadata) => number | undefined): number => (count(sum) ?? 0) + (count(added) ?? 0)
  // Google's total is of one call.
  const { totalTokenCount: _, ...rest } = sum
  return {
    ...rest,
    promptTokenCount: total(({ promptTokenCount }) => promptTokenCount),
    cachedContentTokenCount: total(({ cachedContentTokenCount }) => cachedContentTokenCount),
    candidatesTokenCount: total(({ candidatesTokenCount }) => candidatesTokenCount),
    thoughtsTokenCount: total(({ thoughtsTokenCount }) => thoughtsTokenCount),
    toolUsePromptTokenCount: total(({ toolUsePromptTokenCount }) => toolUsePromptTokenCount),
    candidatesTokensDetails: jointDetails([
      ...(sum.candidatesTokensDetails ?? []),
      ...(one.candidatesTokensDetails ?? []),
    ]),
  }
}

const jointDetails = (details: readonly ModalityTokenCount[]): ModalityTokenCount[] =>
  [...new Set(details.map(({ modality }) => modality))].map((modality) => ({
    modality,
    tokenCount: details
      .filter((detail) => detail.modality === modality)
      .reduce((sum, { tokenCount = 0 }) => sum + tokenCount, 0),
  }))
