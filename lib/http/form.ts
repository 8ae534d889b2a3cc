import { GatewayError } from '../errors.ts'
import type { Request } from './exchange.ts'

export interface UploadedFile {
  /** As the client calls it. */
  name: string
  /** Its media type as the client says; perhaps empty. */
  type: string
  bytes: Buffer
}

/** A form's fields by name, in the order they came; `image[]` counts as `image`. Arbitrary names: no prototype. */
export interface Form {
  texts: Readonly<Record<string, readonly string[] | undefined>>
  files: Readonly<Record<string, readonly UploadedFile[] | undefined>>
}

/** Whether the body is a form with files. */
export const isForm = ({ headers }: Request): boolean => /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')

/** The body as a form; `invalid_request` where it is none. */
export const readForm = async (request: Request): Promise<Form> => {
  if (!isForm(request)) {
    throw new GatewayError('invalid_request', 'The request body must be multipart/form-data.')
  }
  const texts: Record<string, string[]> = Object.create(null)
  const files: Record<string, UploadedFile[]> = Object.create(null)
  for (const [field, value] of await parse(request)) {
    const name = field.replace(/\[\]$/, '')
    if (typeof value === 'string') (texts[name] ??= []).push(value)
    else {
      const bytes = Buffer.from(await value.arrayBuffer())
      ;(files[name] ??= []).push({ name: value.name, type: value.type, bytes })
    }
  }
  return { texts, files }
}

/** Node's own parser, which is loaded at the first use. */
const parse = async ({ body, headers }: Request): Promise<FormData> => {
  const bytes = typeof body === 'string' ? body : new Uint8Array(body)
  const type = headers['content-type'] ?? ''
  try {
    return await new Response(bytes, { headers: { 'content-type': type } }).formData()
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The request body is not well-formed multipart/form-data.', { cause })
  }
}
