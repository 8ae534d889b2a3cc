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

const parse = async ({ body, headers }: Request): Promise<FormData> => {
  const type = headers['content-type'] ?? ''
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  try {
    return await formIn(bytes, type).catch(() => formIn(requoted(bytes), type))
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The request body is not well-formed multipart/form-data.', { cause })
  }
}

/** Node's own parser, which is loaded at the first use. */
const formIn = (bytes: Buffer, type: string): Promise<FormData> =>
  new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()

/** A quote in a name as browsers write it. Go and older curls write a backslash before it, which Node doesn't read. */
const requoted = (bytes: Buffer): Buffer =>
  Buffer.from(
    bytes.toString('latin1').replace(/^content-disposition:.*$/gim, (line) => line.replaceAll('\\"', '%22')),
    'latin1',
  )
