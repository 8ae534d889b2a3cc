import type { Json } from '../wire.ts'
import { isObject, merged, weightOf } from './merge.ts'

/** What one run of the cleaner knows. */
export interface Cleaning {
  /** How much more work may be done: schemas to look at, keywords to merge. */
  left: number
  /** What a reference means; undefined where that can't be told. */
  target(reference: unknown): Json | boolean | undefined
  /** The name of the definition that a reference is to become. */
  define(reference: string, target: Json | boolean): string
}

/** Keywords beside a reference that restrict nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'nullable',
  'definitions',
])
const isAnnotation = (keyword: string): boolean =>
  keyword.startsWith('$') || keyword.startsWith('x-') || ANNOTATIONS.has(keyword)

export const defined = (schema: Json): Json =>
  Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined))

/** With `allOf`, and references that other keywords restrict, merged in. `deep`: with a lone reference merged in, too. */
export const wholeOf = (schema: Json, cleaning: Cleaning, open: Set<string>, deep: boolean): Json => {
  const { allOf, $ref, $recursiveRef, ...own } = schema
  const branches = (Array.isArray(allOf) ? allOf : []).filter(isObject)
  const reference = typeof $ref === 'string' ? $ref : $recursiveRef === '#' ? '#' : undefined
  const target = cleaning.target(reference)
  const [only] = branches
  if (!deep && reference !== undefined && target !== undefined && open.has(reference)) return { $ref: reference }
  if (!deep && Object.keys(own).every(isAnnotation)) {
    if (reference !== undefined && target !== undefined && branches.length === 0) return { ...own, $ref: reference }
    if (reference === undefined && branches.length === 1 && only)
      return wholeOf({ ...only, ...own }, cleaning, open, false)
  }
  let whole: Json = own
  if (reference !== undefined && isObject(target) && !open.has(reference)) {
    open.add(reference)
    whole = merged(whole, wholeOf(target, cleaning, open, true))
  }
  for (const branch of branches) {
    cleaning.left -= weightOf(whole)
    if (cleaning.left <= 0) break
    whole = merged(whole, wholeOf(branch, cleaning, open, true))
  }
  return whole
}

/** Draft 4 says `exclusiveMinimum: true` beside `minimum`; later drafts give the bound itself. */
export const withExclusives = (schema: Json): Json => {
  if (schema['exclusiveMinimum'] === undefined && schema['exclusiveMaximum'] === undefined) return schema
  const exclusive = (keyword: string, beside: string): unknown =>
    schema[keyword] === true ? schema[beside] : typeof schema[keyword] === 'number' ? schema[keyword] : undefined
  return defined({
    ...schema,
    exclusiveMinimum: exclusive('exclusiveMinimum', 'minimum'),
    exclusiveMaximum: exclusive('exclusiveMaximum', 'maximum'),
  })
}
