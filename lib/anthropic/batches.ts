import { GatewayError } from '../errors.ts'
import type { Handler } from '../http/exchange.ts'

const refuse: Handler = () => {
  throw new GatewayError(
    'not_found',
    'There are no Message Batches here. Send each request to /v1/messages, or a batch through the Gemini API.',
  )
}

/** https://platform.claude.com/docs/en/api/messages/batches: a client learns that there are none, not that its URL is wrong. */
export const batchRoutes = {
  'POST /v1/messages/batches': refuse,
  'GET /v1/messages/batches': refuse,
  'GET /v1/messages/batches/{rest+}': refuse,
  'POST /v1/messages/batches/{rest+}': refuse,
  'DELETE /v1/messages/batches/{rest+}': refuse,
} as const satisfies Record<string, Handler>
