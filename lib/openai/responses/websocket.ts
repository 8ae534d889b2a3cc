import { GatewayError } from '../../errors.ts'
import type { Handler } from '../../http/exchange.ts'
import { errorObject } from '../errors.ts'

/**
 * Codex first tries a WebSocket. No function can hold one, and at 426 Codex goes on by HTTP at once, whereas at anything else
 * it tries again five times and tells its user. On its way through AWS the request can have lost what makes it an upgrade.
 */
export const noWebSocket: Handler = ({ method, path, headers }) => {
  const asked = headers.upgrade ?? headers['sec-websocket-key'] ?? headers['openai-beta']?.match(/websocket/)?.[0]
  if (asked === undefined) throw new GatewayError('method_not_allowed', `${path} does not answer ${method}.`)
  const error = new GatewayError('method_not_allowed', 'There are no WebSockets here: POST the request instead.')
  return {
    status: 426,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: errorObject(error) }),
  }
}
