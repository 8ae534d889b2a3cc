// Who calls: the key of a request, its project, and what that key is told to answer.
import type { Arrival, KeyState } from './contract.ts'
import { GoogleError } from './errors.ts'
import { refusal } from './refusals.ts'
import type { World } from './world.ts'

export const credentialsOf = (
  headers: Record<string, string>,
  query: Record<string, string>,
): { key: string | undefined; credentials: Arrival['credentials'] } => {
  const credentials: Arrival['credentials'] = []
  if (headers['x-goog-api-key']) credentials.push('x-goog-api-key')
  if (query.key) credentials.push('key')
  if (headers.authorization) credentials.push('authorization')
  return { key: headers['x-goog-api-key'] || query.key || undefined, credentials }
}

export const projectOf = (world: World, key: string): string => world.projects.get(key) ?? `project-of-${key}`

const stateOf = (world: World, key: string, model: string | undefined): KeyState =>
  (model && world.keys.get(`${key} ${model}`)) || world.keys.get(key) || (key.startsWith('bad') ? 'invalid' : 'ok')

/** The project that a request is made for. Without a key, or with one that is told to fail, Google's error. */
export const admit = (world: World, arrival: Arrival): string => {
  const { key, model = '', query } = arrival
  // Who has the id of an upload that was begun may go on with it: its URL is meant to be handed on.
  const upload = key === undefined && arrival.path.startsWith('/upload/') && world.uploads.get(query.upload_id ?? '')
  if (upload) return upload.project
  const method = (arrival.path.split(':')[1] ?? 'call').replace(/^[a-z]/, (letter) => letter.toUpperCase())
  if (key === undefined) {
    if (arrival.credentials.length > 0) throw refusal('unauthenticated', { model, project: '', method })
    throw new GoogleError(
      'PERMISSION_DENIED',
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    )
  }
  const project = projectOf(world, key)
  const state = stateOf(world, key, model)
  if (state !== 'ok') throw refusal(state, { model, project, method })
  return project
}
