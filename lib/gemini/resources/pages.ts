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

/** Where a page begins: in which project, on which of Google's pages, and with which of the client's own there. */
interface Place {
  /** The project's tag: that one, or the first after it. */
  from: string
  token: string
  /** Its name, since those before it may be deleted until the page is asked for. Empty for the first. */
  first: string
}

const START: Place = { from: '', token: '', first: '' }

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
      const all: Own[] = ownItems(reply, question, names)
      unseen -= all.length
      // One that is gone itself is looked for no further: better the same twice than one never.
      const own = all.slice(
        Math.max(
          0,
          all.findIndex(({ name }) => name === place.first),
        ),
      )
      const left = size - items.length
      items.push(...own.slice(0, left).map(({ item }) => item))
      const next = typeof reply.nextPageToken === 'string' ? reply.nextPageToken : ''
      const [following] = own.slice(left)
      if (following) place = { ...place, first: following.name }
      else if (next && unseen > 0) place = { from: tag, token: next, first: '' }
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

interface Own {
  name: string
  item: Json
}

const ownItems = (reply: Json, { collection, prefix }: ListQuestion, names: ReadonlySet<string>): Own[] => {
  const listed = reply[COLLECTIONS[collection].list]
  if (!Array.isArray(listed)) return []
  return listed.flatMap((item: Json | null) => {
    const name = item?.name ?? (typeof item?.id === 'string' ? prefix + item.id : undefined)
    return item !== null && typeof name === 'string' && names.has(name) ? [{ name, item }] : []
  })
}

const toToken = ({ from, token, first }: Place): string =>
  Buffer.from(JSON.stringify([from, first, token])).toString('base64url')

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
  const [from, first, token] = Array.isArray(values) ? (values as unknown[]) : []
  if (typeof from !== 'string' || typeof token !== 'string' || typeof first !== 'string') throw invalid()
  return { from, token, first }
}
