import type { Json } from '../wire.ts'
import { isObject } from './merge.ts'

/** `#/a/b%20c` as the steps of RFC 6901; undefined for what isn't a pointer into this document. */
const stepsOf = (reference: string): string[] | undefined => {
  if (reference === '#') return []
  if (!reference.startsWith('#/')) return undefined
  try {
    return decodeURIComponent(reference.slice(2))
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  } catch {
    return undefined
  }
}

/** The schema that a local reference means; undefined for a remote or a dangling one. */
export const referenced = (root: unknown, reference: unknown): Json | boolean | undefined => {
  const steps = typeof reference === 'string' ? stepsOf(reference) : undefined
  if (!steps) return undefined
  let place: unknown = root
  for (const step of steps) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, step)) return undefined
    place = (place as Json)[step]
  }
  return isObject(place) || typeof place === 'boolean' ? place : undefined
}

/** A readable name for what a reference means: its last step, in letters that need no escape. */
export const nameOf = (reference: string): string =>
  (stepsOf(reference)?.at(-1) ?? 'Root').replace(/[^\w.-]/g, '_').slice(0, 64) || '_'

/** A reference in a cleaned schema, and the innermost property that it stands in. */
interface Edge {
  from: string
  to: string
  holder: Json
  object?: Json
  property?: string
}

const DEFINITION = '#/$defs/'

const isRequired = ({ object, property }: Edge): boolean =>
  !object || (Array.isArray(object['required']) && object['required'].includes(property))

/** Every reference from one definition. Depth is bounded by what `clean` lets through. */
const edgesOf = (from: string, node: unknown, within: Pick<Edge, 'object' | 'property'>, edges: Edge[]): void => {
  if (!isObject(node)) return
  if (typeof node['$ref'] === 'string') {
    edges.push({ from, to: node['$ref'].slice(DEFINITION.length), holder: node, ...within })
  }
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword === 'properties' && isObject(value)) {
      for (const [property, schema] of Object.entries(value)) edgesOf(from, schema, { object: node, property }, edges)
    } else if (keyword === 'anyOf' || keyword === 'prefixItems') {
      for (const schema of Array.isArray(value) ? value : []) edgesOf(from, schema, within, edges)
    } else if (keyword === 'items' || keyword === 'additionalProperties') {
      edgesOf(from, value, within, edges)
    }
  }
}

type End = 'from' | 'to'

/** Without the edges that start where none ends, over and over. Linear. */
const peeled = (edges: readonly Edge[], start: End, end: End): Edge[] => {
  const arriving = new Map<string, number>()
  const leaving = new Map<string, Edge[]>()
  for (const edge of edges) {
    arriving.set(edge[end], (arriving.get(edge[end]) ?? 0) + 1)
    const others = leaving.get(edge[start])
    if (others) others.push(edge)
    else leaving.set(edge[start], [edge])
  }
  const gone = [...leaving.keys()].filter((name) => !arriving.has(name))
  // Grows while it is read.
  for (const name of gone) {
    for (const edge of leaving.get(name) ?? []) {
      const left = (arriving.get(edge[end]) ?? 0) - 1
      arriving.set(edge[end], left)
      if (left === 0) gone.push(edge[end])
    }
  }
  const without = new Set(gone)
  return edges.filter((edge) => !without.has(edge[start]))
}

/** Edges that lie on a cycle, or on the way from one to another. */
const cyclic = (edges: readonly Edge[]): Edge[] => peeled(peeled(edges, 'from', 'to'), 'to', 'from')

/**
 * Google unrolls a cycle only through properties that may be absent. A required property on a cycle becomes optional; a cycle
 * that runs through no property is cut. Changes the definitions, which are ours.
 */
export const openCycles = (definitions: ReadonlyMap<string, Json>): void => {
  const edges: Edge[] = []
  for (const [name, schema] of definitions) edgesOf(name, schema, {}, edges)
  for (const { object, property } of cyclic(edges.filter(isRequired))) {
    if (!object || !Array.isArray(object['required'])) continue
    object['required'] = object['required'].filter((name) => name !== property)
    if ((object['required'] as unknown[]).length === 0) delete object['required']
  }
  const cut = cyclic(edges.filter(({ object }) => !object))
  for (const { holder } of cut) delete holder['$ref']
  if (cut.length > 0) for (const schema of definitions.values()) dropIdleChoices(schema)
}

/** The definitions that the one named `start` leads to, without itself, in the order they are met. */
export const reachable = (definitions: ReadonlyMap<string, Json>, start: string): Map<string, Json> => {
  const met = new Map<string, Json>()
  const waiting = [start]
  // Grows while it is read.
  for (const name of waiting) {
    const edges: Edge[] = []
    edgesOf(name, definitions.get(name), {}, edges)
    for (const { to } of edges) {
      const schema = definitions.get(to)
      if (!schema || met.has(to)) continue
      met.set(to, schema)
      waiting.push(to)
    }
  }
  return met
}

/** A choice with a branch that takes anything, as a cut one does, is none. */
const dropIdleChoices = (schema: unknown): void => {
  if (!isObject(schema)) return
  const { properties, anyOf, prefixItems, items, additionalProperties } = schema
  const lists = [anyOf, prefixItems, isObject(properties) ? Object.values(properties) : []].filter(Array.isArray)
  for (const inner of [...lists.flat(), items, additionalProperties]) dropIdleChoices(inner)
  if (Array.isArray(anyOf) && anyOf.some((branch) => Object.keys(branch).length === 0)) delete schema['anyOf']
  if (isObject(additionalProperties) && Object.keys(additionalProperties).length === 0) {
    schema['additionalProperties'] = true
  }
}
