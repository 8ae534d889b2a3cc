import type { Log } from './contract/log.ts'
import { DIMENSIONS, METRICS, PRICE_FIELDS, RECORDS, REQUEST_FIELDS, withMetrics } from './contract/metrics.ts'
import type { Cost } from './contract/prices.ts'
import type { ErrorKind } from './errors.ts'
import { type Settle, type Settlement, toRecord } from './gemini/settlement.ts'
import { type Usage, usageOf } from './gemini/usage.ts'
import type { Ending, Notes, Request } from './http/exchange.ts'
import { CONSEQUENCES } from './keys/faults.ts'
import type { PoolHealth } from './keys/pool.ts'

/** One line in the log for each request, with what all its calls to Gemini came to, and one for each call; the metrics are in them. */
export interface Books {
  settle: Settle
  /** What turns out about a request while it is under way. */
  note(requestId: string, notes: Notes): void
  /** The request is over, with all its calls. Those of which nothing was noted (health checks, preflights) leave no line. */
  close(request: Request, ending: Ending): void
}

export interface BooksParts {
  /** Of the keys as this environment knows them; undefined while it knows none. */
  pool(): PoolHealth | undefined
  clock(): number
  log: Log
}

/** One call, as the line of its request tells of it. `answeredAt`: when its first content came, or its end. */
interface Call {
  settlement: Settlement
  cost: Cost | undefined
  begunAt: number
  answeredAt: number
}

interface Page {
  notes: Notes
  calls: Call[]
}

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

export const requestBooks = ({ pool, clock, log }: BooksParts): Books => {
  const pages = new Map<string, Page>()
  let coldStart = true

  const write = (kind: keyof typeof RECORDS, record: Record<string, unknown>): void => {
    log({ level: 'info', message: RECORDS[kind], ...withMetrics(kind, record, clock()) })
  }

  return {
    settle: async (settlement) => {
      const now = clock()
      const { requestId, duration, firstContent = duration } = settlement
      const begunAt = now - duration
      const cost = await priceOf(settlement, now)
      pages.get(requestId)?.calls.push({ settlement, cost, begunAt, answeredAt: begunAt + firstContent })
      write('call', { ...toRecord(settlement), ...costFields(cost), ...cooldownFields(settlement) })
    },

    note: (requestId, notes) => {
      const { notes: before, calls } = pages.get(requestId) ?? { notes: {}, calls: [] }
      pages.set(requestId, { notes: { ...before, ...notes }, calls })
    },

    close: (request, ending) => {
      const page = pages.get(request.id)
      if (!page) return
      pages.delete(request.id)
      const failure = failureOf(page, ending)
      write('request', {
        ...requestFields(request, page, ending, failure),
        ...poolFields(pool()),
        ...(coldStart && { [REQUEST_FIELDS.coldStart]: true }),
        [METRICS.requests.name]: 1,
        [METRICS.failed.name]: failure !== undefined && !IS_CALLERS[failure] ? 1 : 0,
        ...(failure !== undefined && { [METRICS.errors.name]: 1 }),
        ...(failure === 'stream_cut' && { [METRICS.streamsCut.name]: 1 }),
        [METRICS.duration.name]: (clock() - request.receivedAt) / 1000,
        ...timeFields(request, page, ending),
        ...tokenFields(page),
      })
      coldStart = false
    },
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

const poolFields = (health: PoolHealth | undefined): Record<string, unknown> => ({
  [METRICS.poolHealthy.name]: health ? Math.round((100 * health.healthy) / health.keys) : 0,
  [METRICS.poolDead.name]: health?.dead ?? 0,
  [REQUEST_FIELDS.secretVersion]: health?.version,
})

const cooldownFields = ({ outcome }: Settlement): Record<string, unknown> =>
  outcome !== 'complete' && outcome !== 'broken' && CONSEQUENCES[outcome].cooldown
    ? { [METRICS.cooldowns.name]: 1, [DIMENSIONS.fault]: outcome }
    : {}

const costFields = (cost: Cost | undefined): Record<string, unknown> =>
  cost
    ? { [METRICS.cost.name]: cost.microUsd, [PRICE_FIELDS.since]: cost.since, [PRICE_FIELDS.assumed]: cost.assumed }
    : {}

/** The price list is loaded with the first answer: what waits for it is the end of an invocation, never a client. */
const priceOf = async (settlement: Settlement, at: number): Promise<Cost | undefined> =>
  isPriced(settlement) ? (await import('./contract/prices.ts')).costOf(settlement, at) : undefined

/** Google charges for what a model made; asking for lists, files and counts is free. */
const isPriced = ({ outcome, model, usage }: Settlement): boolean =>
  (outcome === 'complete' || outcome === 'broken') && (Object.keys(usage).length > 0 || MADE_BY_CALL.test(model))
/** Models whose calls are paid by the piece, and whose replies count no tokens. */
const MADE_BY_CALL = /^(?:imagen|veo)/
