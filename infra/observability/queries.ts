// What an operator asks the logs, in the language of CloudWatch Logs Insights: saved with the stack, shown on the dashboard, run by `npm run usage`.
import {
  DIMENSIONS,
  METRICS,
  PRICE_FIELDS,
  RECORDS,
  REQUEST_FIELDS,
  SETTLE_FIELDS,
} from '../../lib/contract/metrics.ts'

/** A field as a query names it. */
const field = (name: string): string => `\`${name}\``
const sum = (name: string, as: string): string => `sum(${field(name)}) as ${as}`
const only = (message: string, ...conditions: string[]): string =>
  `filter ${[`message = "${message}"`, ...conditions].join(' and ')}`

/** One row for each client and model. Costs are in micro-dollars: whole numbers add up exactly. */
const usage = [
  only(RECORDS.call, `${field(SETTLE_FIELDS.model)} != ""`),
  `stats ${[
    `count_distinct(${field(SETTLE_FIELDS.requestId)}) as requests`,
    sum(SETTLE_FIELDS.inputTokens, 'input'),
    sum(SETTLE_FIELDS.cachedTokens, 'cached'),
    sum(SETTLE_FIELDS.outputTokens, 'output'),
    sum(SETTLE_FIELDS.thoughtTokens, 'thoughts'),
    sum(SETTLE_FIELDS.images, 'images'),
    sum(SETTLE_FIELDS.searches, 'searches'),
    sum(METRICS.cost.name, 'micro_usd'),
    `count(${field(PRICE_FIELDS.assumed)}) as assumed`,
  ].join(', ')} by ${field(SETTLE_FIELDS.client)}, ${field(SETTLE_FIELDS.model)}`,
  'sort micro_usd desc',
  'limit 10000',
]

const errors = [
  only(RECORDS.request, `ispresent(${field(DIMENSIONS.error)})`),
  `fields @timestamp, ${[
    DIMENSIONS.error,
    REQUEST_FIELDS.status,
    REQUEST_FIELDS.client,
    REQUEST_FIELDS.path,
    REQUEST_FIELDS.model,
    REQUEST_FIELDS.requestId,
  ]
    .map(field)
    .join(', ')}`,
  'sort @timestamp desc',
  'limit 100',
]

const slow = [
  only(RECORDS.request, `ispresent(${field(METRICS.timeToFirstToken.name)})`),
  `fields @timestamp, ${[
    METRICS.timeToFirstToken.name,
    METRICS.duration.name,
    METRICS.overhead.name,
    METRICS.tries.name,
    REQUEST_FIELDS.coldStart,
    REQUEST_FIELDS.client,
    REQUEST_FIELDS.model,
    REQUEST_FIELDS.requestId,
  ]
    .map(field)
    .join(', ')}`,
  `sort ${field(METRICS.timeToFirstToken.name)} desc`,
  'limit 50',
]

const keyFaults = [
  only(RECORDS.call, `ispresent(${field(DIMENSIONS.fault)})`),
  `stats count(*) as times, max(@timestamp) as last_time by ${[SETTLE_FIELDS.project, SETTLE_FIELDS.keyId, DIMENSIONS.fault, SETTLE_FIELDS.model].map(field).join(', ')}`,
  'sort last_time desc',
  'limit 100',
]

export type QueryName = 'usage' | 'errors' | 'slow' | 'keyFaults'

/** Each with the name under which it is saved. */
export const QUERIES: Record<QueryName, { title: string; lines: readonly string[] }> = {
  usage: { title: 'Usage by client and model', lines: usage },
  errors: { title: 'Errors', lines: errors },
  slow: { title: 'Slow requests', lines: slow },
  keyFaults: { title: 'Keys that had to rest', lines: keyFaults },
}

export const queryText = (name: QueryName): string => QUERIES[name].lines.join('\n| ')
