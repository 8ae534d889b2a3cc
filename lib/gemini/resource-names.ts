import { nameOfId } from './file-ids.ts'

/** What a project keeps at Google, and what is known of one collection of it. */
export interface Collection {
  /** The field of a list's reply. */
  list: string
  /** Items on a page, where the client says nothing, and the most that Google gives at once. */
  page: number
  mostOnPage: number
  /** The field that says when Google will delete one; or how many days one lasts at most; or neither, for ever. */
  end?: string
  days?: number
}

/**
 * Everything that belongs to the project that made it, under the first part of its name. Operations of a model stand below
 * that model, and are known by their whole name; whatever stands below another resource belongs to it.
 * https://ai.google.dev/api/files, …/caching, …/batch-api, …/file-search/file-search-stores and …/interactions-api
 */
export const COLLECTIONS = {
  files: { list: 'files', page: 10, mostOnPage: 100, end: 'expirationTime', days: 2 },
  cachedContents: { list: 'cachedContents', page: 100, mostOnPage: 1000, end: 'expireTime' },
  batches: { list: 'operations', page: 50, mostOnPage: 1000, days: 60 },
  operations: { list: 'operations', page: 50, mostOnPage: 1000, days: 60 },
  tunedModels: { list: 'tunedModels', page: 10, mostOnPage: 1000 },
  fileSearchStores: { list: 'fileSearchStores', page: 10, mostOnPage: 20 },
  corpora: { list: 'corpora', page: 10, mostOnPage: 20 },
  interactions: { list: 'interactions', page: 10, mostOnPage: 100, days: 60 },
} as const satisfies Record<string, Collection>

export type CollectionName = keyof typeof COLLECTIONS

export interface Resource {
  collection: CollectionName
  /** Google's name of it: `files/abc`, `models/veo-3/operations/abc`. */
  name: string
}

