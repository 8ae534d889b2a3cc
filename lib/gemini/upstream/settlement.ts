import { SETTLE_FIELDS, type SettleField } from '../../contract/metrics.ts'
import type { FaultClass } from '../../keys/faults.ts'
import type { Made } from '../flow.ts'
import { usageOf } from '../usage.ts'
import type { UsageMetadata } from '../wire.ts'

/**
 * What one upstream call was and cost: one record for each try, whatever became of it. Made at the Gemini side for every
 * protocol alike, so that nothing is counted twice or not at all.
 */
export interface Settlement extends Partial<Made> {
  requestId: string
  client: string
  clientKeyId: string
  keyId: string
  project: string
  protocol: string
  /** As the client wrote it, and as Gemini was asked. */
  asked: string
  model: string
  modelVersion: string
  responseId: string
  streamed: boolean
  outcome: 'complete' | 'broken' | FaultClass
  /** From 1. */
  attempt: number
  /** Milliseconds from the start of the call; undefined where nothing came. */
  firstContent: number | undefined
  duration: number
  usage: UsageMetadata
  reasons: readonly string[]
  /** The usage is not Google's own last word. */
  estimated: boolean
}

/** Some embedding models count nothing: for each four bytes of the request a token stands in. */
export const estimateOf = ({
  path,
  body,
}: {
  path: string
  body: string | Buffer | undefined
}): UsageMetadata | undefined =>
  body !== undefined && /:(?:batchEmbedContents|embedContent)\b/.test(path)
    ? { promptTokenCount: Math.ceil(Buffer.byteLength(body) / 4) }
    : undefined

/** Takes each record; what it returns is awaited before the invocation ends. */
export type Settle = (settlement: Settlement) => Promise<void>

/** A settlement in the field names of logs and metrics, with the counts that its usage comes to. */
export const toRecord = (settlement: Settlement): Record<string, unknown> => {
  const { input, cached, output, thoughts } = usageOf(settlement.usage)
  const fields: Partial<Record<SettleField, unknown>> = {
    ...settlement,
    inputTokens: input,
    cachedTokens: cached,
    outputTokens: output,
    thoughtTokens: thoughts,
  }
  return Object.fromEntries(
    Object.entries(SETTLE_FIELDS).flatMap(([field, name]) => {
      const value = fields[field as SettleField]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
