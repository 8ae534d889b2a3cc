import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Reply, Request } from '../../lib/http/exchange.ts'
import { normalizePath } from '../../lib/http/path.ts'
import { type RouteHandler, routes } from '../../lib/http/routes.ts'
import { requestOf, textOf } from './requests.ts'

/** A handler that answers with its name and parameters. */
const named =
  (name: string): RouteHandler<Request> =>
  (_request, parameters): Reply => ({ status: 200, headers: {}, body: JSON.stringify([name, parameters]) })

const table = routes<Request>({
  'POST /v1/chat/completions': named('chat'),
  'GET /v1/models/{id}': named('model'),
  'GET /v1/models/special': named('special'),
  'POST /v1/models/{model}:{method}': named('native'),
  'POST /v1beta/{rest+}': named('rest'),
  'GET /v1/a.b': named('dot'),
})

const ask = async (method: string, path: string): Promise<unknown> => {
  const match = table(method, path)
  if (match.kind === 'wrong method') return match.allow
  if (match.kind === 'unknown') return 'unknown'
  return JSON.parse(textOf(await match.handle(requestOf({ method, path }))))
}

describe('routes', () => {
  test.each([
    ['POST', '/v1/chat/completions', ['chat', {}]],
    ['GET', '/v1/chat/completions', ['POST']],
    ['GET', '/v1/models/x%2Fy', ['model', { id: 'x/y' }]],
    ['GET', '/v1/models/special', ['special', {}]],
    ['GET', '/v1/models/constructor', ['model', { id: 'constructor' }]],
    ['DELETE', '/v1/models/special', ['GET']],
    ['DELETE', '/v1/models/m:generate', ['GET', 'POST']],
    ['POST', '/v1/models/m:generate', ['native', { model: 'm', method: 'generate' }]],
    ['POST', '/v1/models/m:a:b', ['native', { model: 'm', method: 'a:b' }]],
    ['POST', '/v1beta//a/%2e%2e/b', ['rest', { rest: '/a/%2e%2e/b' }]],
    ['GET', '/v1/models/', 'unknown'],
    ['GET', '/v1/models/a/b', 'unknown'],
    ['GET', '/v1/aXb', 'unknown'],
    ['GET', '/v1/models', 'unknown'],
    ['GET', '/__proto__', 'unknown'],
  ])('%s %s', async (method, path, expected) => {
    expect(await ask(method, path)).toEqual(expected)
  })

  test('a malformed percent-encoding is the client’s fault', async () => {
    await expect(ask('GET', '/v1/models/%E0%A4')).rejects.toMatchObject({ kind: 'invalid_request' })
  })

  test('names of parameters are known to the compiler', () => {
    routes<Request, 'GET /a/{one}/{two+}'>({
      'GET /a/{one}/{two+}': (_request, { one, two }) => ({ status: 200, headers: {}, body: one + two }),
    })
    routes<Request, 'GET /a/{one}'>({
      // @ts-expect-error there is no `two` in the route
      'GET /a/{one}': (_request, { two }) => ({ status: 200, headers: {}, body: String(two) }),
    })
  })

  test('a long path of colons takes no time', () => {
    const started = performance.now()
    table('POST', `/v1/models/${':'.repeat(100_000)}/`)
    table('POST', `/v1/models/${'a:'.repeat(100_000)}/`)
    expect(performance.now() - started).toBeLessThan(200)
  })
})

describe('paths', () => {
  test.each([
    ['/openai/v1/models', '/v1/models'],
    ['/anthropic/v1/messages/', '/v1/messages'],
    ['/gemini/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
    ['/openai/v1/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/v1', '/v1'],
    ['/openai', '/'],
    ['/', '/'],
    ['', '/'],
    ['/openaiish/v1', '/openaiish/v1'],
    ['/v1/v1beta/x', '/v1/v1beta/x'],
    ['/v1beta//models', '/v1beta//models'],
    ['/v1beta/files/a%2f..%2fb/../c', '/v1beta/files/a%2f..%2fb/../c'],
    ['/v1beta/models//', '/v1beta/models//'],
  ])('%s → %s', (raw, path) => {
    expect(normalizePath(raw)).toBe(path)
  })

  test('what is suspicious stays as it is', () => {
    const piece = fc.constantFrom('/', '//', '..', '%2e', '%2F', '\\', ';', '?', 'v1', 'openai', 'files', '%00')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const raw = `/v1beta/${pieces.join('')}x`
        expect(normalizePath(raw)).toBe(raw)
      }),
    )
  })
})
