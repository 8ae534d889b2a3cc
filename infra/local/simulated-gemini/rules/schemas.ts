// The two slots of a schema: the OpenAPI subset (its names are checked when the message is read) and JSON Schema.
// https://ai.google.dev/api/caching#Schema and https://ai.google.dev/gemini-api/docs/structured-output
import { isObject, type Json, objectOf, stringsOf, textOf } from '../json.ts'
import type { Lines } from './lines.ts'

/** An OpenAPI schema: what its fields must say together. */
export const checkOpenApi = (schema: Json, at: string, lines: Lines): void => {
  const { type, items, properties, anyOf } = schema
  const typeless = type === undefined || type === 'TYPE_UNSPECIFIED'
  if (type === 'ARRAY' && items === undefined) lines.add(`${at}.items`, 'missing field.')
  if (type !== 'ARRAY' && items !== undefined && !typeless) lines.add(`${at}.items`, 'only allowed for ARRAY type')
  if (Array.isArray(schema.enum) && !typeless && type !== 'STRING')
    lines.add(`${at}.enum`, 'only allowed for STRING type')
  stringsOf(schema.enum).forEach((value, index) => {
    if (value === '') lines.add(`${at}.enum[${index}]`, 'cannot be empty')
  })
  if (isObject(properties) && !typeless && type !== 'OBJECT')
    lines.add(`${at}.properties`, 'only allowed for OBJECT type')
  if (type === 'STRING' && schema.format && !['enum', 'date-time'].includes(textOf(schema.format)))
    lines.add(`${at}.format`, "only 'enum' and 'date-time' are supported for STRING type")
  stringsOf(schema.required).forEach((name, index) => {
    if (!Object.hasOwn(objectOf(properties), name)) lines.add(`${at}.required[${index}]`, 'property is not defined')
  })
  for (const [name, property] of Object.entries(objectOf(properties)))
    if (isObject(property)) checkOpenApi(property, `${at}.properties[${name}]`, lines)
  if (isObject(items)) checkOpenApi(items, `${at}.items`, lines)
  if (Array.isArray(anyOf))
    anyOf.filter(isObject).forEach((branch, index) => checkOpenApi(branch, `${at}.any_of[${index}]`, lines))
}

// Documented for `responseJsonSchema`, and the three that recordings show accepted ($schema, default, pattern).
const KEYWORDS = new Set([
  '$id',
  '$defs',
  '$ref',
  '$anchor',
  'type',
  'format',
  'title',
  'description',
  'enum',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'anyOf',
  'oneOf',
  'properties',
  'additionalProperties',
  'required',
  'propertyOrdering',
  '$schema',
  'default',
  'pattern',
])
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'])

/** A JSON Schema: only the documented keywords, and beside `$ref` only others that start with `$`. */
export const checkJsonSchema = (schema: unknown, at: string, lines: Lines): void => {
  if (typeof schema === 'boolean') return
  if (!isObject(schema)) return lines.add(at, 'schema must be a JSON object')
  for (const keyword of Object.keys(schema)) {
    if (!KEYWORDS.has(keyword)) lines.add(at, `unsupported keyword ${JSON.stringify(keyword)} in JSON schema`)
    else if (schema.$ref !== undefined && !keyword.startsWith('$'))
      lines.add(at, `${JSON.stringify(keyword)} cannot be set beside "$ref"`)
  }
  const types: unknown[] = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type]
  for (const type of types)
    if (!TYPES.has(String(type).toLowerCase())) lines.add(`${at}.type`, `unknown type ${JSON.stringify(type)}`)
  for (const value of Array.isArray(schema.enum) ? schema.enum : [])
    if (!['string', 'number', 'boolean'].includes(typeof value) && value !== null)
      lines.add(`${at}.enum`, 'values must be strings or numbers')
  for (const field of ['properties', '$defs'])
    for (const [name, child] of Object.entries(objectOf(schema[field])))
      checkJsonSchema(child, `${at}.${field}[${name}]`, lines)
  for (const field of ['anyOf', 'oneOf', 'prefixItems'])
    if (Array.isArray(schema[field]))
      schema[field].forEach((child: unknown, index) => checkJsonSchema(child, `${at}.${field}[${index}]`, lines))
  for (const field of ['items', 'additionalProperties'])
    if (schema[field] !== undefined) checkJsonSchema(schema[field], `${at}.${field}`, lines)
}
