import type { AdmittedRequest } from '../lib/http/exchange.ts'
import { later } from '../lib/http/later.ts'
import type { RouteHandler } from '../lib/http/routes.ts'
import type { Gateway } from '../lib/relay.ts'
import { type Family, familyOf } from './forms.ts'
import { laterNative } from './native.ts'

/** The files, in the form of each request's client: every function answers for all three. */
export const fileRoutes = (gateway: Gateway, own: Family) => {
  const native = laterNative(gateway)
  const openai = async () => (await import('../lib/openai/files/index.ts')).files(gateway)
  const anthropic = async () => (await import('../lib/anthropic/files.ts')).files(gateway)

  const byFamily = <Name extends string>(
    handlers: Record<Exclude<Family, 'gemini'>, RouteHandler<AdmittedRequest, Name>>,
  ): RouteHandler<AdmittedRequest, Name> => {
    return (request, parameters) => {
      const family = familyOf(request, own)
      return family === 'gemini' ? native(request) : handlers[family](request, parameters)
    }
  }
  return {
    'POST /v1/files': byFamily({
      openai: later(async () => (await openai()).create),
      anthropic: later(async () => (await anthropic()).create),
    }),
    'GET /v1/files': byFamily({
      openai: later(async () => (await openai()).list),
      anthropic: later(async () => (await anthropic()).list),
    }),
    'GET /v1/files/{id}': byFamily({
      openai: later(async () => (await openai()).retrieve),
      anthropic: later(async () => (await anthropic()).retrieve),
    }),
    'DELETE /v1/files/{id}': byFamily({
      openai: later(async () => (await openai()).remove),
      anthropic: later(async () => (await anthropic()).remove),
    }),
    'GET /v1/files/{id}/content': byFamily({
      openai: later(async () => (await openai()).content),
      anthropic: later(async () => (await anthropic()).download),
    }),
  } as const
}
