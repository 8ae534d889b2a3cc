import { GatewayError } from '../errors.ts'
import type { Handler } from '../http/exchange.ts'

/** Gemini has nothing to answer this with. */
export const moderations: Handler = () => {
  throw new GatewayError('not_found', 'Moderations are not available here: Gemini has no model that classifies texts.')
}
