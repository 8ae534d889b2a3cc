import { idOfName, type Purpose } from '../../gemini/file-ids.ts'
import type { StoredFile } from '../../gemini/resources/files.ts'

/** https://platform.openai.com/docs/api-reference/files/object */
export interface FileObject {
  id: string
  object: 'file'
  bytes: number
  /** Seconds since 1970. */
  created_at: number
  expires_at?: number
  filename: string
  purpose: Purpose | 'assistants_output'
  status: 'uploaded' | 'processed' | 'error'
  status_details?: string
}

const STATUS: Record<StoredFile['state'], FileObject['status']> = {
  processing: 'uploaded',
  ready: 'processed',
  failed: 'error',
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

/** What Google made is an output; what came in Google's own way says no purpose, and suits any. */
export const fileObject = (file: StoredFile): FileObject => ({
  id: idOfName(file.name, 'file-'),
  object: 'file',
  bytes: file.bytes,
  created_at: seconds(file.created),
  ...(file.expires !== undefined && { expires_at: seconds(file.expires) }),
  filename: file.filename,
  purpose: file.purpose ?? (file.downloadable ? 'assistants_output' : 'user_data'),
  status: STATUS[file.state],
  ...(file.failure !== undefined && { status_details: file.failure }),
})
