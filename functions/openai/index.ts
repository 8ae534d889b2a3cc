import { routes } from '../../lib/http/routes.ts'
import { audioRoutes } from '../../lib/openai/audio/index.ts'
import { chat } from '../../lib/openai/chat/index.ts'
import { completions } from '../../lib/openai/completions/index.ts'
import { embeddings } from '../../lib/openai/embeddings/index.ts'
import { imageRoutes } from '../../lib/openai/images/index.ts'
import { moderations } from '../../lib/openai/moderations.ts'
import { responses } from '../../lib/openai/responses/index.ts'
import { type Gateway, relay } from '../../lib/relay.ts'
import { modelRoutes } from '../models.ts'
import { wireFunction } from '../wiring.ts'

const routesOf = (gateway: Gateway) =>
  routes({
    'POST /v1/chat/completions': relay(chat, gateway),
    'POST /v1/responses': relay(responses, gateway),
    'POST /v1/completions': relay(completions, gateway),
    'POST /v1/embeddings': embeddings(gateway),
    ...imageRoutes(gateway),
    ...audioRoutes(gateway),
    'POST /v1/moderations': moderations,
    ...modelRoutes(gateway, 'openai'),
  })

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
