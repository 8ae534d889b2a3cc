import type { GeminiKey } from './source.ts'

/** Weighted rendezvous hashing: each affinity ranks all projects the same way everywhere, in proportion to their weights. */
export const bestProject = (keys: readonly GeminiKey[], affinity: string): string | undefined => {
  const weights = new Map(keys.map(({ project, weight }) => [project, weight]))
  // The affinity is the long part, and the same for all
  const start = hashed(`${affinity} `, OFFSET)
  let best: string | undefined
  let highest = -Infinity
  for (const [project, weight] of weights) {
    const score = -weight / Math.log(toFraction(hashed(project, start)))
    if (score > highest) {
      highest = score
      best = project
    }
  }
  return best
}

/**
 * Three characters of `[a-z0-9]` that name a project to those who know the affinity, and nothing to anybody else. They
 * travel in the ids of calls, so that a conversation that had to leave its home stays where its prompt cache is now.
 */
export const servedTag = (affinity: string, project: string): string =>
  Math.floor(toFraction(hashed(project, hashed(`${affinity} `, OFFSET))) * TAGS)
    .toString(36)
    .padStart(3, '0')
const TAGS = 36 ** 3

export const projectServed = (
  keys: readonly GeminiKey[],
  affinity: string,
  lately: string | undefined,
): string | undefined =>
  lately === undefined ? undefined : keys.find(({ project }) => servedTag(affinity, project) === lately)?.project

/** FNV-1a, from where an earlier part of the text left it. */
const OFFSET = 0x811c9dc5
const hashed = (text: string, start: number): number => {
  let hash = start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** A hash, mixed, as a number between 0 and 1, both excluded. */
const toFraction = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (((mixed ^ (mixed >>> 16)) >>> 0) + 0.5) / 2 ** 32
}
