import { later } from '../../lib/http/later.ts'
import { routes } from '../../lib/http/routes.ts'
import { chatWith } from '../../lib/openai/chat/index.ts'
import { withRefusals } from '../../lib/openai/not-offered.ts'
import { type Gateway, relay } from '../../lib/relay.ts'
import { fileRoutes } from '../files.ts'
import { modelRoutes } from '../models.ts'
import { withNative } from '../native.ts'
import { wireFunction } from '../wiring.ts'
import { seldomRoutes } from './seldom.ts'

/** Loaded by the first request that needs it: in the same place as chats it made each start 5 ms longer. */
const relayResponses = async (gateway: Gateway) => {
  const { responses, responsesMemory } = await import('../../lib/openai/responses/entry.ts')
  return relay(responses, gateway, responsesMemory(gateway))
}

const routesOf = (gateway: Gateway) =>
  withNative(
    withRefusals(
      routes({
        'POST /v1/chat/completions': relay(chatWith(gateway.settings), gateway),
        'POST /v1/responses': later(async () => relayResponses(gateway)),
        ...seldomRoutes(gateway),
        ...modelRoutes(gateway, 'openai'),
        ...fileRoutes(gateway, 'openai'),
      }),
    ),
    gateway,
    'openai',
  )

export const handler = await wireFunction({
  family: 'openai',
  routesOf,
  example: {
    path: '/v1/chat/completions',
    body: {
      model: 'gemini-3.6-flash',
      stream: true,
      reasoning_effort: 'low',
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
      messages: [{ role: 'user', content: 'Hello' }],
    },
  },
})
