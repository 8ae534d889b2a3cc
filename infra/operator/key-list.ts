// Changes of the list of keys, as values: a list goes in, a new one comes out, or an error in one line that repeats no key.
import { createHash } from 'node:crypto'
import { readSecret, type Secret } from '../../lib/contract/secret.ts'

/** What somebody typed can't be done. One line, for them. */
export class BadInput extends Error {}

type GeminiKey = Secret['geminiKeys'][number]

export interface NewGeminiKey {
  key: string
  project: string
  id?: string
  weight?: number
}

export interface NewClient {
  /** The client key itself: only its digest is kept. */
  key: string
  id: string
  client?: string
  name?: string
}

/** `geminiKeys[3].project must be …` → `project must be …`: who types one entry need not count them. */
const plain = (problem: string): string => problem.replace(/^\w+\[\d+\]\./, '').replace(/ is that of .*/, ' is taken')

const checked = (list: Secret): Secret => {
  const reading = readSecret(JSON.stringify(list))
  if (reading.ok) return reading.secret
  const [problem = ''] = reading.problems
  throw new BadInput(problem.startsWith('geminiKeys must hold') ? NO_GEMINI_KEY : `${plain(problem)}.`)
}

const NO_GEMINI_KEY = 'The list needs a Gemini key first: npm run keys -- add --project PROJECT.'

/** `gemini-1`, `gemini-2` …: the first that is free. */
const freeId = (taken: readonly GeminiKey[]): string => {
  const ids = new Set(taken.map(({ id }) => id))
  for (let number = 1; ; number++) if (!ids.has(`gemini-${number}`)) return `gemini-${number}`
}

export const withGeminiKey = (list: Secret, { key, project, id, weight }: NewGeminiKey): Secret => {
  const twin = list.geminiKeys.find((one) => one.key === key)
  if (twin) throw new BadInput(`This key is in the list already, as ${twin.id}.`)
  const entry = { id: id ?? freeId(list.geminiKeys), key, project, ...(weight !== undefined && { weight }) }
  return checked({ ...list, geminiKeys: [...list.geminiKeys, entry] })
}

export const hasGeminiKey = ({ geminiKeys }: Secret, key: string): boolean =>
  geminiKeys.some((entry) => entry.key === key)

const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex')

export const hasClient = ({ clientKeys }: Secret, key: string): boolean =>
  clientKeys.some(({ sha256 }) => sha256 === digestOf(key))

export const withClient = (list: Secret, { key, id, client, name }: NewClient): Secret => {
  const sha256 = digestOf(key)
  const entry = { id, sha256, ...(client !== undefined && { client }), ...(name !== undefined && { name }) }
  return checked({ ...list, clientKeys: [...list.clientKeys, entry] })
}

export const hasNone = (entries: readonly { id: string }[], ids: readonly string[]): boolean =>
  !entries.some(({ id }) => ids.includes(id))

/** Every id must be there, so that a slip of the pen doesn't pass for done. */
const without = <Entry extends { id: string }>(entries: readonly Entry[], ids: readonly string[]): Entry[] => {
  const unknown = ids.filter((id) => !entries.some((entry) => entry.id === id))
  if (unknown.length > 0) throw new BadInput(`There is no key ${unknown.join(', ')} in the list.`)
  return entries.filter(({ id }) => !ids.includes(id))
}

export const withoutGeminiKeys = (list: Secret, ids: readonly string[]): Secret => {
  const geminiKeys = without(list.geminiKeys, ids)
  if (geminiKeys.length === 0) throw new BadInput('The last Gemini key stays: without one nothing is answered.')
  return checked({ ...list, geminiKeys })
}

export const withoutClients = (list: Secret, ids: readonly string[]): Secret =>
  checked({ ...list, clientKeys: without(list.clientKeys, ids) })

/** What may be shown of a key: enough to tell it from others, too little to use it. */
export const masked = (key: string): string => (key.length >= 16 ? `…${key.slice(-4)}` : '…')
