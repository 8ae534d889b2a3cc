import type { Json } from '../wire.ts'
import { clean, TOP } from './clean.ts'
import { flatten } from './flatten.ts'
import { isObject } from './merge.ts'
import { nameOf, openCycles, reachable, referenced } from './references.ts'
import type { Cleaning } from './whole.ts'

/** Work allowed for each object of a schema, and for each schema at least. What references multiply beyond that takes anything. */
const WORK_EACH = 8
const WORK_AT_LEAST = 2_000

const workFor = (schema: unknown): number => {
  let objects = 0
  const waiting = [schema]
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue
    objects++
    for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) waiting.push(inner)
  }
  return WORK_AT_LEAST + WORK_EACH * objects
}

/**
 * A client's JSON Schema (draft 4 to 2020-12) as `parametersJsonSchema` and `responseJsonSchema` take it; deterministic,
 * meaning kept where it can be: what Gemini's subset lacks is said in the description, and what is valid stays valid.
 * https://ai.google.dev/gemini-api/docs/structured-output and GenerationConfig.responseJsonSchema of the API reference
 */
export const cleanSchema = (schema: unknown): Json => {
  const names = new Map<string, string>()
  const taken = new Map<string, number>()
  const waiting: [name: string, target: Json | boolean][] = []
  const cleaning: Cleaning = {
    left: workFor(schema),
    target: (reference) => referenced(schema, reference),
    define: (reference, target) => {
      const known = names.get(reference)
      if (known !== undefined) return known
      const stem = nameOf(reference)
      let count = taken.get(stem) ?? 1
      let name = stem
      for (; taken.has(name); count++) name = `${stem}_${count + 1}`
      names.set(reference, name)
      taken.set(stem, count).set(name, 1)
      waiting.push([name, target])
      return name
    },
  }
  const body = clean(schema, cleaning, TOP)
  const definitions = new Map<string, Json>([['', body]])
  for (const [name, target] of waiting) definitions.set(name, clean(target, cleaning, TOP))
  openCycles(definitions)
  const used = reachable(definitions, '')
  return used.size > 0 ? { ...body, $defs: Object.fromEntries(used) } : body
}

const definitionOf = ({ $ref, $defs }: Json): Json | undefined => {
  const name = typeof $ref === 'string' ? $ref.replace('#/$defs/', '') : ''
  const definition = isObject($defs) && Object.hasOwn($defs, name) ? $defs[name] : undefined
  return isObject(definition) ? definition : undefined
}

const takesObject = (schema: unknown): boolean => {
  if (!isObject(schema)) return false
  const { type } = schema
  return type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'))
}

/** The same for a function's arguments, which Gemini wants to be an object: a schema of anything else takes any object. */
export const cleanParameters = (schema: unknown): Json => {
  const { $defs, ...cleaned } = cleanSchema(schema)
  let body: Json = cleaned
  // A chain of references is no longer than the definitions are many.
  const steps = isObject($defs) ? Object.keys($defs).length : 0
  for (let step = 0; step < steps && typeof body['$ref'] === 'string'; step++) {
    body = definitionOf({ ...body, $defs }) ?? {}
  }
  if (typeof body['$ref'] === 'string' || !takesObject(body)) body = {}
  const { anyOf, type: _, ...rest } = body
  const branches = Array.isArray(anyOf) ? anyOf.filter(takesObject) : []
  return {
    type: 'object',
    ...rest,
    ...(branches.length > 0 && { anyOf: branches }),
    ...($defs !== undefined && { $defs }),
  }
}

/**
 * The same in the older OpenAPI form of `parameters` and `responseSchema`: no references, types in capitals, one type and
 * `nullable` for each. Says less than `cleanSchema`; for a model that refuses the newer form.
 * https://ai.google.dev/api/caching#Schema
 */
export const flattenSchema = (schema: unknown): Json => flatten(cleanSchema(schema))
