import { GatewayError } from '../errors.ts'
import { upstreamError } from '../gemini/errors.ts'
import type { Json } from '../gemini/wire.ts'
import { isObject } from './call.ts'

/** https://ai.google.dev/api/files#File */
const FILE_NAME = /^files\/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** `file.name` as the client chose it, with its collection. */
export const chosenName = ({ file }: Json): string | undefined => {
  const name = isObject(file) ? file.name : undefined
  if (typeof name !== 'string' || name === '') return undefined
  const whole = name.startsWith('files/') ? name : `files/${name}`
  if (FILE_NAME.test(whole)) return whole
  throw new GatewayError(
    'invalid_request',
    '* CreateFileRequest.file.name: at most 40 lower-case letters, digits and dashes, with no dash at either end.',
    { param: 'file.name' },
  )
}

/** The same description, of a file of that name. */
export const withName = (body: Json, name: string): Json => ({
  ...body,
  file: { ...(isObject(body.file) ? body.file : {}), name },
})

/** What Google says of a name that is taken. */
export const alreadyExists = (name: string): GatewayError => {
  const message = `File ${name.slice('files/'.length)} already exists.`
  return upstreamError({ class: 'caller', original: { code: 409, message, status: 'ALREADY_EXISTS' } }, message)
}
