import { createHash } from 'node:crypto'
import { asGatewayError, GatewayError } from '../errors.ts'
import { nameFor } from '../gemini/file-ids.ts'
import { endingOf, normalType } from '../gemini/media-types.ts'
import type { Named } from '../gemini/resource-names.ts'
import { madeIn, owningOf } from '../gemini/resources/keeping.ts'
import { projectTag } from '../gemini/resources/project-tag.ts'
import type { Caller, Opened, UpstreamCall } from '../gemini/upstream/client.ts'
import { askJson } from '../gemini/upstream/unary.ts'
import type { Json } from '../gemini/wire.ts'
import { readPassedJson } from '../http/body.ts'
import type { AdmittedRequest, Handler, Reply } from '../http/exchange.ts'
import type { Owned } from '../state/table.ts'
import { isObject, JSON_TYPE, namesOf, passedHeaders } from './call.ts'
import { alreadyExists, chosenName, withName } from './file-names.ts'
import type { NativeParts } from './parts.ts'
import { replyHeaders, wholeBody } from './pass-on.ts'
import { cleanQuery, type NativePath, pathOf, readPath } from './path.ts'
import { checkKnown, readReply } from './resources.ts'
import { type TapReader, tapReader } from './tap.ts'

const PREFIX = '/upload'
const SENT = [
  'content-type',
  'x-goog-api-client',
  'x-goog-upload-protocol',
  'x-goog-upload-command',
  'x-goog-upload-offset',
  'x-goog-upload-file-name',
  'x-goog-upload-header-content-length',
  'x-goog-upload-header-content-type',
] as const
const ANSWERED = ['x-goog-upload-status', 'x-goog-upload-chunk-granularity', 'x-goog-upload-size-received'] as const

/** Bytes that a Function URL takes: its event holds 6 MB, in which a file is a third longer. */
const FUNCTION_URL_TAKES = 4_500_000
/** Bytes of an answer: a file's description. */
const MOST_ANSWERED = 1024 * 1024
const DAY = 24 * 3600 * 1000
/** An upload can be gone on with for so long; the file lasts two days from its end. */
const UPLOAD_LASTS = 7 * DAY
const FILE_LASTS = 2 * DAY

/**
 * Google's upload protocol. The start comes through here, so that we know whose file it will be; of a large file's parts,
 * which go past all functions, we hear nothing. https://ai.google.dev/api/files#method:-media.upload
 */
export const uploads =
  (parts: NativeParts): Handler =>
  async (request) => {
    const path = readPath(request.path.slice(PREFIX.length))
    const query = cleanQuery(request.query)
    const caller: Caller = {
      requestId: request.id,
      client: request.client,
      protocol: 'gemini',
      asked: '',
      receivedAt: request.receivedAt,
      deadline: request.deadline,
      after: request.after,
    }
    const upload: Upload = { parts, request, path, query, caller, client: request.client.name }
    const id = new URLSearchParams(query).get('upload_id')
    const isStart = request.headers['x-goog-upload-command']?.trim().toLowerCase() === 'start'
    if (id !== null && !isStart) return await goOn(upload, id)
    await checkKnown(parts, path)
    return isStart ? await start(upload) : await sendAtOnce(upload)
  }

interface Upload {
  parts: NativeParts
  request: AdmittedRequest
  path: NativePath
  query: string
  caller: Caller
  client: string
}

const callOf = ({ request, path, query, client }: Upload, more: Partial<UpstreamCall>): UpstreamCall => ({
  method: request.method,
  path: `${PREFIX}${pathOf(path)}${query && `?${query}`}`,
  headers: passedHeaders(request, SENT),
  body: request.body,
  model: '',
  streamed: false,
  affinity: client,
  ...more,
})

const open = ({ parts, caller }: Upload, call: UpstreamCall): Promise<Opened<TapReader>> =>
  parts.gemini.open(call, caller, (attempt) => tapReader('receipt', attempt))

/** An upload's id lets anyone write to it, so that it is never kept itself. */
const uploadName = (id: string): string => `uploads/${createHash('sha256').update(id).digest('hex').slice(0, 40)}`

const answer = async (opened: Opened<TapReader>, more: Record<string, string> = {}): Promise<Reply> => {
  const { status, headers } = opened
  const known = ANSWERED.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]))
  const body = await wholeBody(opened, MOST_ANSWERED)
  return { status, headers: { ...replyHeaders(opened), ...Object.fromEntries(known), ...more }, body }
}

// ---- The start ----

const start = async (upload: Upload): Promise<Reply> => {
  const { parts, request, path } = upload
  checkSize(upload)
  const body = request.body.length > 0 ? readPassedJson(request) : {}
  if (!isObject(body)) throw new GatewayError('invalid_request', 'The body must be an object.')
  const isFile = path.collection === 'files'
  const chosen = isFile ? chosenName(body) : undefined
  const mine = chosen === undefined ? undefined : await parts.owners.find(upload.client, chosen)
  const random = parts.newId()
  const told = { purpose: 'user_data', ending: endingOf(typeIn(upload, body)) } as const
  const nameIn = (project: string): string => chosen ?? nameFor(projectTag(project), told, random)
  const opened = await open(
    upload,
    callOf(upload, {
      headers: { ...passedHeaders(request, SENT), ...JSON_TYPE },
      names: namesOf(path, upload.query, isFile ? undefined : body),
      // A name that the client has already is asked for where it has it: Google knows what to say of that.
      project: mine,
      ...(isFile && { bodyFor: (project) => JSON.stringify(withName(body, nameIn(project))) }),
    }),
  )
  const { project } = opened.key
  if (chosen !== undefined) await claim(upload, { name: chosen, project }, mine !== undefined)
  if (isFile) await own(upload, { name: nameIn(project), project })
  return await answer(opened, { 'x-goog-upload-url': await addressOf(upload, opened, project) })
}

