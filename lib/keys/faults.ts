import type { ErrorKind } from '../errors.ts'

/** What an upstream failure means for the key, project or model it happened to. */
export type FaultClass =
  | 'rate_minute'
  | 'rate_day'
  | 'spend_window'
  | 'billing'
  | 'billing_cap'
  | 'capacity'
  | 'key_dead'
  | 'key_leaked'
  | 'credentials'
  | 'project_dead'
  | 'config'
  | 'project_config'
  | 'forbidden'
  | 'region'
  | 'model_project'
  | 'affinity'
  | 'caller'
  | 'signature'
  | 'schema'
  | 'transient'
  | 'overload'
  | 'deadline'
  | 'network'
  | 'bad_body'
  | 'empty'

export interface Fault {
  class: FaultClass
  /** Seconds, as Google asked. */
  retryAfter?: number
  /** Google's own error, where it is for the caller to read: native clients get it as it is. */
  original?: unknown
}

/** What a cooldown covers: a key, a project, or one model in a project. */
export type Scope = 'key' | 'project' | 'model' | 'none'

/**
 * `hint`: as long as Google asks. `backoff`: twice as long each time in a row. `midnight`: until the next day in Los
 * Angeles, when daily quotas start anew. All in seconds.
 */
export type Cooldown =
  | { for: 'hint'; least: number; most: number }
  | { for: 'backoff'; first: number; most: number }
  | { for: 'midnight' }
  | { for: 'seconds'; seconds: number }

export interface Consequence {
  scope: Scope
  cooldown: Cooldown | undefined
  /** Where another try may help: in another project, in the same one, or nowhere. `once` allows a single one. */
  again: 'elsewhere' | 'elsewhere once' | 'same once' | 'remedied' | 'never'
  /** What a client is told when this is why nothing is left. */
  kind: ErrorKind
}

const DAYS = 24 * 60 * 60
const elsewhere = (scope: Scope, seconds: number, kind: ErrorKind): Consequence => ({
  scope,
  cooldown: { for: 'seconds', seconds },
  again: 'elsewhere',
  kind,
})
const harmless = (again: Consequence['again'], kind: ErrorKind): Consequence => ({
  scope: 'none',
  cooldown: undefined,
  again,
  kind,
})

// https://ai.google.dev/gemini-api/docs/rate-limits, …/billing, …/troubleshooting and …/api-key
export const CONSEQUENCES: Record<FaultClass, Consequence> = {
  rate_minute: {
    scope: 'model',
    cooldown: { for: 'hint', least: 1, most: 65 },
    again: 'elsewhere',
    kind: 'quota_minute',
  },
  rate_day: { scope: 'model', cooldown: { for: 'midnight' }, again: 'elsewhere', kind: 'quota_day' },
  spend_window: {
    scope: 'project',
    cooldown: { for: 'hint', least: 60, most: 600 },
    again: 'elsewhere',
    kind: 'quota_day',
  },
  billing: elsewhere('project', 15 * 60, 'pool_dead'),
  billing_cap: elsewhere('project', 60 * 60, 'quota_day'),
  capacity: {
    scope: 'model',
    cooldown: { for: 'backoff', first: 1, most: 30 },
    again: 'elsewhere once',
    kind: 'quota_minute',
  },
  key_dead: elsewhere('key', DAYS, 'pool_dead'),
  key_leaked: elsewhere('key', DAYS, 'pool_dead'),
  credentials: { ...elsewhere('key', 15 * 60, 'pool_dead'), again: 'elsewhere once' },
  project_dead: { ...elsewhere('project', DAYS, 'pool_dead'), again: 'elsewhere once' },
  config: elsewhere('key', 15 * 60, 'pool_dead'),
  project_config: elsewhere('project', 15 * 60, 'pool_dead'),
  forbidden: harmless('elsewhere once', 'permission'),
  region: elsewhere('project', 60 * 60, 'pool_dead'),
  model_project: { ...elsewhere('model', 60 * 60, 'model_not_found'), again: 'elsewhere once' },
  affinity: harmless('never', 'not_found'),
  caller: harmless('never', 'invalid_request'),
  signature: harmless('remedied', 'invalid_request'),
  schema: harmless('remedied', 'invalid_request'),
  transient: harmless('same once', 'upstream'),
  overload: harmless('same once', 'overloaded'),
  deadline: harmless('never', 'timeout'),
  network: harmless('same once', 'upstream'),
  bad_body: harmless('same once', 'upstream'),
  empty: harmless('same once', 'upstream'),
}
