import { GatewayError } from '../errors.ts'
import type { Answer } from './reader.ts'
import type { TurnEnd, TurnEvent } from './turn.ts'
import type { GenerateContentRequest, ModalityTokenCount, UsageMetadata } from './wire.ts'

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
 * Several answers as one turn with a candidate each. Nothing is shown before every one has content, so that one that fails
 * until then is the status; where one fails later, the turn does, and the others are cut off.
 */
export const together = (
  openings: readonly Promise<Answer>[],
  after: (work: Promise<unknown>) => void,
): Promise<Answer> => {
  return Promise.all(openings).then(joined, (error: unknown) => {
    // Some may still be opening.
    for (const opening of openings)
      after(
        opening.then(
          ({ flow }) => flow.cut(GIVEN_UP),
          () => undefined,
        ),
      )
    throw error
  })
}

const GIVEN_UP = new GatewayError('upstream', 'Another answer of the same request failed.')

const joined = (answers: readonly Answer[]): Answer => {
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
            tell(jointEnd(ends))
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

const jointEnd = (ends: readonly TurnEnd[]): TurnEnd => {
  const [first, ...rest] = ends as readonly [TurnEnd, ...TurnEnd[]]
  const { blocked: _, ...end } = first
  return {
    ...end,
    outcomes: ends.flatMap(({ outcomes }) => outcomes),
    reasons: ends.flatMap(({ reasons }) => reasons),
    ...(first.blocked !== undefined &&
      ends.every(({ blocked }) => blocked !== undefined) && { blocked: first.blocked }),
    usage: rest.reduce((sum, { usage }) => jointUsage(sum, usage), first.usage),
  }
}

/** The prompt counts once, as it does at OpenAI and where Google makes several candidates itself; each call's record has what Google bills. */
const jointUsage = (sum: UsageMetadata, one: UsageMetadata): UsageMetadata => {
  const made = (usage: UsageMetadata): number => (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0)
  const tools = (usage: UsageMetadata): number => usage.toolUsePromptTokenCount ?? 0
  return {
    ...sum,
    candidatesTokenCount: (sum.candidatesTokenCount ?? 0) + (one.candidatesTokenCount ?? 0),
    thoughtsTokenCount: (sum.thoughtsTokenCount ?? 0) + (one.thoughtsTokenCount ?? 0),
    toolUsePromptTokenCount: tools(sum) + tools(one),
    totalTokenCount: (sum.totalTokenCount ?? 0) + made(one) + tools(one),
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
