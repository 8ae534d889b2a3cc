import { isUtf8 } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'
import { asGatewayError, GatewayError } from '../../errors.ts'
import { nameFor, nameOfId, type Purpose, readName } from '../file-ids.ts'
import { endingOf, mediaTypeOf } from '../media-types.ts'
import { COLLECTIONS, type Named } from '../resource-names.ts'
import type { Caller, GeminiClient } from '../upstream/client.ts'
import { type Download, openDownload } from '../upstream/download.ts'
import { askJson, openJson } from '../upstream/unary.ts'
import type { Json } from '../wire.ts'
import type { Owners } from './ownership.ts'
import { listOwned } from './pages.ts'
import { projectTag } from './project-tag.ts'

export interface NewFile {
  bytes: Buffer
  filename: string
  /** As the client says; perhaps empty. */
  type: string
  purpose: Purpose
}

/** What Google keeps of a file. https://ai.google.dev/api/files#File */
export interface StoredFile {
  /** `files/abc` */
  name: string
  filename: string
  mimeType: string
  bytes: number
  /** Milliseconds since 1970. */
  created: number
  expires: number | undefined
  /** Videos are looked through before a message can name them. */
  state: 'processing' | 'ready' | 'failed'
  /** Why it failed, in Google's words. */
  failure: string | undefined
  /** Only what Google made itself can be read again. */
  downloadable: boolean
  /** Undefined where it was uploaded in Google's own way, or made by Google. */
  purpose: Purpose | undefined
}

export interface FileParts {
  gemini: GeminiClient
  owners: Owners
  /** Unique, 24 characters of `[a-z0-9]`. */
  newId(): string
  /** Milliseconds since 1970. */
  clock(): number
}

const LIST = { collection: 'files', prefix: 'files/', version: 'v1beta', query: '' } as const

/** How long an upload waits for its file to be ready, in milliseconds, and what it leaves of its own time. */
const PROCESSING = 20_000
const SPARE = 10_000
const FIRST_LOOK = 250
const LONGEST_PAUSE = 2_000

/**
 * Uploads a file in one call, owned before its client hears the name. Where Google looks it through first, waits for that, so
 * that the next message can name it; not for ever: the reply's state says how far it came.
 */
export const uploadFile = async (parts: FileParts, file: NewFile, caller: Caller): Promise<StoredFile> => {
  const { gemini, owners, newId, clock } = parts
  const { bytes, filename, purpose } = file
  const mimeType = typeOf(file)
  const boundary = `part-${newId()}`
  const { reply, project } = await openJson(
    gemini,
    {
      method: 'POST',
      path: '/upload/v1beta/files',
      headers: {
        'x-goog-upload-protocol': 'multipart',
        'content-type': `multipart/related; boundary=${boundary}`,
      },
      body: undefined,
      bodyFor: (owner) => {
        // Another for each try: one whose answer was lost may have taken its name.
        const name = nameFor(projectTag(owner), { purpose, ending: endingOf(mimeType) }, newId())
        return related(boundary, { file: { name, displayName: filename, mimeType } }, { mimeType, bytes })
      },
      model: '',
      streamed: false,
      // All of a client's files go to one project while they can, so that a message can name several.
      affinity: caller.client.name,
    },
    caller,
  )
  const stored = readFile(reply.file)
  await owners.note(caller.client.name, { name: stored.name, project, end: stored.expires })
  return await whenReady(parts, stored, Math.min(clock() + PROCESSING, caller.deadline - SPARE), caller)
}

/** What is said of it, or shows; text is told by being nothing else. */
const typeOf = ({ bytes, filename, type }: NewFile): string =>
  mediaTypeOf(type, filename, bytes.subarray(0, 18).toString('base64')) ||
  (isUtf8(bytes) ? 'text/plain' : 'application/octet-stream')

