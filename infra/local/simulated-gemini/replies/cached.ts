// What of a prompt was read from a cache: one that the request names, or the beginning of an earlier one.
// https://ai.google.dev/gemini-api/docs/caching
import { objectOf, textOf } from '../json.ts'
import type { Asked } from './answer.ts'

export interface Cached {
  /** Tokens that came from a cache; part of the prompt. */
  tokens: number
  /** Tokens of a named cache, which the request itself doesn't hold. */
  added: number
}

// So many beginnings of prompts are kept for a project, each at most so long.
const KEPT = 16
const MOST_CHARACTERS = 2 ** 18
const leastFor = (version: string): number => (version.includes('pro') ? 4096 : 1024)

export const cachedOf = ({ world, request, model, project }: Asked, prompt: number): Cached => {
  const named = world.caches.get(textOf(request.cachedContent).replace(/^cachedContents\//, ''))
  if (named) {
    const tokens = Number(objectOf(named.value.usageMetadata).totalTokenCount)
    return { tokens, added: tokens }
  }
  const { systemInstruction, tools, contents } = request
  const text = JSON.stringify([model.id, tools, systemInstruction, contents])
  const beginning = text.slice(0, MOST_CHARACTERS)
  const earlier = world.prefixes.get(project) ?? []
  const common = earlier.reduce((longest, other) => Math.max(longest, commonLength(beginning, other)), 0)
  world.prefixes.set(project, [...earlier, beginning].slice(-KEPT))
  const tokens = Math.floor((prompt * common) / Math.max(1, text.length))
  return { tokens: tokens >= leastFor(model.version) ? Math.min(tokens, prompt) : 0, added: 0 }
}

const commonLength = (left: string, right: string): number => {
  const most = Math.min(left.length, right.length)
  let at = 0
  while (at < most && left.charCodeAt(at) === right.charCodeAt(at)) at++
  return at
}
