import { GatewayError } from '../../errors.ts'
import { brokenOff } from '../errors.ts'
import { type Outcome, outcomeOf } from '../finish.ts'
import { clientName } from '../request/tools.ts'
import type { Block, TurnEnd, TurnEvent } from '../turn.ts'
import type { Candidate, GenerateContentResponse, Part, UsageMetadata } from '../wire.ts'
import { type CandidateState, newCandidate, type OpenBlock } from './candidate.ts'
import { citationsOf, pagesOf, queriesOf, sourcesOf, withPages } from './citations.ts'
import { joinLogprobs } from './logprobs.ts'

export interface DecoderOptions {
  emit(event: TurnEvent): void
  /** At most 40 characters of `[A-Za-z0-9_]`, never the same twice. */
  newCallId(): string
  /** The client's names of the functions it declared. */
  functions: readonly string[]
}

/** The one reader of Gemini's replies: responses in, one or many, the turn's events out. Throws where the turn failed. */
export interface Decoder {
  push(response: GenerateContentResponse): void
  /**
   * More text for the block that is open, as the inside of a JSON string. False where none is, and after the finish reason:
   * of what may be the last event, the usage counts.
   */
  pushText(literal: string): boolean
  /** The reply is over: the turn's end, or an error if it was no whole turn. */
  end(): void
  /** What the reply has said of itself so far, whatever becomes of the turn. */
  told(): Pick<TurnEnd, 'responseId' | 'modelVersion' | 'usage' | 'reasons'>
}

