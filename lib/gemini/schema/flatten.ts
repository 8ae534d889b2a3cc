import type { Json } from '../wire.ts'
import { isObject } from './merge.ts'

interface Flattening {
  definitions: Json
  /** Definitions around the place we are at: one of these again is a cycle. */
  open: readonly string[]
  /** How many more schemas may be written out; references multiply. */
  budget: { left: number }
}

const MOST_SCHEMAS = 2_000

/** Google's own type for what could be anything: a text is never refused. */
const ANYTHING: Json = { type: 'STRING' }

const ALIKE = ['title', 'description', 'required', 'propertyOrdering', 'minItems', 'maxItems', 'minimum', 'maximum']

/** The formats that a type may have; any other is refused. */
const FORMATS: Readonly<Record<string, readonly unknown[]>> = {
  string: ['date-time'],
  number: ['float', 'double'],
  integer: ['int32', 'int64'],
}

/** A cleaned schema, with every reference written out. */
export const flatten = ({ $defs, ...schema }: Json): Json =>
  flat(schema, { definitions: isObject($defs) ? $defs : {}, open: [], budget: { left: MOST_SCHEMAS } })

const flat = (schema: unknown, flattening: Flattening): Json => {
  if (!isObject(schema) || flattening.budget.left-- <= 0) return ANYTHING
  if (typeof schema['$ref'] === 'string') {
    const name = schema['$ref'].replace('#/$defs/', '')
    if (flattening.open.includes(name)) return { type: 'OBJECT' }
    const target = Object.hasOwn(flattening.definitions, name) ? flattening.definitions[name] : undefined
    return flat(target, { ...flattening, open: [...flattening.open, name] })
  }
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']]
  const branches = (Array.isArray(schema['anyOf']) ? schema['anyOf'] : []).filter(isObject)
  const nullable = types.includes('null') || branches.some(({ type }) => type === 'null')
  const type = types.find((name) => typeof name === 'string' && name !== 'null')
  const kept = Object.fromEntries(
    ALIKE.filter((name) => Object.hasOwn(schema, name)).map((name) => [name, schema[name]]),
  )
  const shape: Json = {
    ...(typeof type === 'string' && { type: type.toUpperCase() }),
    ...kept,
    ...formatOf(schema, type),
    ...enumOf(schema, type),
    ...(isObject(schema['properties']) && {
      properties: Object.fromEntries(
        Object.entries(schema['properties']).map(([name, property]) => [name, flat(property, flattening)]),
      ),
    }),
    ...(type === 'array' && { items: itemsOf(schema, flattening) }),
    ...(nullable && { nullable: true }),
  }
  const choices = branches.filter((branch) => branch['type'] !== 'null').map((branch) => flat(branch, flattening))
  if (choices.length > 1) return { ...shape, anyOf: choices }
  const whole = both(shape, choices[0])
  return whole['type'] === undefined && whole['anyOf'] === undefined ? { ...ANYTHING, ...whole } : whole
}

/** A shape together with its only choice: what that requires must be among the properties. */
const both = (shape: Json, choice: Json | undefined): Json => {
  const [properties, more] = [choice?.['properties'], shape['properties']].filter(isObject)
  return { ...choice, ...shape, ...(more && { properties: { ...properties, ...more } }) }
}

const formatOf = ({ format, description }: Json, type: unknown): Json => {
  if (typeof format !== 'string' || typeof type !== 'string') return {}
  if (Object.hasOwn(FORMATS, type) && FORMATS[type]?.includes(format)) return { format }
  return { description: `${typeof description === 'string' ? `${description} ` : ''}(format ${format})` }
}

/** Google's enums hold text, and none of it empty; other values are left to the description. */
const enumOf = ({ enum: values, description }: Json, type: unknown): Json => {
  if (!Array.isArray(values)) return {}
  if (type === 'string' && !values.includes('')) return { format: 'enum', enum: values }
  const list = values.map((value) => JSON.stringify(value)).join(', ')
  return { description: `${typeof description === 'string' ? `${description} ` : ''}(one of ${list})` }
}

const itemsOf = ({ items, prefixItems }: Json, flattening: Flattening): Json => {
  const kinds = [...(Array.isArray(prefixItems) ? prefixItems : []), ...(isObject(items) ? [items] : [])]
  const [only] = kinds
  return kinds.length > 1 ? { anyOf: kinds.map((kind) => flat(kind, flattening)) } : flat(only ?? {}, flattening)
}
