// POST /__simulate: what the API of index.ts does, for tests in another process. Bodies are JSON; functions can't come this way.
//   {"script": [...], "when": {...}}  {"fail": {...}, "when": {...}}  {"keys": {"key": "leaked"}, "model"?: "…"}
//   {"projects": {"key": "project"}}  {"pace": {...}}  {"reset": true}      GET /__simulate gives the log.
import type { Fault, KeyState, Pace, Script, SimulatedGemini, When } from './contract.ts'
import { isObject, type Json } from './json.ts'
import { ERROR_NAMES } from './refusals.ts'

export const CONTROL = '/__simulate'

type Controls = Pick<SimulatedGemini, 'requests' | 'keys' | 'script' | 'fail' | 'pace' | 'reset'>

/** Does what the body says and answers with the log's length; throws for what it doesn't understand. */
export const control = (simulated: Controls, method: string, text: string): Json => {
  if (method === 'GET') return { requests: simulated.requests }
  const body: unknown = JSON.parse(text)
  if (!isObject(body)) throw new Error('a JSON object is needed')
  const { when = {} } = body
  for (const [name, value] of Object.entries(body)) {
    const act = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined
    if (act) act(simulated, value, when as When, body)
    else if (name !== 'when' && name !== 'model') throw new Error(`${name} is nothing that can be simulated`)
  }
  return { requests: simulated.requests.length }
}

const ACTS: Record<string, (simulated: Controls, value: unknown, when: When, body: Json) => void> = {
  reset: (simulated) => simulated.reset(),
  script: (simulated, value, when) => simulated.script(value as Script | Script[], when),
  fail: (simulated, value, when) => {
    for (const fault of Array.isArray(value) ? (value as Fault[]) : [value as Fault]) simulated.fail(fault, when)
  },
  pace: (simulated, value) => simulated.pace(value as Partial<Pace>),
  keys: (simulated, value, _, { model }) => {
    for (const [key, state] of Object.entries(value as Record<string, KeyState>)) {
      if (state !== 'ok' && !ERROR_NAMES.includes(state)) throw new Error(`${state} is no state of a key`)
      simulated.keys.set(key, state, typeof model === 'string' ? model : undefined)
    }
  },
  projects: (simulated, value) => {
    for (const [key, project] of Object.entries(value as Record<string, string>)) simulated.keys.assign(key, project)
  },
}
