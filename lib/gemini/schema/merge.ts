import type { Json } from '../wire.ts'

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === true || (isObject(value) && Object.keys(value).length === 0)

/** Both schemas at once. */
const both = (a: unknown, b: unknown): unknown => {
  if (isEmpty(a)) return b
  if (isEmpty(b)) return a
  if (a === false || b === false) return false
  return { allOf: [a, b] }
}

const overlap = (a: unknown, b: unknown): unknown[] => {
  const allowed = new Set(listOf(b))
  const kept = listOf(a).filter((value) => allowed.has(value))
  return kept.length > 0 ? kept : [...allowed]
}

const typesBoth = (a: unknown, b: unknown): unknown => {
  // Every integer is a number.
  const wide = (types: unknown): unknown[] => {
    const list = listOf(types)
    return list.includes('number') ? [...list, 'integer'] : list
  }
  const kept = overlap(wide(a), wide(b))
  const narrow = kept.includes('number') ? kept.filter((type) => type !== 'integer') : kept
  return narrow.length === 1 ? narrow[0] : narrow
}

const propertiesBoth = (a: unknown, b: unknown): unknown => {
  if (!isObject(a)) return b
  if (!isObject(b)) return a
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return Object.fromEntries(
    names.map((name) => [
      name,
      both(Object.hasOwn(a, name) ? a[name] : undefined, Object.hasOwn(b, name) ? b[name] : undefined),
    ]),
  )
}

const bound =
  (choose: (a: number, b: number) => number) =>
  (a: unknown, b: unknown): unknown =>
    typeof a !== 'number' ? b : typeof b !== 'number' ? a : choose(a, b)

/** What a keyword means when two schemas that hold it must both hold. The first one's counts for the rest. */
const MERGES: Record<string, (a: unknown, b: unknown) => unknown> = {
  type: typesBoth,
  enum: overlap,
  properties: propertiesBoth,
  patternProperties: propertiesBoth,
  required: (a, b) => [...new Set([...listOf(a), ...listOf(b)])],
  additionalProperties: both,
  items: both,
  minimum: bound(Math.max),
  exclusiveMinimum: bound(Math.max),
  minItems: bound(Math.max),
  minLength: bound(Math.max),
  maximum: bound(Math.min),
  exclusiveMaximum: bound(Math.min),
  maxItems: bound(Math.min),
  maxLength: bound(Math.min),
  nullable: (a, b) => a === true && b === true,
}

const sizeOf = (value: unknown): number => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0)

/** What merging something into a schema costs. */
export const weightOf = (schema: Json): number =>
  1 + sizeOf(schema) + sizeOf(schema['properties']) + sizeOf(schema['patternProperties']) + sizeOf(schema['required'])

/** One schema for two that must both hold. May be looser than the two, never stricter. */
export const merged = (a: Json, b: Json): Json =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((keyword) => {
      if (!Object.hasOwn(a, keyword)) return [keyword, b[keyword]]
      if (!Object.hasOwn(b, keyword)) return [keyword, a[keyword]]
      const merge = Object.hasOwn(MERGES, keyword) ? MERGES[keyword] : undefined
      return [keyword, merge ? merge(a[keyword], b[keyword]) : a[keyword]]
    }),
  )
