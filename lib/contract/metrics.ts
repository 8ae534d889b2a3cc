/**
 * What is counted, and what it is called: in the log's records, in the metrics, on the dashboard and in alarms.
 * Names follow OpenTelemetry's conventions for generative AI where those have one.
 * https://github.com/open-telemetry/semantic-conventions-genai
 */

export const NAMESPACE = 'Triglot'

export type MetricUnit = 'Count' | 'Milliseconds' | 'Seconds' | 'Percent' | 'None'

/** What some metrics are split by: fields of the record. Each value is a metric of its own on the bill, so there are few. */
export const DIMENSIONS = { error: 'error.type', fault: 'triglot.fault' } as const
export type Dimension = (typeof DIMENSIONS)[keyof typeof DIMENSIONS]

export interface Metric {
  /** Also the field of the record that holds its value. */
  name: string
  unit: MetricUnit
  by?: Dimension
}

/** On the record of a request. Clients, models and keys are fields to query by: as dimensions they would be dear. */
const OF_REQUESTS = {
  requests: { name: 'triglot.requests', unit: 'Count' },
  /** 1 for a request that failed through no fault of its caller, else 0: the average is the rate. */
  failed: { name: 'triglot.requests.failed', unit: 'Count' },
  errors: { name: 'triglot.errors', unit: 'Count', by: DIMENSIONS.error },
  duration: { name: 'gen_ai.server.request.duration', unit: 'Seconds' },
  timeToFirstToken: { name: 'gen_ai.server.time_to_first_token', unit: 'Seconds' },
  /** What of the time until the reply was not spent waiting for Gemini. */
  overhead: { name: 'triglot.overhead', unit: 'Milliseconds' },
  tries: { name: 'triglot.tries', unit: 'Count' },
  failovers: { name: 'triglot.failovers', unit: 'Count' },
  streamsCut: { name: 'triglot.streams.cut', unit: 'Count' },
  /** Of all Gemini keys, as this environment knows them. */
  poolHealthy: { name: 'triglot.pool.healthy', unit: 'Percent' },
  poolDead: { name: 'triglot.pool.dead', unit: 'Count' },
  /** The counts of all its calls. */
  inputTokens: { name: 'gen_ai.usage.input_tokens', unit: 'Count' },
  cachedTokens: { name: 'gen_ai.usage.cache_read.input_tokens', unit: 'Count' },
  outputTokens: { name: 'gen_ai.usage.output_tokens', unit: 'Count' },
  thoughtTokens: { name: 'gen_ai.usage.reasoning.output_tokens', unit: 'Count' },
  /** Millionths of a US dollar, at Google's list price. */
  cost: { name: 'triglot.cost_micro_usd', unit: 'None' },
} as const satisfies Record<string, Metric>

/** On the record of a call to Gemini, since a request may have several reasons. */
const OF_CALLS = {
  cooldowns: { name: 'triglot.cooldowns', unit: 'Count', by: DIMENSIONS.fault },
} as const satisfies Record<string, Metric>

export const METRICS = { ...OF_REQUESTS, ...OF_CALLS }

/** The record of one request: what it holds → its name in the log. */
export const REQUEST_FIELDS = {
  requestId: 'request_id',
  client: 'client',
  clientKeyId: 'client_key_id',
  method: 'http.request.method',
  path: 'url.path',
  status: 'http.response.status_code',
  error: DIMENSIONS.error,
  protocol: 'protocol',
  asked: 'model_asked',
  model: 'gen_ai.request.model',
  modelVersion: 'gen_ai.response.model',
  streamed: 'gen_ai.request.stream',
  /** The calls to Gemini, in the order in which they ended: key, project, outcome, milliseconds. */
  calls: 'calls',
  coldStart: 'cold_start',
  secretVersion: 'secret_version',
  /** Not all counts are Gemini's own last word. */
  estimated: 'estimated',
} as const satisfies Record<string, string>

/** The record of one call to Gemini: field of a settlement, or what is worked out from it → its name in the log. */
export const SETTLE_FIELDS = {
  requestId: 'request_id',
  client: 'client',
  clientKeyId: 'client_key_id',
  keyId: 'key_id',
  project: 'project',
  protocol: 'protocol',
  /** As the client wrote it. */
  asked: 'model_asked',
  model: 'gen_ai.request.model',
  modelVersion: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  reasons: 'gen_ai.response.finish_reasons',
  streamed: 'gen_ai.request.stream',
  outcome: 'outcome',
  /** Which try of its request this call was, from 1. */
  attempt: 'attempt',
  /** Milliseconds. */
  firstContent: 'first_content_ms',
  duration: 'duration_ms',
  inputTokens: METRICS.inputTokens.name,
  cachedTokens: METRICS.cachedTokens.name,
  outputTokens: METRICS.outputTokens.name,
  thoughtTokens: METRICS.thoughtTokens.name,
  /** The whole usageMetadata, as Gemini sent it. */
  usage: 'usage',
  images: 'images',
  seconds: 'seconds',
  searches: 'searches',
  /** The counts are not Gemini's own last word. */
  estimated: 'estimated',
} as const satisfies Record<string, string>

export type SettleField = keyof typeof SETTLE_FIELDS

/** What the price of a call was worked out from, on its record. */
export const PRICE_FIELDS = {
  /** The day from which the price held. */
  since: 'triglot.price_since',
  /** The model whose price stands in for one that the price list doesn't know. */
  assumed: 'triglot.priced_as',
} as const

/** The `message` of each kind of record. */
export const RECORDS = { request: 'request', call: 'settled' } as const

/** Whose metrics a record holds. */
const METRICS_OF: Record<keyof typeof RECORDS, readonly Metric[]> = {
  request: Object.values(OF_REQUESTS),
  call: Object.values(OF_CALLS),
}

/**
 * A record with the instructions by which CloudWatch makes metrics of its fields: all that are its kind's, and that it has.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const withMetrics = (
  kind: keyof typeof RECORDS,
  record: Record<string, unknown>,
  at: number,
): Record<string, unknown> => {
  const present = METRICS_OF[kind].filter(({ name }) => record[name] !== undefined)
  if (present.length === 0) return record
  const directive = (by: Dimension | undefined) => ({
    Namespace: NAMESPACE,
    Dimensions: [by === undefined ? [] : [by]],
    Metrics: present.filter((metric) => metric.by === by).map(({ name, unit }) => ({ Name: name, Unit: unit })),
  })
  const directives = [undefined, ...Object.values(DIMENSIONS)].map(directive)
  return {
    ...record,
    _aws: { Timestamp: at, CloudWatchMetrics: directives.filter(({ Metrics }) => Metrics.length > 0) },
  }
}
