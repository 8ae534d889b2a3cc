import type { TokenLogprob as GeminiLogprob, LogprobsResult } from '../gemini/wire.ts'

/** A token and how likely it was; `bytes` are its UTF-8, since a token may hold half a character. */
export interface Logprob {
  token: string
  logprob: number
  bytes: number[]
}

export interface TokenLogprob extends Logprob {
  top_logprobs: Logprob[]
}

const logprobOf = ({ token = '', logProbability = 0 }: GeminiLogprob): Logprob => ({
  token,
  logprob: logProbability,
  bytes: [...Buffer.from(token)],
})

/** Gemini's two lists, chosen tokens and alternatives by position, as the one that OpenAI's clients read. */
export const tokenLogprobs = ({ chosenCandidates = [], topCandidates = [] }: LogprobsResult): TokenLogprob[] =>
  chosenCandidates.map((chosen, position) => ({
    ...logprobOf(chosen),
    top_logprobs: (topCandidates[position]?.candidates ?? []).map(logprobOf),
  }))
