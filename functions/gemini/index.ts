import { routes } from '../../lib/http/routes.ts'
import { forward } from '../../lib/native/forward.ts'
import type { Gateway } from '../../lib/relay.ts'
import { modelRoutes } from '../models.ts'
import { wireFunction } from '../wiring.ts'

const routesOf = (gateway: Gateway) => {
  const native = forward(gateway)
  return routes({
    'GET /v1beta/{rest+}': native,
    'POST /v1beta/{rest+}': native,
    'PATCH /v1beta/{rest+}': native,
    'DELETE /v1beta/{rest+}': native,
    ...modelRoutes(gateway, 'gemini'),
    'POST /v1/models/{rest+}': native,
  })
}

export const handler = await wireFunction({
  family: 'gemini',
  routesOf,
  example: {
    path: '/v1beta/models/gemini-3.6-flash:streamGenerateContent',
    query: 'alt=sse',
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  },
})
