import { routes } from '../../lib/http/routes.ts'
import { forward } from '../../lib/native/forward.ts'
import type { Gateway } from '../../lib/relay.ts'
import { fileRoutes } from '../files.ts'
import { modelRoutes } from '../models.ts'
import { laterUploads } from '../native.ts'
import { wireFunction } from '../wiring.ts'

const routesOf = (gateway: Gateway) => {
  const native = forward(gateway)
  const upload = laterUploads(gateway)
  return routes({
    'GET /v1beta/{rest+}': native,
    'HEAD /v1beta/{rest+}': native,
    'POST /v1beta/{rest+}': native,
    'PATCH /v1beta/{rest+}': native,
    'DELETE /v1beta/{rest+}': native,
    ...modelRoutes(gateway, 'gemini'),
    ...fileRoutes(gateway, 'gemini'),
    'GET /v1/{rest+}': native,
    'HEAD /v1/{rest+}': native,
    'POST /v1/{rest+}': native,
    'PATCH /v1/{rest+}': native,
    'DELETE /v1/{rest+}': native,
    'POST /upload/{rest+}': upload,
    'PUT /upload/{rest+}': upload,
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
