// Reads JSON the way Google's transcoder does: strict about names, types and choices, lenient where recordings show it
// (snake_case names, choices in lower case, a single value for a list, null for nothing).
import { badRequest, GoogleError, type Violation } from '../errors.ts'
import { camel, isObject, type Json, snake } from '../json.ts'
import { CACHES, CONTENT } from './content.ts'
import { GENERATION } from './generation.ts'
import { METHODS } from './methods.ts'
import { type Kind, type Message, type Scalar, TYPE_PREFIX } from './shape.ts'
import { TOOLS } from './tools.ts'

export const MESSAGES: Readonly<Record<string, Message>> = {
  ...CONTENT,
  ...CACHES,
  ...TOOLS,
  ...GENERATION,
  ...METHODS,
}

/** Of `Part.data`, the oneof: only one of these may be set. */
export const PART_DATA = [
  'text',
  'inlineData',
  'functionCall',
  'functionResponse',
  'fileData',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
] as const

/** The canonical message (camelCase names, choices as documented, lists where lists are), or Google's 400. */
export const readMessage = (name: string, json: unknown): Json => {
  const violations: Violation[] = []
  if (!isObject(json)) {
    const description = 'Invalid JSON payload received. Unknown name "": Root element must be a message.'
    throw badRequest([{ description }])
  }
  const message = read(name, json, '', violations)
  if (violations.length > 0) throw badRequest(violations)
  return message
}

/** The body's JSON, or Google's 400 for bytes that are none. */
export const parseBody = (text: string): unknown => {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch (cause) {
    const where = text.slice(0, 80)
    const description = `Invalid JSON payload received. Unexpected token.\n${where}\n^`
    throw new GoogleError('INVALID_ARGUMENT', description, [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [
          { description: description.replace('Unexpected token', `Unexpected token (${String(cause)})`) },
        ],
      },
    ])
  }
}

const unknownName = (name: string, at: string, reason: string): Violation => {
  const place = at === '' ? '' : ` at '${at}'`
  return {
    ...(at !== '' && { field: at }),
    description: `Invalid JSON payload received. Unknown name "${name}"${place}: ${reason}`,
  }
}

const invalidValue = (type: string, value: unknown, at: string, suffix = ''): Violation => ({
  field: at,
  description: `Invalid value at '${at}' (${type}), ${suffix || JSON.stringify(value)}`,
})

const read = (name: string, json: Json, at: string, violations: Violation[]): Json => {
  const fields = MESSAGES[name] ?? {}
  const result: Json = {}
  for (const [given, value] of Object.entries(json)) {
    const field = Object.hasOwn(fields, given) ? given : camel(given)
    const kind = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (kind === undefined) {
      violations.push(unknownName(given, at, 'Cannot find field.'))
      continue
    }
    if (value === null && kind !== 'any') continue
    if (name === 'Part' && isDataTwice(field, result)) {
      violations.push(invalidValue('oneof', value, at, `oneof field 'data' is already set. Cannot set '${field}'`))
      continue
    }
    result[field] = readField(kind, value, given, at, violations)
  }
  return result
}

const isDataTwice = (field: string, part: Json): boolean => {
  const data: readonly string[] = PART_DATA
  return data.includes(field) && data.some((other) => other !== field && Object.hasOwn(part, other))
}

const readField = (kind: Kind, value: unknown, given: string, at: string, violations: Violation[]): unknown => {
  const here = at === '' ? snake(given) : `${at}.${snake(given)}`
  if (typeof kind === 'object' && 'list' in kind) {
    // A single value for a list is taken as a list of one.
    const items: unknown[] = Array.isArray(value) ? value : [value]
    return items.map((item, index) => readValue(kind.list, item, `${here}[${index}]`, violations))
  }
  if (Array.isArray(value) && kind !== 'any') {
    violations.push(unknownName(given, at, 'Proto field is not repeating, cannot start list.'))
    return undefined
  }
  if (typeof kind === 'object' && 'map' in kind) {
    if (!isObject(value)) {
      violations.push(unknownName(given, at, 'Proto field is a map, cannot be set from a scalar.'))
      return undefined
    }
    const entries: [string, unknown][] = Object.entries(value).map(([key, entry], index) => [
      key,
      readValue(kind.map, entry, `${here}[${index}].value`, violations),
    ])
    return Object.fromEntries(entries)
  }
  if (isObject(value) && (typeof kind === 'string' ? kind !== 'any' && kind !== 'struct' : 'choice' in kind)) {
    violations.push(unknownName(given, at, 'Proto field is not a message, cannot start object.'))
    return undefined
  }
  return readValue(kind, value, here, violations)
}

const readValue = (kind: Kind, value: unknown, at: string, violations: Violation[]): unknown => {
  if (typeof kind === 'string') return readScalar(kind, value, at, violations)
  if ('message' in kind) {
    if (isObject(value)) return read(kind.message, value, at, violations)
    violations.push(invalidValue(TYPE_PREFIX + kind.message, value, at))
    return undefined
  }
  if ('choice' in kind) {
    const found =
      typeof value === 'number'
        ? kind.values[value]
        : kind.values.find((name) => name === value || name.toUpperCase() === String(value).toUpperCase())
    if (found === undefined) violations.push(invalidValue(TYPE_PREFIX + kind.choice, value, at))
    return found
  }
  return readField(kind, value, '', at, violations)
}

const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/
const INTEGER = /^-?\d+$/
const DURATION = /^-?\d+(?:\.\d{1,9})?s$/

const ACCEPTS: Record<Scalar, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int32: (value) => isInteger(value) && Math.abs(Number(value)) <= 0x80000000,
  int64: (value) => isInteger(value),
  float: (value) => isNumber(value),
  double: (value) => isNumber(value),
  bytes: (value) => typeof value === 'string' && BASE64.test(value) && value.replace(/=+$/, '').length % 4 !== 1,
  timestamp: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  duration: (value) => typeof value === 'string' && DURATION.test(value),
  any: () => true,
  struct: isObject,
}

const isInteger = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && INTEGER.test(value)
const isNumber = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))

const TYPE_NAMES: Partial<Record<Scalar, string>> = {
  timestamp: 'type.googleapis.com/google.protobuf.Timestamp',
  duration: 'type.googleapis.com/google.protobuf.Duration',
  struct: 'type.googleapis.com/google.protobuf.Struct',
}
const NUMBERS: ReadonlySet<Scalar> = new Set<Scalar>(['int32', 'int64', 'float', 'double'])

const readScalar = (kind: Scalar, value: unknown, at: string, violations: Violation[]): unknown => {
  if (ACCEPTS[kind](value)) return NUMBERS.has(kind) ? Number(value) : value
  const type = TYPE_NAMES[kind] ?? `TYPE_${kind.toUpperCase()}`
  const base64 = kind === 'bytes' && typeof value === 'string'
  const shown = base64 ? `Base64 decoding failed for ${JSON.stringify(value.slice(0, 60))}` : ''
  violations.push(invalidValue(type, value, at, shown))
  return undefined
}
