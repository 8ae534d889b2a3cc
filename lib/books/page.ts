import type { Cost } from '../contract/prices.ts'
import type { Settlement } from '../gemini/upstream/settlement.ts'
import type { Notes } from '../http/exchange.ts'

/** One call, as the line of its request tells of it. `answeredAt`: when its first content came, or its end. */
export interface Call {
  settlement: Settlement
  cost: Cost | undefined
  begunAt: number
  answeredAt: number
}

/** What is known of a request that is under way. */
export interface Page {
  notes: Notes
  calls: Call[]
}
