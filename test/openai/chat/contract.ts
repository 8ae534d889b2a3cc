import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

export const bundleFile = join(import.meta.dirname, '../../../../shared/contracts/openai/openai.bundle.schema.json')

export const present = existsSync(bundleFile)
if (!present) console.warn('skipped: the OpenAI schema is not at ../shared/contracts')

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  $ref?: string
}
const bundle = present
  ? (JSON.parse(readFileSync(bundleFile, 'utf8')) as { $defs: Record<string, Schema> })
  : { $defs: {} }
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
ajv.addSchema(bundle, 'openai')

/** What other vendors' clients read, and OpenAI's schema doesn't know. */
const EXTENSIONS = new Set(['reasoning_content', 'images', 'extra_content'])
/** What OpenAI itself streams, and its schema of chunks forgot. */
const FORGOTTEN = /\.delta\.annotations$/

/** What OpenAI's schema says against a value: broken rules, and fields it doesn't have. */
export const faultsOf = (name: string, value: unknown): string[] => {
  const validate = ajv.getSchema(`openai#/$defs/${name}`)
  if (!validate) throw new Error(`the schema has no ${name}`)
  const broken = validate(value) ? [] : [ajv.errorsText(validate.errors)]
  return [...broken, ...strangers(value, [bundle.$defs[name] ?? {}], name)]
}

const resolved = (schema: Schema): Schema[] => {
  const target = schema.$ref ? bundle.$defs[schema.$ref.split('/').at(-1) ?? ''] : schema
  return target ? [target, ...(target.anyOf ?? []).flatMap(resolved), ...oneOf(target).flatMap(resolved)] : []
}
const oneOf = (schema: Schema): Schema[] => (schema as { oneOf?: Schema[] }).oneOf ?? []

const strangers = (value: unknown, schemas: readonly Schema[], path: string): string[] => {
  const known = schemas.flatMap(resolved)
  if (Array.isArray(value)) {
    const items = known.flatMap(({ items }) => items ?? [])
    return items.length > 0 ? value.flatMap((item, index) => strangers(item, items, `${path}[${index}]`)) : []
  }
  const properties = known.map(({ properties }) => properties ?? {})
  if (typeof value !== 'object' || value === null || properties.every((fields) => Object.keys(fields).length === 0))
    return []
  return Object.entries(value).flatMap(([field, inner]) => {
    if (EXTENSIONS.has(field) || FORGOTTEN.test(`${path}.${field}`)) return []
    const inside = properties.flatMap((fields) => fields[field] ?? [])
    return inside.length > 0 ? strangers(inner, inside, `${path}.${field}`) : [`${path}.${field} is unknown`]
  })
}
