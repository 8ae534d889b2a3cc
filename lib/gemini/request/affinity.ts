import { createHash, type Hash } from 'node:crypto'
import type { Affinity } from '../call.ts'
import type { GenerateContentRequest } from '../wire.ts'

/**
 * What decides the project that serves a request, in hex: equal for all turns of one conversation, so that each finds the
 * prompt cache of the one before. The id of a session replaces everything else; without one the conversation's own start
 * counts: system text, tools and all before the first model turn. Never the system text alone, which many share.
 */
export const affinityKey = (
  client: string,
  model: string,
  request: GenerateContentRequest,
  { session, hints }: Affinity,
): string => {
  const hash = createHash('sha256')
  if (session) {
    feed(hash, ['session', client, session])
  } else {
    const { contents, systemInstruction, tools } = request
    const answer = contents.findIndex(({ role }) => role === 'model')
    const start = answer < 0 ? contents : contents.slice(0, answer)
    feed(hash, ['conversation', client, model, systemInstruction, tools, hints])
    feed(hash, start)
  }
  return hash.digest('hex')
}

/** Every value with its kind and size before it, so that no two shapes read the same. Strings go in as they are: no copy of a large body. */
const feed = (hash: Hash, value: unknown): void => {
  if (typeof value === 'string') {
    hash.update(`s${value.length}:`).update(value)
  } else if (Array.isArray(value)) {
    hash.update(`a${value.length}:`)
    for (const item of value) feed(hash, item)
  } else if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, field]) => field !== undefined)
    hash.update(`o${entries.length}:`)
    for (const [name, field] of entries) {
      feed(hash, name)
      feed(hash, field)
    }
  } else {
    hash.update(`${String(value)};`)
  }
}
