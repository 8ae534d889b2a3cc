import { batchRoutes } from '../../lib/anthropic/batches.ts'
import { countTokens } from '../../lib/anthropic/count-tokens.ts'
import { betaMessages, isBeta, messages } from '../../lib/anthropic/index.ts'
import { routes } from '../../lib/http/routes.ts'
import { type Gateway, relay } from '../../lib/relay.ts'
import { fileRoutes } from '../files.ts'
import { modelRoutes } from '../models.ts'
import { wireFunction } from '../wiring.ts'

const routesOf = (gateway: Gateway) => {
  const plain = relay(messages, gateway)
  const beta = relay(betaMessages, gateway)
  return routes({
    'POST /v1/messages': (request) => (isBeta(request) ? beta : plain)(request),
    'POST /v1/messages/count_tokens': countTokens(gateway),
    ...batchRoutes,
    ...modelRoutes(gateway, 'anthropic'),
    ...fileRoutes(gateway, 'anthropic'),
  })
}

export const handler = await wireFunction({
  family: 'anthropic',
  routesOf,
  example: {
    path: '/v1/messages',
    body: {
      model: 'gemini-3.6-flash',
      max_tokens: 1000,
      stream: true,
      thinking: { type: 'adaptive' },
      tools: [{ name: 'f', input_schema: { type: 'object', properties: { a: { type: 'integer' } } } }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    },
  },
})
