// What a row of the catalogue of faults says, and the kinds of rows.
import type { Fault } from '../../../infra/local/simulated-gemini/index.ts'
import type { Protocol } from './variants.ts'
import type { Said } from './words.ts'

/**
 * `answered`: letter by letter as if nothing had been. `broken`: after some of the sound stream, with its protocol's error.
 * `passed`: as Google sent it, which is made of the frames of the sound reply. `blank`: nothing but its protocol's error.
 */
export type Outcome =
  | 'answered'
  | { refused: Said }
  | { broken: Said }
  | { passed(frames: readonly string[]): readonly string[] }
  | { blank: Said }

export interface Expected {
  client: Outcome
  /** How each call to Google was settled. */
  calls: readonly string[]
}

export interface Row {
  name: string
  fault: Fault
  /** How many calls meet it; one, unless said. */
  times?: number
  model?: string
  streamed?: Expected | undefined
  whole?: Expected | undefined
  /** Where Google's own form makes a difference. */
  native?: { streamed?: Expected; whole?: Expected }
  /** The entry in the table afterwards: the kind and the scope of what the first key, its project or its model got. */
  marked?: `${'pool_dead' | 'quota_day' | 'model_not_found'} ${'key' | 'project' | 'model'}`
  /** Nothing stands in the table, but this environment leaves the first project alone for a while. */
  rests?: true
  only?: readonly Protocol[]
}

export type Fields = Partial<Omit<Row, 'name' | 'fault'>>
export const healed = (...calls: string[]): Expected => ({ client: 'answered', calls: [...calls, 'complete'] })
export const refused = (kind: Said['kind'], calls: string | readonly string[], message?: string): Expected => ({
  client: { refused: { kind, ...(message !== undefined && { message }) } },
  calls: [calls].flat(),
})
/** Refused in both forms, whatever was tried. */
export const hopeless = (name: string, fault: Fault, told: Expected, more: Fields = {}): Row => ({
  name,
  fault,
  times: told.calls.length,
  streamed: told,
  whole: told,
  ...more,
})
export const broken = (kind: Said['kind'], message?: string): Expected => ({
  client: { broken: { kind, ...(message !== undefined && { message }) } },
  calls: ['broken'],
})
/** Healed before the first content, in both forms. */
export const early = (name: string, fault: Fault, call: string, more: Fields = {}): Row => ({
  name,
  fault,
  streamed: healed(call),
  whole: healed(call),
  ...more,
})
/** Told after the first content of a stream; healed where the reply comes in one piece. */
export const late = (name: string, fault: Fault, told: Expected, call: string, more: Fields = {}): Row => ({
  name,
  fault,
  streamed: told,
  whole: healed(call),
  ...more,
})
export const error = (name: Extract<Fault, { fault: 'error' }>['error'], call: string, more: Fields = {}): Row =>
  early(name, { fault: 'error', error: name }, call, more)
export const unchanged = (name: string, fault: Fault, more: Fields = {}): Row => ({
  name,
  fault,
  streamed: healed(),
  whole: healed(),
  ...more,
})
export const streamed = (name: string, fault: Fault, told: Expected, more: Fields = {}): Row => ({
  name,
  fault,
  streamed: told,
  ...more,
})
export const modelGone = (name: string, model: string, only: readonly Protocol[]): Row => ({
  ...error('model-gone', 'model_project', { marked: 'model_not_found model', model, only }),
  name: `model-gone, ${name}`,
})
/** Bytes that native clients get as they are. */
export const passed = (change: (frames: readonly string[]) => readonly string[]): Expected => ({
  client: { passed: change },
  calls: ['complete'],
})
export const passedFrames = (change: (frame: string, index: number) => string): Fields => ({
  native: { streamed: passed((frames) => frames.map(change)) },
})
