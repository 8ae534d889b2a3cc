// A value that a schema allows: for the arguments of calls, and for JSON mode.
import { isObject, type Json, objectOf, stringsOf, textOf } from '../json.ts'

const DEPTH = 12
const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-11-23T09:30:00Z',
  date: '2026-11-23',
  time: '09:30:00',
  email: 'ada@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000001',
}

/** Reads both slots: OpenAPI's upper-case types and JSON Schema. `prompt` lends words to free texts. */
export const sampleOf = (schema: unknown, prompt: string): unknown =>
  sample(schema, { root: schema, prompt, name: '' }, 0)

interface Place {
  root: unknown
  prompt: string
  /** Of the property that is filled. */
  name: string
}

const sample = (given: unknown, place: Place, depth: number): unknown => {
  const schema = resolve(objectOf(given), place.root)
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0]
  if (schema.const !== undefined) return schema.const
  const branches: unknown = schema.anyOf ?? schema.oneOf
  if (Array.isArray(branches) && branches.length > 0)
    return sample(branches.find((branch) => typeOf(objectOf(branch)) !== 'null') ?? branches[0], place, depth + 1)
  switch (typeOf(schema)) {
    case 'string':
      return text(schema, place)
    case 'integer':
      return Math.ceil(number(schema))
    case 'number':
      return number(schema)
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return array(schema, place, depth)
    default:
      return object(schema, place, depth)
  }
}

const typeOf = (schema: Json): string => {
  const types: unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type]
  const type = types.find((name) => textOf(name).toLowerCase() !== 'null') ?? types[0]
  if (type !== undefined) return textOf(type).toLowerCase()
  if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array'
  return schema.properties === undefined && schema.$ref === undefined ? 'string' : 'object'
}

const resolve = (schema: Json, root: unknown): Json => {
  let at: Json = schema
  for (let steps = 0; typeof at.$ref === 'string' && steps < DEPTH; steps++) {
    const path = at.$ref.replace(/^#\/?/, '').split('/').filter(Boolean)
    let target: unknown = root
    for (const key of path)
      target = objectOf(target)[decodeURIComponent(key.replaceAll('~1', '/').replaceAll('~0', '~'))]
    at = objectOf(target)
  }
  return at
}

const number = (schema: Json): number => {
  const least = Number(schema.minimum ?? Number.NEGATIVE_INFINITY)
  const most = Number(schema.maximum ?? Number.POSITIVE_INFINITY)
  return Math.min(Math.max(3, least), most)
}

const text = (schema: Json, { prompt, name }: Place): string => {
  const format = FORMATS[textOf(schema.format)]
  if (format !== undefined) return format
  const words = prompt.replace(/\s+/g, ' ').trim() || 'something'
  const most = Number(schema.maxLength ?? 200)
  const least = Number(schema.minLength ?? 0)
  const place = /city|location|place|town|country/i.test(name) ? placeIn(words) : undefined
  return (place ?? words).slice(0, most).padEnd(least, '.')
}

const placeIn = (words: string): string | undefined =>
  /\b(?:in|for|at|to|of|from) ((?:[A-Z]\p{L}+)(?:[ -][A-Z]\p{L}+)*)/u.exec(words)?.[1] ??
  /(北京|上海|东京|巴黎|伦敦|深圳|广州)/.exec(words)?.[1] ??
  'Paris'

const array = (schema: Json, place: Place, depth: number): unknown[] => {
  if (Array.isArray(schema.prefixItems)) return schema.prefixItems.map((item) => sample(item, place, depth + 1))
  const least = Number(schema.minItems ?? 0)
  const length = depth > DEPTH ? least : Math.max(1, least)
  return Array.from({ length }, () => sample(schema.items ?? { type: 'string' }, place, depth + 1))
}

const object = (schema: Json, place: Place, depth: number): Json => {
  const properties = objectOf(schema.properties)
  const required = stringsOf(schema.required)
  const order = stringsOf(schema.propertyOrdering)
  const names = [...new Set([...order, ...Object.keys(properties)])]
  // Deep down only what must be, so that recursion through optional properties ends.
  const chosen = names.filter((name) => Object.hasOwn(properties, name) && (depth < 2 || required.includes(name)))
  return Object.fromEntries(chosen.map((name) => [name, sample(properties[name], { ...place, name }, depth + 1)]))
}

/** The schema of a request's JSON mode, whichever slot it came in. */
export const wantedSchema = (config: Json): unknown =>
  config.responseSchema ??
  config.responseJsonSchema ??
  config._responseJsonSchema ??
  objectOf(objectOf(config.responseFormat).text).schema

export const jsonFor = (config: Json, prompt: string): unknown => {
  const schema = wantedSchema(config)
  if (isObject(schema)) return sampleOf(schema, prompt)
  return { answer: prompt.replace(/\s+/g, ' ').trim().slice(0, 80) }
}
