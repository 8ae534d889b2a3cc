import { COLLECTIONS, type Collection, namesIn, resourceOf } from '../resource-names.ts'
import type { Json } from '../wire.ts'
import { environmentOf } from './environments.ts'
import type { Owners, Owning } from './ownership.ts'

/** A call about what a project keeps, and what came of it. */
export interface Kept {
  method: string
  /** Without version and query: `files/abc`, `models/veo-3:predictLongRunning`. */
  path: string
  project: string
  reply: Json
}

const DAY = 24 * 3600 * 1000
/** Whatever Google makes itself, a video or the answers of a batch, lasts two days. */
const PRODUCED_LASTS = 2 * DAY

/** Notes what a reply gives the client, and forgets what it deleted: to be awaited before the client hears of it. */
export const keepBooks = async (
  { owners, clock }: { owners: Owners; clock(): number },
  { method, path, project, reply }: Kept,
  client: string,
): Promise<void> => {
  const now = clock()
  const owned = resourceOf(path)
  if (method === 'DELETE') {
    if (owned?.name === path) await owners.forget(client, path)
  } else if (method === 'GET') {
    const produced = namesIn(productsOf(reply))
    await Promise.all(produced.map(({ name }) => owners.noteOnce(client, { name, project, end: now + PRODUCED_LASTS })))
    if (owned?.collection === 'interactions') await noteEnvironment({ owners, clock }, reply, project, client)
  } else if (method === 'PATCH' || owned === undefined) {
    await Promise.all(madeIn(reply, path).map((made) => owners.note(client, owningOf(made, project, now))))
    if (path === 'interactions') await noteEnvironment({ owners, clock }, reply, project, client)
  }
}

/** Where an interaction worked is its client's for as long as the interaction is. */
export const noteEnvironment = async (
  { owners, clock }: { owners: Owners; clock(): number },
  interaction: Json,
  project: string,
  client: string,
): Promise<void> => {
  const name = environmentOf(interaction)
  if (name !== undefined) await owners.noteOnce(client, owningOf({ name }, project, clock()))
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

type Made = Json & { name: string }
const isMade = (value: unknown): value is Made =>
  isObject(value) && typeof value.name === 'string' && resourceOf(value.name) !== undefined

/** What the reply to a creation says was made. A tuned model is named in its operation. */
export const madeIn = (reply: Json, path: string): Made[] => {
  const { file, files, metadata, id } = reply
  return [
    reply,
    file,
    ...(Array.isArray(files) ? (files as unknown[]) : []),
    ...(isObject(metadata) ? [{ name: metadata.tunedModel }] : []),
    ...(path === 'interactions' && typeof id === 'string' ? [{ ...reply, name: `interactions/${id}` }] : []),
  ].filter(isMade)
}

/** Whose it is from now on, and until when. */
export const owningOf = (made: Made, project: string, now: number): Owning => {
  const { name, collection } = resourceOf(made.name) ?? { name: made.name, collection: 'operations' as const }
  const { end, days }: Collection = COLLECTIONS[collection]
  const said = end === undefined ? Number.NaN : Date.parse(String(made[end]))
  const last = Number.isNaN(said) ? days && now + days * DAY : said
  return { name, project, end: last }
}

/** The places where Google names a file that it made. Never a search through the whole reply: a model's words stand in it, too. */
const productsOf = ({ response, metadata }: Json): unknown => {
  const video = isObject(response) && isObject(response.generateVideoResponse) ? response.generateVideoResponse : {}
  const samples: unknown[] = Array.isArray(video.generatedSamples) ? video.generatedSamples : []
  const output = isObject(metadata) && isObject(metadata.output) ? metadata.output : {}
  return [
    samples.map((sample) => (isObject(sample) && isObject(sample.video) ? sample.video.uri : undefined)),
    isObject(response) ? response.responsesFile : undefined,
    output.responsesFile,
  ]
}
