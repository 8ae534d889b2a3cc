/**
 * What is counted, and what it is called: in the log's records, in the metrics, on dashboards and in alarms.
 * Names follow OpenTelemetry's conventions for generative AI where those have one.
 * https://github.com/open-telemetry/semantic-conventions-genai
 */

export const NAMESPACE = 'Triglot'

export type MetricUnit = 'Count' | 'Milliseconds'

/** Each metric and its unit, as CloudWatch knows them. */
export const METRICS = {
  Requests: 'Count',
  Errors: 'Count',
  TimeToFirstToken: 'Milliseconds',
  Overhead: 'Milliseconds',
  Duration: 'Milliseconds',
  Tries: 'Count',
  Failovers: 'Count',
  Cooldowns: 'Count',
  PoolHealthy: 'Count',
  PoolDead: 'Count',
  InputTokens: 'Count',
  CachedTokens: 'Count',
  OutputTokens: 'Count',
  ThoughtTokens: 'Count',
  StreamsCut: 'Count',
} as const satisfies Record<string, MetricUnit>

export type MetricName = keyof typeof METRICS

/** What metrics are split by. Clients and keys are fields of the record only: as dimensions they would be dear. */
export const DIMENSIONS = ['Protocol', 'Model', 'Outcome'] as const

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
  inputTokens: 'gen_ai.usage.input_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  thoughtTokens: 'gen_ai.usage.reasoning.output_tokens',
  /** The whole usageMetadata, as Gemini sent it. */
  usage: 'usage',
  images: 'images',
  seconds: 'seconds',
  searches: 'searches',
  /** The counts are not Gemini's own last word. */
  estimated: 'estimated',
} as const satisfies Record<string, string>

export type SettleField = keyof typeof SETTLE_FIELDS
