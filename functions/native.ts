import { GatewayError } from '../lib/errors.ts'
import type { AdmittedRequest, Handler } from '../lib/http/exchange.ts'
import { later } from '../lib/http/later.ts'
import type { Routes } from '../lib/http/routes.ts'
import type { Gateway } from '../lib/relay.ts'
import { type Family, familyOf, GOOGLE_OR_OTHERS, GOOGLES } from './forms.ts'

/** Google's own calls, for functions that seldom hear one. */
export const laterNative = (gateway: Gateway): Handler => {
  const native = later(async () => (await import('../lib/native/forward.ts')).forward(gateway))
  return (request) => native(request, {})
}

export const laterUploads = (gateway: Gateway): Handler => {
  const upload = later(async () => (await import('../lib/native/uploads.ts')).uploads(gateway))
  return (request) => upload(request, {})
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'])

/**
 * A family's routes, and Google's collections below `/v1`, which its newest SDK asks for by default, and which a front door
 * that goes by paths sends to whom the rest of `/v1` belongs.
 */
export const withNative = (own: Routes, gateway: Gateway, family: Family): Routes => {
  const native = laterNative(gateway)
  const byClient: Handler = (request) =>
    familyOf(request, family) === 'gemini' ? native(request) : answerOwn(own, request)
  return (method, path) => {
    if (!METHODS.has(method)) return own(method, path)
    if (GOOGLES.test(path)) return { kind: 'found', handle: native }
    return GOOGLE_OR_OTHERS.test(path) ? { kind: 'found', handle: byClient } : own(method, path)
  }
}

const answerOwn = (own: Routes, request: AdmittedRequest) => {
  const { method, path } = request
  const match = own(method, path)
  switch (match.kind) {
    case 'found':
      return match.handle(request)
    case 'wrong method':
      throw new GatewayError('method_not_allowed', `${path} does not answer ${method}.`)
    case 'unknown':
      throw new GatewayError('not_found', `Unknown path: ${method} ${path}`)
  }
}
