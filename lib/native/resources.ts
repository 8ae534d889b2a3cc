import { asGatewayError, GatewayError } from '../errors.ts'
import { COLLECTIONS, type CollectionName, isCollection, type Named } from '../gemini/resource-names.ts'
import { environmentIn, environmentOf } from '../gemini/resources/environments.ts'
import { keepBooks, noteEnvironment, owningOf } from '../gemini/resources/keeping.ts'
import type { Owners, Owning } from '../gemini/resources/ownership.ts'
import { listOwned } from '../gemini/resources/pages.ts'
import type { Caller, Opened, UpstreamCall } from '../gemini/upstream/client.ts'
import { askJson } from '../gemini/upstream/unary.ts'
import type { Json } from '../gemini/wire.ts'
import type { Reply } from '../http/exchange.ts'
import { altOf, isObject } from './call.ts'
import type { NativeParts, NativeRequest } from './parts.ts'
import { fileBody, replyBody, replyHeaders, wholeBody } from './pass-on.ts'
import { type NativePath, resourceName } from './path.ts'
import { type TapReader, tapReader } from './tap.ts'

/** Bytes of a reply that is looked into for names. What is merely shown, a batch with its answers say, may be larger and names nothing new. */
const MOST_SHOWN = 4 * 1024 * 1024
const MOST_MADE = 64 * 1024 * 1024

/** A video's, where a request doesn't say. */
const VIDEO_SECONDS = 8

/** What a client's own place is called in the table, where it keeps things of collections that nobody knows. */
const HOME = 'home'

/** Answers a call that makes, shows, lists, changes or deletes what a project keeps for a client. */
export const answerResource = async (parts: NativeParts, asked: NativeRequest, call: UpstreamCall): Promise<Reply> => {
  const { path, query, caller } = asked
  const listed = call.method === 'GET' ? listOf(path) : undefined
  if (listed) return await answerList(parts, asked, listed)
  await checkKnown(parts, path)
  if (path.collection !== 'models' && !isCollection(path.collection)) return await answerUnknown(parts, asked, call)

  const form = formOf(path, query, call)
  const begun = path.method === 'predictLongRunning' ? { seconds: secondsAsked(asked) } : {}
  const placed = path.collection === 'interactions' ? await inEnvironment(parts, asked, call) : call
  const opened = await parts.gemini.open(placed, caller, (attempt) => tapReader(form, attempt, begun))
  if (path.method === 'download') return passOn(opened, fileBody(opened))
  if (form === 'bytes') return passOn(opened)
  if (form === 'steps') return isKept(asked) ? await passSteps(parts, opened, caller) : passOn(opened)
  const reply = await wholeBody(opened, call.method === 'GET' ? MOST_SHOWN : MOST_MADE)
  if (Buffer.isBuffer(reply) && isKept(asked)) {
    const kept = { method: call.method, path: keptPath(path), project: opened.key.project, reply: readReply(reply) }
    await keepBooks(parts, kept, caller.client.name)
  }
  return { status: opened.status, headers: replyHeaders(opened), body: reply }
}

/** An interaction may be asked not to be. */
const isKept = ({ body }: NativeRequest): boolean => !(isObject(body) && body.store === false)

/** Of all videos that a request begins: Google bills what was asked for. https://ai.google.dev/gemini-api/docs/video */
const secondsAsked = ({ body }: NativeRequest): number => {
  const parameters = isObject(body) && isObject(body.parameters) ? body.parameters : {}
  return Number(parameters.durationSeconds ?? VIDEO_SECONDS) * Number(parameters.sampleCount ?? 1) || 0
}

/** A method is none of the resource's own: nothing is deleted by one. */
const keptPath = (path: NativePath): string =>
  path.method === undefined ? resourceName(path) : `${resourceName(path)}:${path.method}`

const passOn = (opened: Opened<TapReader>, body = replyBody(opened)): Reply => ({
  status: opened.status,
  headers: replyHeaders(opened),
  body,
})

/** A call that only tells of an earlier one is not counted for what that one used. */
const formOf = (
  path: NativePath,
  query: string,
  { method, streamed }: UpstreamCall,
): 'bytes' | 'steps' | 'whole' | 'shown' => {
  const alt = altOf(query)
  const makes = method === 'POST' && (!isCollection(path.collection) || path.name === undefined)
  if (path.method === 'download' || alt === 'media') return 'bytes'
  const isStream = streamed || alt === 'sse' || new URLSearchParams(query).get('stream') === 'true'
  if (!isStream) return makes ? 'whole' : 'shown'
  // What streams in a way that nobody knows here is at least not held back.
  return path.collection === 'interactions' && makes ? 'steps' : 'bytes'
}

/** The collection that a path lists, and what all names of the list begin with. */
const listOf = ({
  collection,
  name,
  method,
}: NativePath): { collection: CollectionName; prefix: string } | undefined => {
  if (method !== undefined) return undefined
  if (collection === 'models' && name !== undefined && /^[^/]+\/operations$/.test(name)) {
    return { collection: 'operations', prefix: `models/${name}/` }
  }
  return isCollection(collection) && name === undefined ? { collection, prefix: `${collection}/` } : undefined
}

