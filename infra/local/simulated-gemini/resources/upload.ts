// /upload/v1beta/files and …/fileSearchStores/{store}:uploadToFileSearchStore: resumable, multipart, or the bytes alone. https://ai.google.dev/api/files#method:-media.upload

import { GoogleError, invalid } from '../errors.ts'
import { type Exchange, empty, ok, type Reply } from '../exchange.ts'
import { type Json, objectOf, textOf } from '../json.ts'
import { parseBody, readMessage } from '../messages/read.ts'
import { newName, type Upload } from '../world.ts'
import { keepFile } from './files.ts'
import { keepDocument, storeUpload } from './stores.ts'

const GRANULARITY = 8 * 2 ** 20
const MOST_BYTES = 2 * 2 ** 30

export const upload = (exchange: Exchange): Reply => {
  const { headers, query } = exchange.arrival
  const command = headers['x-goog-upload-command'] ?? ''
  if (query.upload_id !== undefined) return resume(exchange, query.upload_id, command)
  if (headers['x-goog-upload-protocol'] === 'resumable') return start(exchange, command)
  if (exchange.params.store !== undefined) throw invalid('Only resumable uploads go into a file search store here.')
  if (headers['x-goog-upload-protocol'] === 'multipart' || query.uploadType === 'multipart') return multipart(exchange)
  return ok({ file: kept(exchange, {}, headers['content-type'] ?? 'application/octet-stream', exchange.body) })
}

const kept = (exchange: Exchange, metadata: Json, mimeType: string, bytes: Buffer): Json =>
  keepFile(exchange.world, { project: exchange.project, bytes, mimeType, metadata })

const metadataOf = (text: string): Json => objectOf(readMessage('CreateFileRequest', parseBody(text)).file)

const start = (exchange: Exchange, command: string): Reply => {
  if (command !== 'start') throw invalid(`Invalid upload command: ${command || '(none)'}`)
  const { headers } = exchange.arrival
  const { store } = exchange.params
  const metadata = store === undefined ? metadataOf(exchange.body.toString()) : storeUpload(exchange)
  const mimeType = headers['x-goog-upload-header-content-type'] ?? textOf(metadata.mimeType)
  if (mimeType === '') throw invalid('Unsupported MIME type: ')
  const length = headers['x-goog-upload-header-content-length']
  if (Number(length ?? 0) > MOST_BYTES) throw invalid(`The file is larger than ${MOST_BYTES} bytes.`)
  const id = newName(exchange.world, 48)
  exchange.world.uploads.set(id, {
    project: exchange.project,
    store: store && `fileSearchStores/${store}`,
    metadata,
    mimeType,
    length: length === undefined ? undefined : Number(length),
    received: [],
    size: 0,
    done: false,
  })
  const key = exchange.arrival.query.key === undefined ? '' : `key=${encodeURIComponent(exchange.arrival.query.key)}&`
  return empty({
    'x-goog-upload-url': `${exchange.world.origin}${exchange.arrival.path}?${key}upload_id=${id}&upload_protocol=resumable`,
    'x-goog-upload-status': 'active',
    'x-goog-upload-chunk-granularity': String(GRANULARITY),
    'x-goog-upload-control-url': `${exchange.world.origin}${exchange.arrival.path}?upload_id=${id}`,
  })
}

const resume = (exchange: Exchange, id: string, command: string): Reply => {
  const upload = exchange.world.uploads.get(id)
  if (upload?.project !== exchange.project) throw new GoogleError('NOT_FOUND', 'Upload not found.')
  const commands = command.split(',').map((word) => word.trim())
  if (commands.includes('query')) return empty(statusOf(upload))
  if (commands.includes('cancel')) {
    exchange.world.uploads.delete(id)
    return empty({ 'x-goog-upload-status': 'cancelled' })
  }
  if (!commands.every((word) => word === 'upload' || word === 'finalize'))
    throw invalid(`Invalid upload command: ${command || '(none)'}`)
  if (upload.done) throw invalid('Upload has already been terminated.')
  const next = commands.includes('upload') ? grown(exchange, upload, commands.includes('finalize')) : upload
  exchange.world.uploads.set(id, next)
  if (!commands.includes('finalize')) return empty(statusOf(next))
  if (next.length !== undefined && next.size !== next.length)
    throw invalid(`Upload has ${next.size} bytes, but ${next.length} were announced.`)
  const made = endOf(exchange, next)
  exchange.world.uploads.set(id, { ...next, received: [], done: true })
  return ok(made, { 'x-goog-upload-status': 'final', 'x-goog-upload-size-received': String(next.size) })
}

const endOf = (exchange: Exchange, { store, project, metadata, mimeType, received, size }: Upload): Json => {
  if (store === undefined) return { file: kept(exchange, metadata, mimeType, Buffer.concat(received)) }
  return keepDocument(exchange.world, { project, store, bytes: size, mimeType, displayName: metadata.displayName })
}

const statusOf = ({ done, size }: Upload): Record<string, string> => ({
  'x-goog-upload-status': done ? 'final' : 'active',
  'x-goog-upload-size-received': String(size),
  'x-goog-upload-chunk-granularity': String(GRANULARITY),
})

const grown = (exchange: Exchange, upload: Upload, last: boolean): Upload => {
  const offset = Number(exchange.arrival.headers['x-goog-upload-offset'] ?? Number.NaN)
  if (offset !== upload.size)
    throw invalid(
      `Invalid upload offset: ${exchange.arrival.headers['x-goog-upload-offset'] ?? '(none)'}, expected ${upload.size}.`,
    )
  if (!last && exchange.body.length % GRANULARITY !== 0)
    throw invalid(
      `The size of a chunk that is not the last must be a multiple of ${GRANULARITY}, got ${exchange.body.length}.`,
    )
  const size = upload.size + exchange.body.length
  if (upload.length !== undefined && size > upload.length) throw invalid('More bytes were sent than were announced.')
  return { ...upload, received: [...upload.received, exchange.body], size }
}

/** multipart/related: the metadata's JSON, then the bytes. */
const multipart = (exchange: Exchange): Reply => {
  const type = exchange.arrival.headers['content-type'] ?? ''
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1]
  if (boundary === undefined) throw invalid('Multipart uploads need a boundary in their content type.')
  const [first, second] = partsOf(exchange.body, boundary)
  if (!first || !second) throw invalid('Multipart uploads need two parts: metadata and bytes.')
  return ok({ file: kept(exchange, metadataOf(first.bytes.toString()), second.type, second.bytes) })
}

const partsOf = (body: Buffer, boundary: string): { type: string; bytes: Buffer }[] => {
  const mark = Buffer.from(`--${boundary}`)
  const parts: { type: string; bytes: Buffer }[] = []
  let at = body.indexOf(mark)
  while (at >= 0) {
    const from = at + mark.length + 2
    const to = body.indexOf(mark, from)
    if (to < 0) break
    const headEnd = body.indexOf('\r\n\r\n', from)
    const head = body.subarray(from, headEnd).toString()
    const type = /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? 'application/octet-stream'
    parts.push({ type, bytes: body.subarray(headEnd + 4, to - 2) })
    at = to
  }
  return parts
}
