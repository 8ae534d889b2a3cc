// Scripts and faults wait in queues for the requests they are for.
import type { Arrival, Fault, Script, ScriptedTurn, When } from './contract.ts'
import { type Json, objectsOf } from './json.ts'
import type { Queued, World } from './world.ts'

type Plain = Exclude<Script, { agent: ScriptedTurn[] } | ((request: Arrival) => unknown)>

/** What of a request `when` looks at. */
const matches = (when: When, arrival: Arrival): boolean => {
  const method = arrival.path.split(':')[1] ?? `${arrival.method} ${arrival.path}`
  const streamed = method === 'streamGenerateContent'
  return (
    (when.model === undefined || when.model === arrival.model) &&
    (when.method === undefined || when.method === method) &&
    (when.key === undefined || when.key === arrival.key) &&
    (when.project === undefined || when.project === arrival.project) &&
    (when.stream === undefined || when.stream === streamed) &&
    (when.text === undefined || saidIn(arrival.body).includes(when.text))
  )
}

/** Every string of a body, a line each. */
const saidIn = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value).map(saidIn).join('\n')
}

const take = <T>(queue: Queued<T>[], arrival: Arrival): T | undefined => {
  const at = queue.findIndex(({ when }) => matches(when, arrival))
  const found = queue[at]
  if (!found) return undefined
  found.left -= 1
  if (found.left <= 0) queue.splice(at, 1)
  return found.what
}

// Faults that let nothing of the reply through: a script waits for the next try then.
const hides = (fault: Fault): boolean =>
  ['error', 'html', 'redirect', 'empty-body'].includes(fault.fault) ||
  (fault.fault === 'reset' && fault.bytes === undefined) ||
  (fault.fault === 'silence' && fault.after === undefined)

export const willHide = (world: World, arrival: Arrival): boolean => {
  const next = world.faults.find(({ when }) => matches(when, arrival))
  return next !== undefined && hides(next.what)
}

export const takeFault = (world: World, arrival: Arrival): Fault | undefined => take(world.faults, arrival)

/** Model turns that a conversation holds; several contents in a row are one. */
const turnsIn = (request: Json): number =>
  objectsOf(request.contents).filter(({ role }, index, all) => role === 'model' && all[index - 1]?.role !== 'model')
    .length

export const takeScript = async (world: World, arrival: Arrival, request: Json): Promise<Plain | undefined> => {
  const at = world.scripts.findIndex(({ what, when }) => matches(when, arrival) && hasTurn(what, request))
  const found = world.scripts[at]
  if (!found) return undefined
  found.left -= 1
  if (found.left <= 0) world.scripts.splice(at, 1)
  return settle(found.what, arrival, request)
}

const hasTurn = (script: Script, request: Json): boolean =>
  typeof script === 'function' || !('agent' in script) || script.agent[turnsIn(request)] !== undefined

const settle = async (script: Script, arrival: Arrival, request: Json): Promise<Plain | undefined> => {
  if (typeof script === 'function') return settle(await script(arrival), arrival, request)
  return 'agent' in script ? script.agent[turnsIn(request)] : script
}

export const queueScripts = (world: World, given: Script | readonly Script[], when: When = {}): void => {
  const scripts = Array.isArray(given) ? (given as readonly Script[]) : [given as Script]
  for (const what of scripts) {
    const agent = typeof what === 'object' && 'agent' in what
    world.scripts.push({ what, when, left: when.times ?? (agent ? Number.POSITIVE_INFINITY : 1) })
  }
}

export const queueFault = (world: World, what: Fault, when: When = {}): void =>
  void world.faults.push({ what, when, left: when.times ?? 1 })
