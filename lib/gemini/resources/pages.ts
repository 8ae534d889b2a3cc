import { asGatewayError, GatewayError } from '../../errors.ts'
import type { Owned } from '../../state/table.ts'
import { COLLECTIONS, type CollectionName } from '../resource-names.ts'
import type { Caller, GeminiClient } from '../upstream/client.ts'
import { askJson } from '../upstream/unary.ts'
import type { Json } from '../wire.ts'
import type { Owners } from './ownership.ts'
import { projectTag } from './project-tag.ts'

/** What a client asks of a collection. */
export interface ListQuestion {
  collection: CollectionName
  /** What all names of the list begin with: `files/`, `models/veo-3/operations/`. */
  prefix: string
  version: 'v1' | 'v1beta'
  /** 0 where the client doesn't say. */
  pageSize: number
  pageToken: string
  /** What else it asks, as a query without `?`. */
  query: string
}

export interface Page {
  items: Json[]
  nextPageToken: string | undefined
}

/** Where a page begins: in which project, on which of Google's pages, and how many of the client's own stand before it there. */
interface Place {
  /** The project's tag: that one, or the first after it. */
  from: string
  token: string
  skip: number
}

const START: Place = { from: '', token: '', skip: 0 }

/**
 * One page of what a client owns: Google's own lists of all projects that have some of it, one after the other, without
 * what belongs to others. Throws `invalid_request` for a page token that isn't ours.
 */
export const listOwned = async (
  parts: { gemini: GeminiClient; owners: Owners },
  question: ListQuestion,
  caller: Caller,
): Promise<Page> => {
  const { page, mostOnPage } = COLLECTIONS[question.collection]
  const size = Math.min(question.pageSize || page, mostOnPage)
  const begin = readToken(question.pageToken)
  const owned = await parts.owners.list(caller.client.name, question.prefix)
  const items: Json[] = []
  for (const { tag, project, names } of byProject(owned)) {
    if (tag < begin.from) continue
    let place = tag === begin.from ? begin : { ...START, from: tag }
    // From its first page on it is known when all have been seen: what others have there may fill many more.
    let unseen = place.token === '' ? names.size : Number.POSITIVE_INFINITY
    for (;;) {
      if (items.length === size) return { items, nextPageToken: toToken(place) }
      const reply = await pageOf(parts.gemini, question, { project, token: place.token }, caller)
      const all: Json[] = ownItems(reply, question, names)
      unseen -= all.length
      const own = all.slice(place.skip)
      const taken = own.slice(0, size - items.length)
      items.push(...taken)
      const next = typeof reply.nextPageToken === 'string' ? reply.nextPageToken : ''
      if (taken.length < own.length) place = { ...place, skip: place.skip + taken.length }
      else if (next && unseen > 0) place = { from: tag, token: next, skip: 0 }
      else break
    }
  }
  return { items, nextPageToken: undefined }
}

interface ProjectOwned {
  tag: string
  project: string
  names: ReadonlySet<string>
}

/** In the order of their tags, which all pages share. */
const byProject = (owned: readonly Owned[]): ProjectOwned[] =>
  [...Map.groupBy(owned, ({ project }) => project)]
    .map(([project, some]) => ({ tag: projectTag(project), project, names: new Set(some.map(({ name }) => name)) }))
    .sort((a, b) => (a.tag < b.tag ? -1 : 1))

const pageOf = async (
  gemini: GeminiClient,
  { collection, prefix, version, query }: ListQuestion,
  { project, token }: { project: string; token: string },
  caller: Caller,
): Promise<Json> => {
  const parameters = new URLSearchParams(query)
  parameters.set('pageSize', String(COLLECTIONS[collection].mostOnPage))
  if (token) parameters.set('pageToken', token)
  const path = `/${version}/${prefix.slice(0, -1)}?${parameters.toString()}`
  try {
    return await askJson(gemini, { method: 'GET', path, model: '', names: [], project }, caller)
  } catch (thrown) {
    // Its keys left the secret, and all that it had with them.
    if (asGatewayError(thrown).kind === 'not_found') return {}
    throw thrown
  }
}

const ownItems = (reply: Json, { collection, prefix }: ListQuestion, names: ReadonlySet<string>): Json[] => {
  const listed = reply[COLLECTIONS[collection].list]
  if (!Array.isArray(listed)) return []
  return listed.filter((item: Json | null) => {
    const name = item?.name ?? (typeof item?.id === 'string' ? prefix + item.id : undefined)
    return typeof name === 'string' && names.has(name)
  })
}

const toToken = ({ from, token, skip }: Place): string =>
  Buffer.from(JSON.stringify([from, skip, token])).toString('base64url')

const readToken = (text: string): Place => {
  if (text === '') return START
  const invalid = (cause?: unknown) =>
    new GatewayError('invalid_request', 'Invalid page token.', { param: 'pageToken', cause })
  let values: unknown
  try {
    values = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch (cause) {
    throw invalid(cause)
  }
  const [from, skip, token] = Array.isArray(values) ? (values as unknown[]) : []
  if (typeof from !== 'string' || typeof token !== 'string' || !Number.isSafeInteger(skip)) throw invalid()
  return { from, token, skip: Math.max(0, Number(skip)) }
}
