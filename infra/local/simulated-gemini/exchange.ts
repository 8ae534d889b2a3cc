// One request on its way through the simulator, and what becomes of it.
import type { Arrival } from './contract.ts'
import type { Json } from './json.ts'
import type { World } from './world.ts'

export interface Exchange {
  world: World
  arrival: Arrival
  project: string
  /** `v1` or `v1beta`. */
  version: string
  /** The parts of the path that the route's pattern names. */
  params: Record<string, string>
  body: Buffer
}

/** Headers and chunks are written in order; `chunks` as events, as a growing JSON array, or (one) as one object. */
export type Reply =
  | { as: 'json'; status: number; body: unknown; headers?: Record<string, string> }
  | { as: 'events' | 'array'; chunks: readonly Json[]; delayMs?: number }
  | { as: 'bytes'; status: number; body: Uint8Array; headers: Record<string, string> }

export const ok = (body: unknown, headers?: Record<string, string>): Reply => ({
  as: 'json',
  status: 200,
  body,
  ...(headers && { headers }),
})

/** A reply that is all headers. */
export const empty = (headers: Record<string, string>, status = 200): Reply => ({
  as: 'bytes',
  status,
  body: new Uint8Array(),
  headers,
})