const answerList = async (
  parts: NativeParts,
  { path: { version }, query, caller }: NativeRequest,
  { collection, prefix }: { collection: CollectionName; prefix: string },
): Promise<Reply> => {
  const asked = new URLSearchParams(query)
  const take = (...names: string[]): string => {
    const values = names.map((name) => asked.get(name))
    for (const name of names) asked.delete(name)
    return values.find((value) => value !== null) ?? ''
  }
  const size = take('pageSize', 'page_size')
  if (!/^\d{0,9}$/.test(size)) {
    const message = `Invalid value at 'page_size' (TYPE_INT32), ${JSON.stringify(size.slice(0, 100))}`
    throw new GatewayError('invalid_request', message, { param: 'pageSize' })
  }
  const pageToken = take('pageToken', 'page_token')
  const question = { collection, prefix, version, pageSize: Number(size), pageToken, query: asked.toString() }
  const { items, nextPageToken } = await listOwned(parts, question, caller)
  return json({
    ...(items.length > 0 && { [COLLECTIONS[collection].list]: items }),
    ...(nextPageToken !== undefined && { nextPageToken }),
  })
}

const json = (body: Json): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
  body: JSON.stringify(body, null, 2),
})

/** Whether what can't be kept apart may pass: it can be only this client's, or the operator lets all in. */
const passesUnknown = async ({ settings, isOnlyClient }: NativeParts): Promise<boolean> =>
  settings.nativeUnknown === 'always' || (settings.nativeUnknown === 'alone' && (await isOnlyClient()))

/** Throws for a collection that came out after this was written, unless such may pass. */
export const checkKnown = async (parts: NativeParts, { collection }: NativePath): Promise<void> => {
  if (collection === 'models' || isCollection(collection) || (await passesUnknown(parts))) return
  throw new GatewayError(
    'not_found',
    `${collection} is no collection that this gateway can keep apart by clients; its setting nativeUnknown says whether such calls pass.`,
  )
}

/**
 * An interaction goes on in an environment of the client's: one of an interaction before it, whose id may have come at the end
 * of a stream, or, where unknown collections pass, one that was made as such.
 */
const inEnvironment = async (parts: NativeParts, asked: NativeRequest, call: UpstreamCall): Promise<UpstreamCall> => {
  const environment = environmentIn(asked.body)
  if (environment === undefined) return call
  const { owners } = parts
  const { names = [] } = call
  const client = asked.caller.client.name
  const isMine = async (): Promise<boolean> => (await owners.find(client, environment.name)) !== undefined
  const earlier = names.find(({ name }) => name.startsWith('interactions/'))
  if (!(await isMine()) && earlier) await learnEnvironment(parts, earlier, asked.caller)
  if (!(await isMine()) && (await passesUnknown(parts))) {
    return names.length > 0 ? call : { ...call, project: await owners.find(client, HOME) }
  }
  return { ...call, names: [...names, environment] }
}

const learnEnvironment = async (parts: NativeParts, interaction: Named, caller: Caller): Promise<void> => {
  const call = { method: 'GET', path: `/v1beta/${interaction.name}`, model: '', names: [interaction] } as const
  const reply = await askJson(parts.gemini, call, caller)
  const project = await parts.owners.find(caller.client.name, interaction.name)
  if (project !== undefined) await noteEnvironment(parts, reply, project, caller.client.name)
}

/** To the client's own project, always the same one, so that what was made there is found again. */
const answerUnknown = async (
  { gemini, owners }: NativeParts,
  { path, query, caller }: NativeRequest,
  call: UpstreamCall,
): Promise<Reply> => {
  const client = caller.client.name
  const project = call.names?.length ? undefined : await owners.find(client, HOME)
  const form = formOf(path, query, call)
  const opened = await gemini.open({ ...call, project }, caller, (attempt) => tapReader(form, attempt))
  await noteOrCut(owners, client, { name: HOME, project: opened.key.project }, opened)
  return passOn(opened)
}

/** What nobody may hear of is not read to its end either: nobody would wait for that. */
const noteOrCut = async (
  owners: Owners,
  client: string,
  owning: Owning,
  { flow }: Opened<TapReader>,
): Promise<void> => {
  try {
    await owners.noteOnce(client, owning)
  } catch (thrown) {
    flow.cut(asGatewayError(thrown))
    throw thrown
  }
}

/** An interaction's id stands in its first event: whoever reads it may use it at once. */
const passSteps = async ({ owners, clock }: NativeParts, opened: Opened<TapReader>, caller: Caller): Promise<Reply> => {
  const read: Buffer[] = []
  opened.reader.listen((bytes) => void read.push(bytes))
  const [, data = ''] = /^data:\s*(\{.*\})\s*$/m.exec(Buffer.concat(read).toString()) ?? []
  const first = data ? (JSON.parse(data) as Json) : {}
  const interaction = isObject(first.interaction) ? first.interaction : {}
  const { id } = interaction
  for (const name of [typeof id === 'string' ? `interactions/${id}` : undefined, environmentOf(interaction)]) {
    if (name === undefined) continue
    await noteOrCut(owners, caller.client.name, owningOf({ name }, opened.key.project, clock()), opened)
  }
  return passOn(opened, replyBody(opened, read))
}

export const readReply = (body: Buffer): Json => {
  try {
    const value: unknown = JSON.parse(body.toString())
    return isObject(value) ? value : {}
  } catch {
    // Not JSON: nothing that could be named.
    return {}
  }
}