/** What no function can take goes to Google past them; an SDK would send it here all the same. */
const checkSize = ({ parts, request: { headers, uploadSession } }: Upload): void => {
  const announced = Number(headers['x-goog-upload-header-content-length'] ?? 0)
  const most = Math.min(FUNCTION_URL_TAKES, parts.bodyLimit)
  if (uploadSession !== undefined || announced <= most || headers['x-goog-api-client'] === undefined) return
  throw new GatewayError(
    'too_large',
    `This address takes files of up to ${Math.floor(most / 100_000) / 10} MB. Upload larger ones through the front door: deploy with frontDoor=api and use its address as base URL.`,
    { param: 'x-goog-upload-header-content-length' },
  )
}

/** For the name of the file, so that clients of other families need not say it again where they name it. */
const typeIn = ({ request: { headers } }: Upload, { file }: Json): string => {
  const { mimeType = '', mime_type = mimeType } = isObject(file) ? file : {}
  return normalType(headers['x-goog-upload-header-content-type'] ?? (typeof mime_type === 'string' ? mime_type : ''))
}

/**
 * Makes a name the client's that it chose, or stay so. One that someone else chose in this project is taken, whether the
 * file is there yet or not, and so is one of a file that is there and not the client's: who owns a name can read the file.
 */
const claim = async ({ parts, client, caller }: Upload, owned: Owned, isMine: boolean): Promise<void> => {
  const isFree = await parts.owners.claim(client, owned)
  if (!isFree || (!isMine && (await isThere(parts, owned, caller)))) throw alreadyExists(owned.name)
}

const isThere = async ({ gemini }: NativeParts, { name, project }: Owned, caller: Caller): Promise<boolean> => {
  try {
    await askJson(gemini, { method: 'GET', path: `/v1beta/${name}`, model: '', names: [], project }, caller)
    return true
  } catch (thrown) {
    if (asGatewayError(thrown).kind === 'not_found') return false
    throw thrown
  }
}

/** Owned from now on, before anyone hears its name. */
const own = ({ parts: { owners, clock }, client }: Upload, { name, project }: Owned): Promise<void> =>
  owners.note(client, { name, project, end: clock() + UPLOAD_LASTS + FILE_LASTS })

/**
 * Where the bytes go: behind a front door to its route past the functions; else Google's own address, which clients that
 * take it as it is use directly. Google's SDKs put their own host into it, and so come back here.
 */
const addressOf = async (upload: Upload, { headers }: Opened<TapReader>, project: string): Promise<string> => {
  const { request, parts, client } = upload
  const google = URL.parse(String(headers['x-goog-upload-url'] ?? ''))
  const id = google?.searchParams.get('upload_id')
  if (!google || !id) throw new GatewayError('upstream', 'The model service gave no address for the upload.')
  google.searchParams.delete('key')
  if (request.uploadSession === undefined) {
    await parts.owners.note(client, { name: uploadName(id), project, end: parts.clock() + UPLOAD_LASTS })
    return google.href
  }
  const { host = 'localhost' } = request.headers
  const path = google.pathname.replace(/^\/upload(?=\/)/, request.uploadSession)
  return `${LOCAL.test(host) ? 'http' : 'https'}://${host}${path}${google.search}`
}

/** AWS speaks https alone; the local run does not. */
const LOCAL = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/

// ---- What comes after it, and what needs none ----

/** A part, or a question how far it came: of an upload that began at a bare Function URL. */
const goOn = async (upload: Upload, id: string): Promise<Reply> => {
  const names: Named[] = [{ name: uploadName(id) }, ...namesOf(upload.path, upload.query, undefined)]
  const call = callOf(upload, { names, body: upload.request.body.length > 0 ? upload.request.body : undefined })
  try {
    return await answer(await open(upload, call))
  } catch (thrown) {
    const error = asGatewayError(thrown)
    // Our own name for it would tell nobody anything.
    throw error.kind === 'not_found' ? new GatewayError('not_found', 'Upload not found.', { cause: error }) : error
  }
}

/** Description and bytes in one request, or the bytes alone. */
const sendAtOnce = async (upload: Upload): Promise<Reply> => {
  const { parts, path, client, caller } = upload
  const opened = await open(upload, callOf(upload, { names: namesOf(path, upload.query, undefined) }))
  const body = await wholeBody(opened, MOST_ANSWERED)
  const { project } = opened.key
  const made = Buffer.isBuffer(body) ? madeIn(readReply(body), path.collection) : []
  for (const one of made) {
    const { name } = one
    if (name.startsWith('files/') && !(await parts.owners.claim(client, { name, project }))) {
      await askJson(parts.gemini, { method: 'DELETE', path: `/v1beta/${name}`, model: '', names: [], project }, caller)
      throw alreadyExists(name)
    }
    await parts.owners.note(client, owningOf(one, project, parts.clock()))
  }
  return { status: opened.status, headers: replyHeaders(opened), body }
}