export const turnDecoder = ({ emit, newCallId, functions }: DecoderOptions): Decoder => {
  const candidates: CandidateState[] = []
  let started = false
  let responseId = ''
  let modelVersion = ''
  let usage: UsageMetadata = {}
  let blocked: string | undefined

  const stateOf = (candidate: number): CandidateState => (candidates[candidate] ??= newCandidate())

  const close = (candidate: number, state: CandidateState): void => {
    if (!state.open) return
    const { block, index, end } = state.open
    if (block.kind === 'text' && state.grounding) {
      const citations = citationsOf(state.grounding, JSON.parse(`"${state.open.literals.join('')}"`) as string)
      if (citations.length > 0) end.citations = citations
    }
    state.open = undefined
    emit({ type: 'close', candidate, index, block, ...end })
  }

  /** A block without text. */
  const tell = (candidate: number, state: CandidateState, block: Block): void => {
    open(candidate, state, block)
    close(candidate, state)
  }

  /**
   * What was searched and fetched stands before the answer that rests on it, where it is known by then: a stream tells a
   * search when its text is over.
   */
  const tellGrounds = (candidate: number, state: CandidateState): void => {
    if (state.pagesTold < state.pages.length) {
      const pages = state.pages.slice(state.pagesTold)
      state.pagesTold = state.pages.length
      tell(candidate, state, { kind: 'fetch', pages })
    }
    const { grounding, pages, reason, searchTold } = state
    if (searchTold || !grounding || !reason) return
    const queries = grounding.webSearchQueries ?? []
    const sources = sourcesOf(grounding)
    if (queries.length === 0 && (sources.length === 0 || pages.length > 0)) return
    state.searchTold = true
    tell(candidate, state, { kind: 'search', queries, sources })
  }

  const open = (candidate: number, state: CandidateState, block: Block): OpenBlock => {
    close(candidate, state)
    if (block.kind === 'text' || block.kind === 'media') tellGrounds(candidate, state)
    state.open = { block, index: state.blocks++, literals: [], end: {} }
    emit({ type: 'open', candidate, index: state.open.index, block })
    return state.open
  }

  const write = (candidate: number, { block, index, literals }: OpenBlock, literal: string): void => {
    if (block.kind === 'text') literals.push(literal)
    emit({ type: 'delta', candidate, index, block, literal })
  }

  const readText = (candidate: number, state: CandidateState, part: Partial<Part>, text: string): void => {
    const kind = part.thought ? 'thought' : 'text'
    // A signature may trail its block on an empty part, and such a part opens no block of its own.
    if (text !== '') {
      const target = state.open?.block.kind === kind ? state.open : open(candidate, state, { kind })
      write(candidate, target, JSON.stringify(text).slice(1, -1))
      if (kind === 'text') state.spoke = true
    }
    if (part.thoughtSignature && state.open) state.open.end.signature = part.thoughtSignature
  }

  /** A block that arrives as one part. */
  const readWhole = (
    candidate: number,
    state: CandidateState,
    part: Partial<Part>,
    block: Block,
    literal: string,
  ): void => {
    const target = open(candidate, state, block)
    if (literal !== '') write(candidate, target, literal)
    if (part.thoughtSignature) target.end.signature = part.thoughtSignature
    close(candidate, state)
  }

  const readPart = (candidate: number, state: CandidateState, part: Partial<Part>): void => {
    if (part.text !== undefined) {
      readText(candidate, state, part, part.text)
    } else if (part.functionCall?.name) {
      const { name, args } = part.functionCall
      state.called = true
      const block: Block = { kind: 'call', id: newCallId(), name: clientName(name, functions) }
      readWhole(candidate, state, part, block, escape(JSON.stringify(args ?? {})))
    } else if (part.inlineData) {
      // Image models show drafts among their thoughts; a draft is not the answer.
      if (part.thought) return
      state.spoke = true
      const { mimeType, data } = part.inlineData
      readWhole(candidate, state, part, { kind: 'media', mimeType: mimeType ?? 'application/octet-stream' }, data ?? '')
    } else if (part.executableCode) {
      const { language, code } = part.executableCode
      state.spoke = true
      readWhole(candidate, state, part, { kind: 'code', language: (language ?? '').toLowerCase() }, escape(code ?? ''))
    } else if (part.codeExecutionResult) {
      const { outcome, output } = part.codeExecutionResult
      readWhole(candidate, state, part, { kind: 'codeResult', ok: !FAILED.has(outcome ?? '') }, escape(output ?? ''))
    } else if (part.toolCall) {
      const told = state.grounding?.webSearchQueries ?? []
      const queries = queriesOf(part.toolCall).filter((query) => !told.includes(query))
      if (queries.length > 0) state.grounding = { ...state.grounding, webSearchQueries: [...told, ...queries] }
    }
  }

  const readCandidate = (candidate: Candidate): void => {
    const number = candidate.index ?? 0
    const state = stateOf(number)
    // Before the parts: a whole reply has both, and the text's citations are told when its block closes.
    if (candidate.groundingMetadata) state.grounding = { ...state.grounding, ...candidate.groundingMetadata }
    if (candidate.urlContextMetadata) state.pages = withPages(state.pages, pagesOf(candidate.urlContextMetadata))
    if (candidate.finishReason) {
      state.reason = candidate.finishReason
      state.finishMessage = candidate.finishMessage
    }
    const { content, logprobsResult } = candidate
    const parts = content?.parts ?? []
    // The text that they are of may be closed by what follows it.
    const measured = logprobsResult ? parts.findLastIndex(({ text, thought }) => text && !thought) + 1 : 0
    if (measured > 0) for (const part of parts.slice(0, measured)) readPart(number, state, part)
    if (logprobsResult && state.open?.block.kind === 'text') {
      state.open.end.logprobs = joinLogprobs(state.open.end.logprobs, logprobsResult)
    }
    for (const part of measured > 0 ? parts.slice(measured) : parts) readPart(number, state, part)
  }

  const endCandidate = (state: CandidateState, number: number): Outcome => {
    // What broke off stays open: it is no block that anybody may take for whole.
    if (!state.reason) throw brokenOff()
    close(number, state)
    tellGrounds(number, state)
    const outcome = outcomeOf(state.reason, state)
    if (outcome) return outcome
    throw new GatewayError('upstream', `The model's answer was unusable (${state.reason}).`, {
      cause: state.finishMessage,
    })
  }

  return {
    push(response) {
      if (response.responseId) responseId = response.responseId
      if (response.modelVersion) modelVersion = response.modelVersion
      if (response.usageMetadata) usage = response.usageMetadata
      if (!started) {
        started = true
        emit({ type: 'start', responseId, modelVersion, usage })
      }
      if (response.promptFeedback?.blockReason) blocked = response.promptFeedback.blockReason
      if (response.candidates) for (const candidate of response.candidates) readCandidate(candidate)
    },
    pushText(literal) {
      const { open, reason } = candidates[0] ?? {}
      if (open?.block.kind !== 'text' || reason || candidates.length > 1) return false
      write(0, open, literal)
      return true
    },
    end() {
      const end = { type: 'end', responseId, modelVersion, usage } as const
      if (candidates.length > 0) {
        const outcomes = Array.from(candidates, (state, number) => endCandidate(state ?? stateOf(number), number))
        emit({ ...end, outcomes, reasons: candidates.map((state) => state.reason ?? '') })
      } else if (blocked) {
        emit({ ...end, outcomes: ['filtered'], reasons: [blocked], blocked })
      } else {
        throw new GatewayError('upstream', 'The model gave no answer.')
      }
    },
    told() {
      const reasons = candidates.flatMap(({ reason }) => reason ?? [])
      return { responseId, modelVersion, usage, reasons: blocked && reasons.length === 0 ? [blocked] : reasons }
    },
  }
}

// https://ai.google.dev/api/caching#Outcome
const FAILED: ReadonlySet<string> = new Set(['OUTCOME_FAILED', 'OUTCOME_DEADLINE_EXCEEDED'])

const escape = (text: string): string => JSON.stringify(text).slice(1, -1)
