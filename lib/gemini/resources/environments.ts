import type { Named } from '../resource-names.ts'
import { isObject } from '../spelling.ts'
import type { Json } from '../wire.ts'

// Where an agent works: a machine of the project's, made for an interaction, whose id gets whoever says it to all files there.
// https://ai.google.dev/gemini-api/docs/agents

/** What asks for a new one. */
const NEW = 'remote'

const nameOf = (id: string): string => `environments/${id.replace(/^environments\//, '')}`

/** The environment that an interaction is to work in, if it is there already. */
export const environmentIn = (body: unknown): Named | undefined => {
  const asked = isObject(body) ? body.environment : undefined
  const id = isObject(asked) ? (asked.environment_id ?? asked.environmentId) : asked
  if (typeof id !== 'string' || id === '' || id === NEW) return undefined
  return { name: nameOf(id), field: 'environment', written: id }
}

/** The name of the environment that an interaction worked in. */
export const environmentOf = ({ environment_id: id }: Json): string | undefined =>
  typeof id === 'string' && id !== '' ? nameOf(id) : undefined
