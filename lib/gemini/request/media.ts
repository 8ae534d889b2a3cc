import { GatewayError } from '../../errors.ts'
import { base64Of } from '../base64.ts'
import { nameOfId, readName } from '../file-ids.ts'
import { mediaTypeOf, normalType } from '../media-types.ts'
import type { Model } from '../models/model.ts'
import type { Blob, MediaResolution, Part } from '../wire.ts'

export type Detail = 'low' | 'medium' | 'high' | 'auto'

export interface MediaOptions {
  mimeType?: string | undefined
  /** For guessing a type where none is said. */
  filename?: string | undefined
  /** What a link leads to where nothing tells. */
  otherwise?: string | undefined
  detail?: Detail | undefined
}

/** A data URL's head is a media type and its parameters; no real one comes near this many characters. */
const LONGEST_HEAD = 1000

const FILE_NAME = /^files\/[\w-]+$/
const FILES = 'https://generativelanguage.googleapis.com/v1beta/'
const VIDEO_HOSTS: ReadonlySet<string> = new Set(['youtube.com', 'www.youtube.com', 'm.youtube.com', 'youtu.be'])

const RESOLUTIONS: Record<Exclude<Detail, 'auto'>, MediaResolution> = {
  low: 'MEDIA_RESOLUTION_LOW',
  medium: 'MEDIA_RESOLUTION_MEDIUM',
  high: 'MEDIA_RESOLUTION_HIGH',
}

const refusal = (message: string, param: string): GatewayError =>
  new GatewayError('invalid_request', message, { param })

const withDetail = (part: Part, { detail }: MediaOptions, model: Model): Part => {
  const type = part.inlineData?.mimeType ?? part.fileData?.mimeType ?? ''
  return !detail || detail === 'auto' || !model.partResolution || /^(audio|text)\//.test(type)
    ? part
    : { ...part, mediaResolution: { level: RESOLUTIONS[detail] } }
}

/** Base64 as clients send it: checked, and with its type known. A whole data URL is read as one. */
export const partOfBase64 = (data: string, options: MediaOptions, model: Model, param: string): Part => {
  if (/^data:/i.test(data.slice(0, 5))) return partOfUrl(data, options, model, param)
  const bytes = base64Of(data)
  if (bytes === undefined) throw refusal('This is not valid base64.', param)
  const mimeType = mediaTypeOf(options.mimeType, options.filename, bytes)
  if (!mimeType) throw refusal('The media type is not given and cannot be told from the data.', param)
  return withDetail({ inlineData: { mimeType, data: bytes } }, options, model)
}

/** RFC 2397: `data:[type][;name=value]…[;base64],…`; without `base64` the rest is percent-encoded text. */
const partOfDataUrl = (url: string, options: MediaOptions, model: Model, param: string): Part => {
  const comma = url.indexOf(',')
  if (comma < 0 || comma > LONGEST_HEAD) throw refusal('This data URL has no data.', param)
  const [type = '', ...parameters] = url
    .slice('data:'.length, comma)
    .split(';')
    .map((piece) => piece.trim().toLowerCase())
  const known = type === '' ? options : { ...options, mimeType: type }
  const data = url.slice(comma + 1)
  if (parameters.includes('base64')) {
    return partOfBase64(data.includes('%') ? percentDecoded(data, param) : data, known, model, param)
  }
  const text = Buffer.from(percentDecoded(data, param), 'utf8').toString('base64')
  return partOfBase64(text, { ...known, mimeType: known.mimeType ?? 'text/plain' }, model, param)
}

const percentDecoded = (text: string, param: string): string => {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new GatewayError('invalid_request', 'This data URL is not well percent-encoded.', { param, cause })
  }
}

/**
 * A data URL becomes inline data; https, a file's id or Gemini's name of it become a reference that Google fetches. We fetch
 * nothing.
 * https://ai.google.dev/gemini-api/docs/file-input-methods
 */
export const partOfUrl = (url: string, options: MediaOptions, model: Model, param: string): Part => {
  if (/^data:/i.test(url.slice(0, 5))) return partOfDataUrl(url, options, model, param)
  const address = url.trim()
  const name = nameOfId(address) ?? (FILE_NAME.test(address) ? address : undefined)
  if (name !== undefined) return fileOf(FILES + name, typedByName(name, options), undefined, model)
  const { protocol, hostname, pathname } = urlOf(address, param)
  if (protocol === 'gs:') throw refusal('Google Cloud Storage addresses work on Vertex AI only; use https.', param)
  if (protocol !== 'https:') throw refusal(`Media must be an https or data URL, not ${protocol}`, param)
  if (VIDEO_HOSTS.has(hostname)) return withDetail({ fileData: { fileUri: address } }, options, model)
  return fileOf(address, options, pathname, model)
}

const urlOf = (address: string, param: string): URL => {
  const url = URL.parse(address)
  if (!url) throw refusal('This is neither a URL nor the id of a file.', param)
  return url
}

/** A name of ours tells what its file holds. */
const typedByName = (name: string, options: MediaOptions): MediaOptions => {
  const ending = readName(name)?.ending
  return ending === undefined ? options : { ...options, mimeType: mediaTypeOf(undefined, `.${ending}`) }
}

const fileOf = (fileUri: string, options: MediaOptions, path: string | undefined, model: Model): Part => {
  const said = options.mimeType && normalType(options.mimeType)
  const mimeType = said || mediaTypeOf(undefined, options.filename) || mediaTypeOf(undefined, path) || options.otherwise
  return withDetail({ fileData: { ...(mimeType && { mimeType }), fileUri } }, options, model)
}

export const dataUrl = ({ mimeType, data }: Blob): string => `data:${mimeType};base64,${data}`
