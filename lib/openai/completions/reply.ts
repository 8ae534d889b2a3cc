import type { Outcome } from '../../gemini/finish.ts'
import type { BlockEnd, FinishedBlock, Turn } from '../../gemini/turn.ts'
import type { Stamp } from '../../protocol.ts'
import { completionUsage } from '../chat/reply.ts'
import type { CompletionUsage } from '../chat/wire.ts'
import { tokenLogprobs } from '../logprobs.ts'
import type { CompletionsBody } from './request.ts'

/** https://platform.openai.com/docs/api-reference/completions/object */
export interface Completion {
  id: string
  object: 'text_completion'
  created: number
  model: string
  choices: Choice[]
  usage: CompletionUsage
}

export interface Choice {
  index: number
  text: string
  logprobs: Logprobs | null
  finish_reason: FinishReason | null
}

export type FinishReason = 'stop' | 'length' | 'content_filter'

/** Offsets count from the start of the choice's text. */
export interface Logprobs {
  tokens: string[]
  token_logprobs: number[]
  top_logprobs: Record<string, number>[]
  text_offset: number[]
}

export const idOf = ({ id }: Stamp): string => `cmpl-${id}`

/** There are no tools here, so that calls are a stop like any other. */
export const FINISH_REASON: Record<Outcome, FinishReason> = {
  stop: 'stop',
  calls: 'stop',
  length: 'length',
  filtered: 'content_filter',
}

/** What a choice's text begins with. The choices of a prompt stand together, in the order of the prompts. */
export const echoOf = ({ echo, prompts, n }: CompletionsBody, index: number): string =>
  echo ? (prompts[Math.floor(index / (n ?? 1))] ?? '') : ''

/** `base` is where the block's text starts in the choice's. */
export const logprobsOf = ({ logprobs }: BlockEnd, base: number): Logprobs | null => {
  if (!logprobs) return null
  const tokens = tokenLogprobs(logprobs)
  let offset = base
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top_logprobs }) =>
      Object.fromEntries(top_logprobs.map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: tokens.map(({ token }) => {
      const start = offset
      offset += token.length
      return start
    }),
  }
}

export const reply = (turn: Turn, body: CompletionsBody, stamp: Stamp): Completion => ({
  id: idOf(stamp),
  object: 'text_completion',
  created: stamp.created,
  model: body.model,
  choices: turn.outcomes.map((outcome, index) => choiceOf(turn.blocks[index] ?? [], outcome, index, body)),
  usage: completionUsage(turn.usage),
})

const choiceOf = (blocks: readonly FinishedBlock[], outcome: Outcome, index: number, body: CompletionsBody): Choice => {
  let text = echoOf(body, index)
  let logprobs: Logprobs | null = null
  for (const block of blocks) {
    if (block.kind !== 'text') continue
    logprobs = joined(logprobs, logprobsOf(block, text.length))
    text += block.text
  }
  return { index, text, logprobs, finish_reason: FINISH_REASON[outcome] }
}

const joined = (first: Logprobs | null, second: Logprobs | null): Logprobs | null =>
  first && second
    ? {
        tokens: [...first.tokens, ...second.tokens],
        token_logprobs: [...first.token_logprobs, ...second.token_logprobs],
        top_logprobs: [...first.top_logprobs, ...second.top_logprobs],
        text_offset: [...first.text_offset, ...second.text_offset],
      }
    : (first ?? second)
