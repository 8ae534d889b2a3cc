import { routes } from '../../lib/http/routes.ts'
import { chatWith } from '../../lib/openai/chat/index.ts'
import { withRefusals } from '../../lib/openai/not-offered.ts'
import { responses } from '../../lib/openai/responses/index.ts'
import { responsesMemory } from '../../lib/openai/responses/memory.ts'
import { type Gateway, relay } from '../../lib/relay.ts'
import { fileRoutes } from '../files.ts'
import { modelRoutes } from '../models.ts'
import { withNative } from '../native.ts'
import { wireFunction } from '../wiring.ts'
import { seldomRoutes } from './seldom.ts'

const routesOf = (gateway: Gateway) =>
  withNative(
    withRefusals(
      routes({
        'POST /v1/chat/completions': relay(chatWith(gateway.settings), gateway),
        'POST /v1/responses': relay(responses, gateway, responsesMemory(gateway)),
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
