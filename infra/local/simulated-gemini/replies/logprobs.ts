// Log probabilities, where they were asked for: one token for each word.
import { hashOf, type Json, textOf } from '../json.ts'

const ALTERNATIVES = [' the', ' a', ' and', ' of', ' to', ' in', ' is', ' it', ' for', ' on']

const chance = (token: string): number => -((hashOf(token) % 1000) + 1) / 2000
const scored = (token: string, logProbability: number): Json => ({
  token,
  tokenId: hashOf(token) % 256_000,
  logProbability,
})

export const logprobsOf = (config: Json, parts: readonly Json[]): Json => {
  if (config.responseLogprobs !== true) return {}
  const text = parts.map((part) => (part.thought === true ? '' : textOf(part.text))).join('')
  const tokens = text.match(/\s?[^\s]+|\s+/g) ?? []
  const top = typeof config.logprobs === 'number' ? config.logprobs : 0
  const chosenCandidates = tokens.map((token) => scored(token, chance(token)))
  const others = (token: string): Json[] =>
    ALTERNATIVES.filter((other) => other !== token)
      .slice(0, Math.max(0, top - 1))
      .map((other, index) => scored(other, chance(token) - 1 - index))
  const topCandidates = tokens.map((token) => ({ candidates: [scored(token, chance(token)), ...others(token)] }))
  const sum = tokens.reduce((total, token) => total + chance(token), 0)
  return {
    avgLogprobs: tokens.length > 0 ? sum / tokens.length : 0,
    logprobsResult: { chosenCandidates, ...(top > 0 && { topCandidates }) },
  }
}
