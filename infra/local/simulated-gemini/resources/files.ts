// The Files API: https://ai.google.dev/api/files. A file is its project's, and lives for 48 hours.
import { createHash } from 'node:crypto'
import { GoogleError } from '../errors.ts'
import { type Exchange, empty, ok, type Reply } from '../exchange.ts'
import { type Json, textOf } from '../json.ts'
import { noFile } from '../rules/resources.ts'
import { GOOGLE, newName, type StoredFile, timestamp, type World } from '../world.ts'
import { page } from './page.ts'

const LIFETIME_MS = 48 * 3600 * 1000
const ID = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
// A video's seconds, which nobody measures here.
const VIDEO_SECONDS = '10s'

export interface NewFile {
  project: string
  bytes: Buffer
  mimeType: string
  /** The `File` that came with the upload: a name, a display name. */
  metadata: Json
  source?: 'UPLOADED' | 'GENERATED'
}

/** Stores a file and gives what Google says of it. */
export const keepFile = (world: World, { project, bytes, mimeType, metadata, source = 'UPLOADED' }: NewFile): Json => {
  const id = fileId(world, textOf(metadata.name))
  const now = timestamp(world.now())
  const uri = `${GOOGLE}/v1beta/files/${id}`
  const looks = source === 'UPLOADED' && mimeType.startsWith('video/') ? world.processing : 0
  const value: Json = {
    name: `files/${id}`,
    ...(metadata.displayName !== undefined && { displayName: metadata.displayName }),
    mimeType,
    sizeBytes: String(bytes.length),
    createTime: now,
    updateTime: now,
    expirationTime: timestamp(world.now() + LIFETIME_MS),
    // Google encodes the hexadecimal digits, not the bytes.
    sha256Hash: Buffer.from(createHash('sha256').update(bytes).digest('hex')).toString('base64'),
    uri,
    ...(source === 'GENERATED' && { downloadUri: `${uri}:download?alt=media` }),
    state: looks > 0 ? 'PROCESSING' : 'ACTIVE',
    source,
    ...(mimeType.startsWith('video/') && { videoMetadata: { videoDuration: VIDEO_SECONDS } }),
  }
  world.files.set(id, { project, value, bytes, looks })
  return value
}

const fileId = (world: World, name: string): string => {
  if (name === '') return newName(world, 12)
  const id = name.replace(/^files\//, '')
  if (!ID.test(id))
    throw new GoogleError(
      'INVALID_ARGUMENT',
      '* CreateFileRequest.file.name: Only lowercase alphanumeric characters or dashes (-) are allowed; the name can not begin or end with a dash.\n',
    )
  if (world.files.has(id)) throw new GoogleError('ALREADY_EXISTS', `File ${id} already exists.`)
  return id
}

const found = (exchange: Exchange): StoredFile => {
  const { file: id = '' } = exchange.params
  const file = exchange.world.files.get(id)
  if (file?.project !== exchange.project || Date.parse(textOf(file.value.expirationTime)) <= exchange.world.now())
    throw noFile(id)
  return file
}

export const getFile = (exchange: Exchange): Reply => {
  const file = found(exchange)
  if (file.looks === 0) return ok(file.value)
  const looks = file.looks - 1
  const value = { ...file.value, state: looks > 0 ? 'PROCESSING' : 'ACTIVE' }
  exchange.world.files.set(exchange.params.file ?? '', { ...file, looks, value })
  return ok(value)
}

export const deleteFile = (exchange: Exchange): Reply => {
  found(exchange)
  exchange.world.files.delete(exchange.params.file ?? '')
  return ok({})
}

export const listFiles = (exchange: Exchange): Reply => {
  const own = [...exchange.world.files.values()].filter(({ project }) => project === exchange.project)
  return ok(page(exchange, 'files', own.map(({ value }) => value).toReversed(), 10, 100))
}

/** Only what Google made itself can be fetched again; from where its redirect leads. */
export const downloadFile = (exchange: Exchange): Reply => {
  generated(exchange)
  const { query, path } = exchange.arrival
  if (query.alt !== 'media') return ok({})
  return empty({ location: `${exchange.world.origin}/download${path}?alt=media` }, 302)
}

export const redirectedFile = (exchange: Exchange): Reply => {
  const { value, bytes } = generated(exchange)
  return { as: 'bytes', status: 200, body: bytes, headers: { 'content-type': textOf(value.mimeType) } }
}

const generated = (exchange: Exchange): StoredFile => {
  const file = found(exchange)
  if (file.value.source === 'GENERATED') return file
  throw new GoogleError('INVALID_ARGUMENT', `File ${exchange.params.file} is not downloadable.`)
}
