import type { Json } from '../wire.ts'
import { isObject } from './merge.ts'
import { described, knownFormat } from './notes.ts'
import { type Cleaning, defined, wholeOf, withExclusives } from './whole.ts'

/** Deeper schemas take anything. */
const DEEPEST = 40

const TYPES: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'])

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined

/** JSON's `1e400` is no number here, and would go out as null. */
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Where in a schema the cleaner is. */
interface Place {
  depth: number
  /** References that were written out on the way here; one of these again stays a reference, or it would never end. */
  open: ReadonlySet<string>
}

export const TOP: Place = { depth: 0, open: new Set() }

const inside = ({ depth, open }: Place): Place => ({ depth: depth + 1, open })

/** Never stricter than the schema it is made of. */
export const clean = (schema: unknown, cleaning: Cleaning, place: Place): Json => {
  if (!isObject(schema) || place.depth > DEEPEST || cleaning.left-- <= 0) return {}
  const open = new Set(place.open)
  const whole = withExclusives(wholeOf(schema, cleaning, open, false))
  if (typeof whole['$ref'] === 'string') return referenceOf(whole, cleaning)
  return shapeOf(whole, cleaning, { depth: place.depth, open })
}

/** Nothing may stand beside `$ref` but other `$` keywords, so what does is put around it. */
const referenceOf = (schema: Json, cleaning: Cleaning): Json => {
  const reference = String(schema['$ref'])
  const target = cleaning.target(reference)
  const link: Json = target === undefined ? {} : { $ref: `#/$defs/${cleaning.define(reference, target)}` }
  const description = described(schema, ['default'])
  const title = typeof schema['title'] === 'string' ? schema['title'] : undefined
  if (schema['nullable'] === true) return defined({ title, description, anyOf: [link, { type: 'null' }] })
  return title === undefined && description === undefined ? link : defined({ title, description, anyOf: [link] })
}

const typesOf = (type: unknown): string[] => [
  ...new Set(
    (Array.isArray(type) ? type : [type]).flatMap((name) => {
      const known = typeof name === 'string' ? name.toLowerCase() : ''
      return TYPES.has(known) ? [known] : []
    }),
  ),
]

const inferredType = (schema: Json): string[] =>
  isObject(schema['properties'])
    ? ['object']
    : isObject(schema['items']) || Array.isArray(schema['items']) || Array.isArray(schema['prefixItems'])
      ? ['array']
      : []

const shapeOf = (schema: Json, cleaning: Cleaning, place: Place): Json => {
  const said = typesOf(schema['type'])
  const types = said.length > 0 ? said : inferredType(schema)
  const title = typeof schema['title'] === 'string' ? schema['title'] : undefined
  const variants = variantsOf(schema, types)
  if (variants) {
    const description = described(schema, [
      'default',
      ...(variants.some(({ type }) => type === 'boolean') ? ['const', 'enum'] : []),
    ])
    const [only] = variants
    return defined({
      ...(variants.length === 1 ? only : {}),
      title,
      description,
      ...(variants.length > 1 && { anyOf: variants }),
    })
  }

  const nullable = types.includes('null') || schema['nullable'] === true
  const kinds = types.filter((type) => type !== 'null')
  const branches = branchesOf(schema, nullable && (kinds.length > 0 || schema['nullable'] === true), cleaning, place)
  const dropped = droppedOf(schema, kinds)
  const annotations = { title, description: described(schema, dropped) }
  const [kind] = kinds
  if (kinds.length === 1 && kind) {
    return defined({
      type: nullable ? [kind, 'null'] : kind,
      ...annotations,
      ...keywordsOf(kind, schema, cleaning, place),
      anyOf: branches,
    })
  }
  if (kinds.length > 1) {
    const alternatives = kinds.map((type) => defined({ type, ...keywordsOf(type, schema, cleaning, place) }))
    return defined({ ...annotations, anyOf: branches ?? [...alternatives, ...(nullable ? [{ type: 'null' }] : [])] })
  }
  if (types.includes('null')) return defined({ type: 'null', ...annotations })
  const [branch] = branches ?? []
  if (branches?.length === 1 && branch && title === undefined && annotations.description === undefined) return branch
  return defined({ ...annotations, anyOf: branches })
}

/** What `enum` and `const` allow, one schema for each type, since Gemini's enums hold strings or numbers; undefined where they can't be kept. */
const variantsOf = (schema: Json, types: readonly string[]): Json[] | undefined => {
  const values = Object.hasOwn(schema, 'const') ? [schema['const']] : schema['enum']
  if (!Array.isArray(values) || values.some((value) => typeof value === 'object' && value !== null)) return undefined
  const takes = (...names: string[]): boolean => types.length === 0 || names.some((name) => types.includes(name))
  const unique = [...new Set<unknown>(values)]
  const strings = takes('string') ? unique.filter((value) => typeof value === 'string') : []
  const numbers = takes('number', 'integer') ? unique.filter((value) => typeof value === 'number') : []
  const whole = types.includes('integer') || (types.length === 0 && numbers.every(Number.isInteger))
  const variants: Json[] = [
    ...(strings.length > 0 ? [{ type: 'string', enum: strings }] : []),
    ...(numbers.length > 0 ? [{ type: whole && !types.includes('number') ? 'integer' : 'number', enum: numbers }] : []),
    ...(takes('boolean') && unique.some((value) => typeof value === 'boolean') ? [{ type: 'boolean' }] : []),
  ]
  const nullable = schema['nullable'] === true || (unique.includes(null) && takes('null'))
  return variants.length === 0 ? undefined : nullable ? [...variants, { type: 'null' }] : variants
}

