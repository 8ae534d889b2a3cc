// /upload/v1beta/files: resumable, multipart, or the bytes alone. https://ai.google.dev/api/files#method:-media.upload
import { type Call, empty, ok, type Reply } from '../call.ts'
import { GoogleError, invalid } from '../errors.ts'
import { type Json, objectOf, textOf } from '../json.ts'
import { parseBody, readMessage } from '../messages/read.ts'
import { newName, type Upload } from '../world.ts'
import { keepFile } from './files.ts'

const GRANULARITY = 8 * 2 ** 20
const MOST_BYTES = 2 * 2 ** 30

export const upload = (call: Call): Reply => {
  const { headers, query } = call.arrival
  const command = headers['x-goog-upload-command'] ?? ''
  if (query.upload_id !== undefined) return resume(call, query.upload_id, command)
  if (headers['x-goog-upload-protocol'] === 'resumable') return start(call, command)
  if (headers['x-goog-upload-protocol'] === 'multipart' || query.uploadType === 'multipart') return multipart(call)
  return ok({ file: kept(call, {}, headers['content-type'] ?? 'application/octet-stream', call.body) })
}

const kept = (call: Call, metadata: Json, mimeType: string, bytes: Buffer): Json =>
  keepFile(call.world, { project: call.project, bytes, mimeType, metadata })

const metadataOf = (text: string): Json => objectOf(readMessage('CreateFileRequest', parseBody(text)).file)

const start = (call: Call, command: string): Reply => {
  if (command !== 'start') throw invalid(`Invalid upload command: ${command || '(none)'}`)
  const { headers } = call.arrival
  const metadata = metadataOf(call.body.toString())
  const mimeType = headers['x-goog-upload-header-content-type'] ?? textOf(metadata.mimeType)
  if (mimeType === '') throw invalid('Unsupported MIME type: ')
  const length = headers['x-goog-upload-header-content-length']
  if (Number(length ?? 0) > MOST_BYTES) throw invalid(`The file is larger than ${MOST_BYTES} bytes.`)
  const id = newName(call.world, 48)
  call.world.uploads.set(id, {
    project: call.project,
    metadata,
    mimeType,
    length: length === undefined ? undefined : Number(length),
    received: [],
    size: 0,
    done: false,
  })
  const key = call.arrival.query.key === undefined ? '' : `key=${encodeURIComponent(call.arrival.query.key)}&`
  return empty({
    'x-goog-upload-url': `${call.world.origin}/upload/${call.version}/files?${key}upload_id=${id}&upload_protocol=resumable`,
    'x-goog-upload-status': 'active',
    'x-goog-upload-chunk-granularity': String(GRANULARITY),
    'x-goog-upload-control-url': `${call.world.origin}/upload/${call.version}/files?upload_id=${id}`,
  })
}

const resume = (call: Call, id: string, command: string): Reply => {
  const upload = call.world.uploads.get(id)
  if (upload?.project !== call.project) throw new GoogleError('NOT_FOUND', 'Upload not found.')
  const commands = command.split(',').map((word) => word.trim())
  if (commands.includes('query')) return empty(statusOf(upload))
  if (commands.includes('cancel')) {
    call.world.uploads.delete(id)
    return empty({ 'x-goog-upload-status': 'cancelled' })
  }
  if (!commands.every((word) => word === 'upload' || word === 'finalize'))
    throw invalid(`Invalid upload command: ${command || '(none)'}`)
  if (upload.done) throw invalid('Upload has already been terminated.')
  const next = commands.includes('upload') ? grown(call, upload, commands.includes('finalize')) : upload
  call.world.uploads.set(id, next)
  if (!commands.includes('finalize')) return empty(statusOf(next))
  if (next.length !== undefined && next.size !== next.length)
    throw invalid(`Upload has ${next.size} bytes, but ${next.length} were announced.`)
  const file = kept(call, next.metadata, next.mimeType, Buffer.concat(next.received))
  call.world.uploads.set(id, { ...next, received: [], done: true })
  return ok({ file }, { 'x-goog-upload-status': 'final', 'x-goog-upload-size-received': String(next.size) })
}

const statusOf = ({ done, size }: Upload): Record<string, string> => ({
  'x-goog-upload-status': done ? 'final' : 'active',
  'x-goog-upload-size-received': String(size),
  'x-goog-upload-chunk-granularity': String(GRANULARITY),
})

const grown = (call: Call, upload: Upload, last: boolean): Upload => {
  const offset = Number(call.arrival.headers['x-goog-upload-offset'] ?? Number.NaN)
  if (offset !== upload.size)
    throw invalid(
      `Invalid upload offset: ${call.arrival.headers['x-goog-upload-offset'] ?? '(none)'}, expected ${upload.size}.`,
    )
  if (!last && call.body.length % GRANULARITY !== 0)
    throw invalid(
      `The size of a chunk that is not the last must be a multiple of ${GRANULARITY}, got ${call.body.length}.`,
    )
  const size = upload.size + call.body.length
  if (upload.length !== undefined && size > upload.length) throw invalid('More bytes were sent than were announced.')
  return { ...upload, received: [...upload.received, call.body], size }
}

/** multipart/related: the metadata's JSON, then the bytes. */
const multipart = (call: Call): Reply => {
  const type = call.arrival.headers['content-type'] ?? ''
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1]
  if (boundary === undefined) throw invalid('Multipart uploads need a boundary in their content type.')
  const [first, second] = partsOf(call.body, boundary)
  if (!first || !second) throw invalid('Multipart uploads need two parts: metadata and bytes.')
  return ok({ file: kept(call, metadataOf(first.bytes.toString()), second.type, second.bytes) })
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
