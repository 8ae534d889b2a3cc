import { GatewayError } from '../errors.ts'
import { idOfName } from '../gemini/file-ids.ts'
import { endingOf, normalType } from '../gemini/media-types.ts'
import {
  deleteFile,
  type FileParts,
  fileNamed,
  findFile,
  listFiles,
  type NewFile,
  readContent,
  type StoredFile,
  uploadFile,
} from '../gemini/resources/files.ts'
import type { Caller } from '../gemini/upstream/client.ts'
import type { AdmittedRequest, Handler, Reply } from '../http/exchange.ts'
import { type Form, readForm } from '../http/form.ts'
import type { RouteHandler } from '../http/routes.ts'
import { callerOf } from '../relay.ts'
import { type Page, pageOf } from './paging.ts'

/** Fields of an upload that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  expires_in_seconds: 'Gemini keeps every file for two days; expires_at says until when',
} as const satisfies Record<string, string>

/** https://platform.claude.com/docs/en/api/files-metadata */
interface FileMetadata {
  type: 'file'
  id: string
  filename: string
  mime_type: string
  size_bytes: number
  created_at: string
  expires_at: string | null
  downloadable: boolean
}

type OnFile = RouteHandler<AdmittedRequest, 'id'>

const LONGEST_NAME = 500
const MOST_IDS = 100

const json = (body: unknown): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const caller = (request: AdmittedRequest): Caller => ({ ...callerOf(request), protocol: 'files', asked: '' })

const timestamp = (milliseconds: number): string => new Date(milliseconds).toISOString()

const metadata = (file: StoredFile): FileMetadata => ({
  type: 'file',
  id: idOfName(file.name, 'file_'),
  filename: file.filename,
  mime_type: file.mimeType,
  size_bytes: file.bytes,
  created_at: timestamp(file.created),
  expires_at: file.expires === undefined ? null : timestamp(file.expires),
  downloadable: file.downloadable,
})

/** Anthropic's Files over Gemini's: one store for the clients of all families. */
export const files = (parts: FileParts) => {
  const create: Handler = async (request) =>
    json(metadata(await uploadFile(parts, parseUpload(await readForm(request)), caller(request))))

  const list: Handler = async (request) => {
    const newestFirst = (await listFiles(parts, caller(request))).map(metadata).toReversed()
    return json(listOf(newestFirst, new URLSearchParams(request.query)))
  }

  const retrieve: OnFile = async (request, { id }) =>
    json(metadata(await findFile(parts, fileNamed(id), caller(request))))

  const remove: OnFile = async (request, { id }) => {
    await deleteFile(parts, fileNamed(id), caller(request))
    return json({ id, type: 'file_deleted' })
  }

  const download: OnFile = async (request, { id }) => {
    const { type, body } = await readContent(parts, fileNamed(id), caller(request))
    return { status: 200, headers: { 'content-type': type }, body }
  }

  return { create, list, retrieve, remove, download }
}

const refusal = (message: string): GatewayError =>
  new GatewayError('invalid_request', `file: ${message}`, { param: 'file' })

const parseUpload = ({ files: { file: given = [] } }: Form): NewFile => {
  const [file, ...others] = given
  if (!file) throw refusal('is required, as a file')
  if (others.length > 0) throw refusal('must be one file; upload each by itself')
  if (file.bytes.length === 0) throw refusal('must not be empty')
  const filename = file.name.split(/[/\\]/).at(-1) || unnamed(file.type)
  if (filename.length > LONGEST_NAME) throw refusal(`must have a name of at most ${LONGEST_NAME} characters`)
  return { bytes: file.bytes, filename, type: file.type, purpose: 'user_data' }
}

const unnamed = (type: string): string => {
  const ending = endingOf(normalType(type))
  return ending === undefined ? 'unnamed' : `unnamed.${ending}`
}

/**
 * Pages by ids as well as by the newer cursor. That is the first id of the next page, since those of this one may be deleted
 * before it is asked for.
 */
const listOf = (
  all: readonly FileMetadata[],
  parameters: URLSearchParams,
): Page<FileMetadata> & { next_page: string | null } => {
  const ids = [...parameters.getAll('ids'), ...parameters.getAll('ids[]')]
  if (ids.length > MOST_IDS) {
    throw new GatewayError('invalid_request', `ids: must be at most ${MOST_IDS} items long`, { param: 'ids' })
  }
  const wanted = ids.length > 0 ? all.filter(({ id }) => ids.includes(id)) : all
  if (ids.length > 0) parameters.set('limit', String(MOST_IDS))
  const left = from(parameters.get('page'), wanted)
  const page = pageOf(left, parameters)
  const goesOn = page.has_more && !parameters.has('before_id')
  const next = left[left.findIndex(({ id }) => id === page.last_id) + 1]
  return { ...page, next_page: (goesOn && next?.id) || null }
}

const from = (cursor: string | null, all: readonly FileMetadata[]): readonly FileMetadata[] => {
  const place = cursor === null ? 0 : all.findIndex(({ id }) => id === cursor)
  if (place >= 0) return all.slice(place)
  throw new GatewayError('invalid_request', 'page: nothing in this list has this id', { param: 'page' })
}
