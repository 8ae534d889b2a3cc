import { DIMENSIONS, METRICS, PRICE_FIELDS } from '../contract/metrics.ts'
import type { Cost } from '../contract/prices.ts'
import { type Settlement, toRecord } from '../gemini/upstream/settlement.ts'
import { CONSEQUENCES } from '../keys/faults.ts'

/** What the log says of one call to Gemini. */
export const callRecord = (settlement: Settlement, cost: Cost | undefined): Record<string, unknown> => ({
  ...toRecord(settlement),
  ...(cost && {
    [METRICS.cost.name]: cost.microUsd,
    [PRICE_FIELDS.since]: cost.since,
    [PRICE_FIELDS.assumed]: cost.assumed,
  }),
  ...cooldownFields(settlement),
})

const cooldownFields = ({ outcome }: Settlement): Record<string, unknown> =>
  outcome !== 'complete' && outcome !== 'broken' && CONSEQUENCES[outcome].cooldown
    ? { [METRICS.cooldowns.name]: 1, [DIMENSIONS.fault]: outcome }
    : {}

/** The price list is loaded with the first answer: what waits for it is the end of an invocation, never a client. */
export const priceOf = async (settlement: Settlement, at: number): Promise<Cost | undefined> =>
  isPriced(settlement) ? (await import('../contract/prices.ts')).costOf(settlement, at) : undefined

/** Google charges for what a model made; asking for lists, files and counts is free. */
const isPriced = ({ outcome, model, usage }: Settlement): boolean =>
  (outcome === 'complete' || outcome === 'broken') && (Object.keys(usage).length > 0 || MADE_BY_CALL.test(model))
/** Models whose calls are paid by the piece, and whose replies count no tokens. */
const MADE_BY_CALL = /^(?:imagen|veo)/