const NAME = /^(?:(models\/[^/]+\/operations)|([A-Za-z]+))\/([^/:?#]+)/

/** The owned resource that a name, without version, stands for or stands below. */
export const resourceOf = (text: string): Resource | undefined => {
  const [name, operations, collection = ''] = NAME.exec(text) ?? []
  if (name === undefined) return undefined
  if (operations !== undefined) return { collection: 'operations', name }
  return isCollection(collection) ? { collection, name } : undefined
}

export const isCollection = (text: string): text is CollectionName => Object.hasOwn(COLLECTIONS, text)

/** A resource that a request names. */
export interface Named {
  name: string
  /** Where, in the client's own request; undefined where the path says it. */
  field?: string | undefined
  /** As the client wrote it, where that is an id and no name of Google's. */
  written?: string | undefined
}

/** Longer than any name, or URL of one up to its query. */
const LONGEST = 2000
const GOOGLE = /(?:^|\.|-)generativelanguage(?:\.[\w-]+)*\.googleapis\.com\.?$/

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `/v1beta/files/abc:download` → `files/abc:download`, however it is slashed. */
const withoutVersion = (path: string): string =>
  path.replace(/^\/*(?:(?:upload|download)\/+)?(?:v\d\w*\/+)?/, '').replace(/\/{2,}/g, '/')

/** The name of an owned resource that a text is, as a name or as Google's URL of it. */
const nameIn = (text: string): string | undefined => {
  const start = text.length > LONGEST ? text.slice(0, LONGEST) : text
  if (!/[/\\]/.test(start)) return undefined
  const trimmed = start.trim()
  if (!/^https?:/i.test(trimmed)) return resourceOf(withoutVersion(trimmed))?.name
  const url = URL.parse(trimmed)
  return url && GOOGLE.test(url.hostname) ? resourceOf(withoutVersion(decoded(url.pathname)))?.name : undefined
}

/** `file_data` and `fileData` are the same to Google. */
const plain = (key: string): string => (/[A-Z_]/.test(key) ? key.replaceAll('_', '').toLowerCase() : key)

/** Below these fields a client writes what it likes: nothing there is a name. */
const FREE: ReadonlySet<string> = new Set([
  'text',
  'data',
  'args',
  'arguments',
  'response',
  'functiondeclarations',
  'responseschema',
  'responsejsonschema',
  'responseformat',
  'labels',
  'metadata',
  'custommetadata',
  'stopsequences',
  'thoughtsignature',
  'signature',
  'displayname',
  'title',
  'description',
  'code',
  'output',
])
/** So is what a tool came to, but for the media that Interactions take there, which have one of these types. */
const RESULT = 'result'
const MEDIA: ReadonlySet<unknown> = new Set(['image', 'audio', 'video', 'document'])
/** And a function's schema in an interaction, which has no declarations around it. */
const SCHEMA = 'parameters'
/** These may be texts; as objects they are looked into. */
const TEXTS: ReadonlySet<string> = new Set(['input', 'prompt', 'content', 'contents', 'systeminstruction', 'query'])

/**
 * Every owned resource that a request of Gemini's names, wherever Google would look for one, each once; in camelCase or
 * snake_case. `field` is its place there.
 */
export const namesIn = (request: unknown): Named[] => {
  const found = new Map<string, Named>()
  const path: (string | number)[] = []
  const note = (name: string | undefined): void => {
    if (name !== undefined && !found.has(name)) found.set(name, { name, field: fieldOf(path) })
  }
  const lookForMedia = (result: unknown): void => {
    if (typeof result !== 'object' || result === null) return
    const isMedia = MEDIA.has((result as Record<string, unknown>).type)
    for (const [field, inner] of Object.entries(result)) {
      path.push(Array.isArray(result) ? Number(field) : field)
      if (typeof inner !== 'string') lookForMedia(inner)
      else if (isMedia && field === 'uri') note(nameIn(inner))
      path.pop()
    }
  }
  const look = (value: unknown, key: string): void => {
    if (typeof value === 'string') {
      if (key === 'previousinteractionid') note(`interactions/${value}`)
      else if (!TEXTS.has(key)) note(nameIn(value))
    } else if (Array.isArray(value)) {
      value.forEach((item: unknown, place) => {
        path.push(place)
        look(item, key)
        path.pop()
      })
    } else if (typeof value === 'object' && value !== null) {
      for (const field of Object.keys(value)) {
        const inner: unknown = (value as Record<string, unknown>)[field]
        if (inner === null || (typeof inner !== 'string' && typeof inner !== 'object')) continue
        const next = plain(field)
        if (FREE.has(next) || (next === SCHEMA && (value as Record<string, unknown>).type === 'function')) continue
        path.push(field)
        if (next === RESULT) lookForMedia(inner)
        else look(inner, next)
        path.pop()
      }
    }
  }
  look(request, '')
  return [...found.values()]
}

const fieldOf = (path: readonly (string | number)[]): string =>
  path.map((step, place) => (typeof step === 'number' ? `[${step}]` : `${place > 0 ? '.' : ''}${step}`)).join('')

/** The same names, as they stand in the request of another protocol that this one was made of. */
export const namesAsWritten = (request: unknown, body: unknown): Named[] =>
  namesIn(request).map(({ name }) => ({ name, ...placeOf(name, body) }))

/** Where a JSON value says this name, or the id of its file, or only the name's last part, as some protocols have it. */
const placeOf = (name: string, json: unknown): Pick<Named, 'field' | 'written'> | undefined => {
  const search = (value: unknown, path: readonly (string | number)[]): Pick<Named, 'field' | 'written'> | undefined => {
    if (typeof value === 'string') {
      if (nameOfId(value) === name) return { field: fieldOf(path), written: value }
      const fits = nameIn(value) === name || (value !== '' && name.endsWith(`/${value}`))
      return fits ? { field: fieldOf(path) } : undefined
    }
    if (typeof value !== 'object' || value === null) return undefined
    for (const [key, inner] of Object.entries(value)) {
      const place = search(inner, [...path, Array.isArray(value) ? Number(key) : key])
      if (place !== undefined) return place
    }
    return undefined
  }
  return search(json, [])
}
