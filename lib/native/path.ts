import { GatewayError } from '../errors.ts'

/** A Gemini path that a key may call. */
export interface NativePath {
  version: 'v1' | 'v1beta'
  /** `models`, `files` … */
  collection: string
  /** What follows the collection: a model's or resource's name. */
  name: string | undefined
  /** After the colon: `generateContent` … */
  method: string | undefined
}

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._~-]*$/
/** A model's name may end in a suffix in brackets, which is for us alone: `gemini-3.6-flash(high)`. */
const MODEL = /^[A-Za-z0-9][A-Za-z0-9._~-]*(?:\([A-Za-z0-9]*\)[A-Za-z-]*)*$/

/** Some clients percent-encode what needn't be: decoded once, and never into what would cut a path in other places. */
const decoded = (path: string): string | undefined => {
  try {
    return /%(?:2f|5c|25)/i.test(path) ? undefined : decodeURIComponent(path)
  } catch {
    // Malformed: a path that nobody has.
    return undefined
  }
}

/**
 * Reads a path by its shape: version, plain segments, at most one `:method`. No empty segment, no dots alone, nothing that
 * another reader could take for something else. Throws `not_found` for anything else. What goes to Google is `pathOf` of it.
 */
export const readPath = (path: string): NativePath => {
  const unknown = new GatewayError('not_found', `Unknown path: ${path.slice(0, 200)}`)
  const plain = decoded(path) ?? ''
  const [, version, ...segments] = plain.split('/')
  if (version !== 'v1' && version !== 'v1beta') throw unknown
  const last = segments.pop() ?? ''
  const [end = '', method, ...more] = last.split(':')
  const all = [...segments, end]
  const form = all.length === 2 && all[0] === 'models' ? MODEL : SEGMENT
  if (more.length > 0 || plain.includes('..')) throw unknown
  if (!form.test(end) || !segments.every((segment) => SEGMENT.test(segment))) throw unknown
  if (method !== undefined && !/^[A-Za-z]+$/.test(method)) throw unknown
  return { version, collection: all[0] ?? '', name: all.length > 1 ? all.slice(1).join('/') : undefined, method }
}

export const pathOf = ({ version, collection, name, method }: NativePath): string =>
  `/${version}/${collection}${name === undefined ? '' : `/${name}`}${method === undefined ? '' : `:${method}`}`

/** A path's resource by its name, or a collection: without version and method. */
export const resourceName = ({ collection, name }: NativePath): string =>
  name === undefined ? collection : `${collection}/${name}`

/** Methods of models that leave nothing behind: their replies pass unread. */
const PASSING: ReadonlySet<string> = new Set([
  'generateContent',
  'streamGenerateContent',
  'countTokens',
  'embedContent',
  'batchEmbedContents',
  'predict',
])

/** Whether a call asks a model, or for models, and neither makes nor shows anything that a project keeps. */
export const isModelCall = ({ collection, name = '', method }: NativePath, httpMethod: string): boolean =>
  httpMethod === 'POST'
    ? (collection === 'models' || collection === 'tunedModels') && PASSING.has(method ?? '')
    : collection === 'models' && !/^[^/]+\/operations(?:\/|$)/.test(name)

/**
 * What all of Google's methods understand and no client may say: whose the call is, and what form its reply has, in which
 * counts and names must be found. And what a body may say, where it is looked at, and a query may not. https://cloud.google.com/apis/docs/system-parameters
 */
const OURS: ReadonlySet<string> = new Set([
  'key',
  'access_token',
  'oauth_token',
  'bearer_token',
  'fields',
  'callback',
  'model',
  'agent',
  'store',
])

/** A client's query without what would choose a key or speak to Google's own machinery. */
export const cleanQuery = (query: string): string =>
  query
    .split('&')
    .filter((pair) => {
      const name = decodeName(pair.split('=')[0] ?? '')
      return name !== '' && !OURS.has(name) && !name.startsWith('$')
    })
    .join('&')
    .toWellFormed()
    .replace(/[^!-~]/gu, encodeURIComponent)

const decodeName = (name: string): string => {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The query holds a malformed percent-encoding.', { cause })
  }
}
