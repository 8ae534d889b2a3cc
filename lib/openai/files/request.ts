import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import { PURPOSES, type Purpose } from '../../gemini/file-ids.ts'
import type { NewFile } from '../../gemini/resources/files.ts'
import type { Form, UploadedFile } from '../../http/form.ts'
import { parseBody } from '../../http/parse.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  expires_after: 'Gemini keeps every file for two days; expires_at says until when',
} as const satisfies Record<string, string>

/** What is refused, with what the client is told. */
export const REFUSED = {
  'two files at once': 'must be one file; upload each by itself',
} as const satisfies Record<string, string>

const LONGEST_NAME = 512

const schema = z.object({ purpose: z.enum(Object.keys(PURPOSES) as [Purpose, ...Purpose[]]) })

const refusal = (message: string): GatewayError =>
  new GatewayError('invalid_request', `file: ${message}`, { param: 'file' })

/** https://platform.openai.com/docs/api-reference/files/create */
export const parseUpload = ({ texts, files }: Form): NewFile => {
  const { bytes, name, type } = fileIn(files.file, texts.file)
  const { purpose } = parseBody(schema, { purpose: texts.purpose?.at(-1) })
  return { bytes, type, purpose, filename: name || 'unnamed' }
}

const fileIn = (files: readonly UploadedFile[] = [], texts: readonly string[] = []): UploadedFile => {
  const [file, ...others] = files
  if (!file) throw refusal(texts.length > 0 ? 'must be a file, with a filename' : 'is required')
  if (others.length > 0) throw refusal(REFUSED['two files at once'])
  if (file.bytes.length === 0) throw refusal('must not be empty')
  if (file.name.length > LONGEST_NAME) throw refusal(`must have a name of at most ${LONGEST_NAME} characters`)
  return file
}
