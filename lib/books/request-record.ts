import { METRICS, REQUEST_FIELDS } from '../contract/metrics.ts'
import type { ErrorKind } from '../errors.ts'
import { type Usage, usageOf } from '../gemini/usage.ts'
import type { Ending, Request } from '../http/exchange.ts'
import { CONSEQUENCES } from '../keys/faults.ts'
import type { PoolHealth } from '../keys/pool.ts'
import type { Page } from './page.ts'

/** A 2xx reply whose stream ended in an error event. */
type Failure = ErrorKind | 'stream_cut'

/** Whose fault a failure is: what a caller did wrong is not the gateway's to count. */
const IS_CALLERS: Record<Failure, boolean> = {
  invalid_request: true,
  context_too_long: true,
  authentication: true,
  permission: true,
  not_found: true,
  model_not_found: true,
  method_not_allowed: true,
  conflict: true,
  too_large: true,
  quota_minute: false,
  quota_day: false,
  pool_dead: false,
  overloaded: false,
  upstream: false,
  timeout: false,
  unavailable: false,
  internal: false,
  stream_cut: false,
}

const LONGEST_PATH = 200

/** What the log says of a request that is over at `now`; milliseconds since 1970. */
export const requestRecord = (
  request: Request,
  page: Page,
  ending: Ending,
  health: PoolHealth | undefined,
  now: number,
): Record<string, unknown> => {
  const failure = failureOf(page, ending)
  return {
    ...requestFields(request, page, ending, failure),
    ...poolFields(health, failure),
    [METRICS.requests.name]: 1,
    [METRICS.failed.name]: failure !== undefined && !IS_CALLERS[failure] ? 1 : 0,
    ...(failure !== undefined && { [METRICS.errors.name]: 1 }),
    ...(failure === 'stream_cut' && { [METRICS.streamsCut.name]: 1 }),
    [METRICS.duration.name]: (now - request.receivedAt) / 1000,
    ...timeFields(request, page, ending),
    ...tokenFields(page),
  }
}

const requestFields = (request: Request, { notes, calls }: Page, { status }: Ending, failure: Failure | undefined) => {
  const last = calls.at(-1)?.settlement
  return {
    [REQUEST_FIELDS.requestId]: request.id,
    [REQUEST_FIELDS.client]: notes.client?.name,
    [REQUEST_FIELDS.clientKeyId]: notes.client?.keyId,
    [REQUEST_FIELDS.method]: request.method,
    [REQUEST_FIELDS.path]: request.path.slice(0, LONGEST_PATH),
    [REQUEST_FIELDS.status]: status,
    [REQUEST_FIELDS.error]: failure,
    [REQUEST_FIELDS.protocol]: last?.protocol,
    [REQUEST_FIELDS.asked]: last?.asked,
    [REQUEST_FIELDS.model]: last?.model,
    [REQUEST_FIELDS.modelVersion]: last?.modelVersion,
    [REQUEST_FIELDS.streamed]: last?.streamed,
    [REQUEST_FIELDS.calls]: calls.map(({ settlement }) => ({
      key_id: settlement.keyId,
      project: settlement.project,
      outcome: settlement.outcome,
      ms: settlement.duration,
    })),
  }
}

/** What went wrong: as the client was told, or after its status had gone out. */
const failureOf = ({ notes, calls }: Page, { status }: Ending): Failure | undefined => {
  if (notes.error !== undefined) return notes.error
  if (calls.some(({ settlement }) => settlement.outcome === 'broken')) return 'stream_cut'
  const last = calls.at(-1)?.settlement.outcome
  if (status >= 400 || last === undefined || last === 'complete' || last === 'broken') return undefined
  return CONSEQUENCES[last].kind
}

const timeFields = ({ receivedAt }: Request, { calls }: Page, { repliedAt }: Ending): Record<string, number> => {
  const [first] = calls
  if (!first) return {}
  const begunAt = Math.min(...calls.map((call) => call.begunAt))
  const answers = calls.map(({ answeredAt }) => answeredAt).filter((at) => at <= repliedAt)
  const afterwards = answers.length > 0 ? repliedAt - Math.max(...answers) : 0
  const streamed = calls.find(({ settlement }) => settlement.streamed && settlement.firstContent !== undefined)
  return {
    [METRICS.overhead.name]: begunAt - receivedAt + afterwards,
    [METRICS.tries.name]: calls.length,
    [METRICS.failovers.name]: calls.filter(({ settlement }) => settlement.attempt > 1).length,
    ...(streamed && { [METRICS.timeToFirstToken.name]: (streamed.answeredAt - receivedAt) / 1000 }),
  }
}

/** Of all calls together, so that a request can be looked at without them. */
const tokenFields = ({ calls }: Page): Record<string, unknown> => {
  if (calls.length === 0) return {}
  const usages = calls.map(({ settlement }) => usageOf(settlement.usage))
  const sum = (count: keyof Usage): number => usages.reduce((total, usage) => total + usage[count], 0)
  return {
    [METRICS.inputTokens.name]: sum('input'),
    [METRICS.cachedTokens.name]: sum('cached'),
    [METRICS.outputTokens.name]: sum('output'),
    [METRICS.thoughtTokens.name]: sum('thoughts'),
    [METRICS.cost.name]: calls.reduce((total, { cost }) => total + (cost?.microUsd ?? 0), 0),
    ...(calls.some(({ settlement }) => settlement.estimated) && { [REQUEST_FIELDS.estimated]: true }),
  }
}

/** An environment that has no list yet, because it has only just started, says nothing; one that can get none has no usable key. */
const poolFields = (health: PoolHealth | undefined, failure: Failure | undefined): Record<string, unknown> => {
  if (!health) return failure === 'unavailable' ? { [METRICS.poolHealthy.name]: 0 } : {}
  return {
    [METRICS.poolHealthy.name]: healthyShare(health),
    [METRICS.poolDead.name]: health.dead,
    [REQUEST_FIELDS.secretVersion]: health.version,
  }
}

/** In whole per cent: 0 for none at all alone, and below 50 for whatever is less than half. Alarms go by both. */
const healthyShare = ({ healthy, keys }: PoolHealth): number =>
  healthy > 0 ? Math.max(1, Math.floor((100 * healthy) / keys)) : 0
