import type { Json } from '../wire.ts'

/** Longer values are not worth the tokens. */
const LONGEST = 160

/** Small enough to be written down: bounds depth and breadth before anything is made a string of it. */
const isSmall = (value: unknown, depth: number): boolean => {
  if (value === null || typeof value !== 'object') return typeof value !== 'string' || value.length <= LONGEST
  const fields = Object.values(value)
  return depth > 0 && fields.length <= 12 && fields.every((field) => isSmall(field, depth - 1))
}

const brief = (value: unknown): string | undefined => {
  if (value === undefined || !isSmall(value, 5)) return undefined
  const text = JSON.stringify(value)
  return text.length <= LONGEST ? text : undefined
}

const FORMATS: ReadonlySet<unknown> = new Set(['date-time', 'date', 'time', 'int32', 'int64', 'float', 'double'])

/** Formats that Gemini reads; any other becomes a note. */
export const knownFormat = (format: unknown): string | undefined =>
  typeof format === 'string' && FORMATS.has(format) ? format : undefined

type Wording = (value: unknown) => string | undefined

const named =
  (words: string): Wording =>
  (value) => {
    const text = brief(value)
    return text && `${words} ${text}`
  }
const counted =
  (words: string): Wording =>
  (value) =>
    typeof value === 'number' ? words.replace('#', String(value)) : undefined
const quoted =
  (words: string): Wording =>
  (value) =>
    typeof value === 'string' && value.length <= LONGEST ? `${words} ${value}` : undefined

/** Keywords that Gemini's subset lacks, in the order their notes are written, and how each is said in words. */
const WORDINGS: readonly (readonly [keyword: string, wording: Wording])[] = [
  ['const', named('must be')],
  ['enum', named('one of')],
  ['format', (value) => (knownFormat(value) ? undefined : quoted('format')(value))],
  ['pattern', quoted('matches')],
  ['minLength', counted('at least # characters')],
  ['maxLength', counted('at most # characters')],
  ['exclusiveMinimum', counted('more than #')],
  ['exclusiveMaximum', counted('less than #')],
  ['multipleOf', counted('a multiple of #')],
  ['uniqueItems', (value) => (value === true ? 'no item twice' : undefined)],
  ['minProperties', counted('at least # properties')],
  ['maxProperties', counted('at most # properties')],
  ['contains', named('contains')],
  ['propertyNames', named('property names:')],
  ['patternProperties', named('properties by pattern:')],
  ['dependentRequired', named('required together:')],
  ['dependencies', named('required together:')],
  ['not', named('not')],
  ['if', named('if')],
  ['then', named('then')],
  ['else', named('else')],
  ['contentEncoding', named('encoded as')],
  ['contentMediaType', named('of type')],
  ['default', named('default')],
]

/** A schema's description with what its dropped keywords said: `Age in years (at most 3 characters; default "1")`. */
export const described = (schema: Json, dropped: readonly string[]): string | undefined => {
  const notes = WORDINGS.flatMap(([keyword, wording]) =>
    dropped.includes(keyword) && Object.hasOwn(schema, keyword) ? (wording(schema[keyword]) ?? []) : [],
  )
  const description = typeof schema['description'] === 'string' ? schema['description'] : ''
  if (notes.length === 0) return description === '' ? undefined : description
  return `${description}${description === '' ? '' : ' '}(${notes.join('; ')})`
}