/** Keywords that only the description can still tell. */
const droppedOf = (schema: Json, kinds: readonly string[]): string[] => {
  // On whole numbers an exclusive bound has become an inclusive one.
  const told = kinds.length === 1 && kinds[0] === 'integer' ? ['exclusiveMinimum', 'exclusiveMaximum'] : []
  return Object.keys(schema).filter((keyword) => !told.includes(keyword))
}

/** `anyOf`, and `oneOf` for what Gemini reads it as. A branch that takes anything makes the rest meaningless. */
const branchesOf = (schema: Json, nullable: boolean, cleaning: Cleaning, place: Place): Json[] | undefined => {
  const listed = Array.isArray(schema['anyOf']) ? schema['anyOf'] : schema['oneOf']
  if (!Array.isArray(listed)) return undefined
  const branches = listed
    .filter((branch) => branch !== false)
    .map((branch) => clean(branch, cleaning, inside(place)))
    .flatMap((branch) =>
      Array.isArray(branch['anyOf']) && Object.keys(branch).length === 1 ? branch['anyOf'] : [branch],
    )
    .filter(isObject)
  if (branches.length === 0 || branches.some((branch) => Object.keys(branch).length === 0)) return undefined
  const all = nullable && !branches.some(({ type }) => type === 'null') ? [...branches, { type: 'null' }] : branches
  return [...new Map(all.map((branch) => [JSON.stringify(branch), branch])).values()]
}

const keywordsOf = (type: string, schema: Json, cleaning: Cleaning, place: Place): Json => {
  switch (type) {
    case 'object':
      return objectKeywords(schema, cleaning, place)
    case 'array':
      return arrayKeywords(schema, cleaning, place)
    case 'number':
    case 'integer':
      return numberKeywords(type, schema)
    case 'string':
      return { format: knownFormat(schema['format']) }
    default:
      return {}
  }
}

const objectKeywords = (schema: Json, cleaning: Cleaning, place: Place): Json => {
  const listed = isObject(schema['properties']) ? Object.entries(schema['properties']) : undefined
  const properties = listed
    ?.filter(([, property]) => property !== false)
    .map(([name, property]): [string, Json] => [name, clean(property, cleaning, inside(place))])
  const names = new Set(properties?.map(([name]) => name))
  const known = (list: unknown): unknown[] | undefined => {
    const kept = Array.isArray(list) ? [...new Set<unknown>(list)].filter((name) => names.has(name as string)) : []
    return kept.length > 0 ? kept : undefined
  }
  return {
    properties: properties && Object.fromEntries(properties),
    required: known(schema['required']),
    additionalProperties: additionalOf(schema, cleaning, place),
    propertyOrdering: known(schema['propertyOrdering']),
  }
}

/** Properties by pattern are additional ones to Gemini. */
const additionalOf = (schema: Json, cleaning: Cleaning, place: Place): Json | boolean | undefined => {
  const { additionalProperties, patternProperties } = schema
  const patterns = isObject(patternProperties) ? Object.values(patternProperties) : []
  if (patterns.length > 1 || (patterns.length === 1 && additionalProperties !== false)) return undefined
  const additional = patterns.length === 1 ? patterns[0] : additionalProperties
  if (typeof additional === 'boolean') return additional
  if (!isObject(additional)) return undefined
  const cleaned = clean(additional, cleaning, inside(place))
  return Object.keys(cleaned).length === 0 ? true : cleaned
}

const arrayKeywords = (schema: Json, cleaning: Cleaning, place: Place): Json => {
  const tuple = Array.isArray(schema['prefixItems'])
    ? schema['prefixItems']
    : Array.isArray(schema['items'])
      ? schema['items']
      : []
  const rest = Array.isArray(schema['items']) ? schema['additionalItems'] : schema['items']
  const most = wholeNumber(schema['maxItems'])
  return {
    prefixItems: tuple.length > 0 ? tuple.map((item) => clean(item, cleaning, inside(place))) : undefined,
    // Gemini wants to know what an array holds.
    items: isObject(rest) ? clean(rest, cleaning, inside(place)) : tuple.length > 0 ? undefined : {},
    minItems: wholeNumber(schema['minItems']),
    maxItems: rest === false ? Math.min(tuple.length, most ?? tuple.length) : most,
  }
}

const numberKeywords = (type: 'number' | 'integer', schema: Json): Json => {
  const bound = (
    inclusive: unknown,
    exclusive: unknown,
    choose: (...values: number[]) => number,
    next: (value: number) => number,
  ): number | undefined => {
    const bounds = [
      ...(isNumber(inclusive) ? [inclusive] : []),
      ...(isNumber(exclusive) ? [type === 'integer' ? next(exclusive) : exclusive] : []),
    ]
    return bounds.length > 0 ? choose(...bounds) : undefined
  }
  return {
    format: knownFormat(schema['format']),
    minimum: bound(schema['minimum'], schema['exclusiveMinimum'], Math.max, (value) => Math.floor(value) + 1),
    maximum: bound(schema['maximum'], schema['exclusiveMaximum'], Math.min, (value) => Math.ceil(value) - 1),
  }
}