/** multipart/related, RFC 2387: the description, then the bytes. */
const related = (
  boundary: string,
  description: Json,
  { mimeType, bytes }: { mimeType: string; bytes: Buffer },
): Buffer =>
  Buffer.concat([
    Buffer.from(
      `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(description)}\r\n--${boundary}\r\ncontent-type: ${mimeType}\r\n\r\n`,
    ),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])

const whenReady = async (parts: FileParts, file: StoredFile, until: number, caller: Caller): Promise<StoredFile> => {
  let latest = file
  for (let pause = FIRST_LOOK; latest.state === 'processing'; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    if (parts.clock() + pause > until) break
    await sleep(pause)
    try {
      latest = await findFile(parts, { name: file.name }, caller)
    } catch (thrown) {
      // It is uploaded all the same, and its client can ask later.
      if (asGatewayError(thrown).kind === 'internal') throw thrown
      break
    }
  }
  return latest
}

/** The file that a client's id or name stands for; throws `not_found` for a text that can be neither. */
export const fileNamed = (id: string): Named => {
  const name = nameOfId(id) ?? (/^files\/[\w-]{1,60}$/.test(id) ? id : undefined)
  if (name === undefined) throw new GatewayError('not_found', `There is no file '${id.slice(0, 100)}'.`)
  return { name, written: id }
}

export const findFile = async ({ gemini }: FileParts, named: Named, caller: Caller): Promise<StoredFile> =>
  readFile(await askJson(gemini, { method: 'GET', path: `/v1beta/${named.name}`, model: '', names: [named] }, caller))

/** A file's bytes; `invalid_request` for one that Google doesn't give back. */
export const readContent = async (parts: FileParts, named: Named, caller: Caller): Promise<Download> => {
  const { downloadable } = await findFile(parts, named, caller)
  if (downloadable) return await openDownload(parts.gemini, named, caller)
  const message = `${named.written ?? named.name} was uploaded, and Gemini gives back only what it made itself. Keep a copy of your own.`
  throw new GatewayError('invalid_request', message, { code: 'file_not_downloadable' })
}

export const deleteFile = async ({ gemini, owners }: FileParts, named: Named, caller: Caller): Promise<void> => {
  await askJson(gemini, { method: 'DELETE', path: `/v1beta/${named.name}`, model: '', names: [named] }, caller)
  await owners.forget(caller.client.name, named.name)
}

/** All files of a client, the oldest first. */
export const listFiles = async (parts: FileParts, caller: Caller): Promise<StoredFile[]> => {
  const files: StoredFile[] = []
  let pageToken: string | undefined = ''
  while (pageToken !== undefined) {
    const pageSize = COLLECTIONS.files.mostOnPage
    const page = await listOwned(parts, { ...LIST, pageSize, pageToken }, caller)
    files.push(...page.items.map(readFile))
    pageToken = page.nextPageToken
  }
  return files.sort((a, b) => a.created - b.created || (a.name < b.name ? -1 : 1))
}

const readFile = (value: unknown): StoredFile => {
  const file: Json = typeof value === 'object' && value !== null ? (value as Json) : {}
  const text = (field: string): string => {
    const found = file[field]
    return typeof found === 'string' ? found : ''
  }
  const name = text('name')
  if (!name.startsWith('files/')) throw new GatewayError('upstream', 'The model service described no file.')
  const expires = Date.parse(text('expirationTime'))
  const { error } = file
  const failure = typeof error === 'object' && error !== null ? (error as Json).message : undefined
  return {
    name,
    filename: text('displayName') || name.slice('files/'.length),
    mimeType: text('mimeType'),
    bytes: Number(text('sizeBytes')) || 0,
    created: Date.parse(text('createTime')) || 0,
    expires: Number.isNaN(expires) ? undefined : expires,
    state: text('state') === 'PROCESSING' ? 'processing' : text('state') === 'FAILED' ? 'failed' : 'ready',
    failure: typeof failure === 'string' ? failure : undefined,
    downloadable: text('source') === 'GENERATED',
    purpose: readName(name)?.purpose,
  }
}
