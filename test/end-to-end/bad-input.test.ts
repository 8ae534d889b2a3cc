// Nothing a client sends may give a 5xx or end an environment.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'

let gateway: Gateway
/** Where calls go: the gateway's address, or that of a REST API. */
let address: string
beforeAll(async () => {
  gateway = await startGateway()
  address = gateway.url
}, 60_000)
afterAll(() => gateway.close())

const KEY = { authorization: 'Bearer your-api-key-1', 'content-type': 'application/json' }
const call = async (path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown; text: string }> => {
  const response = await fetch(address + path, { method: 'POST', headers: KEY, ...init })
  const text = await response.text()
  return { status: response.status, text, body: parse(text) }
}
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const CHAT = { model: 'gemini-2.5-flash', messages: [{ role: 'user', content: 'hi' }] }
const RESPONSES = { model: 'gemini-2.5-flash', input: 'hi' }
const MESSAGES = { model: 'gemini-2.5-flash', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }
const NATIVE = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }

describe.each(['urls', 'api'] as const)('through %s each family says in its own words what is wrong', (frontDoor) => {
  let door: Gateway
  beforeAll(async () => {
    door = await startGateway({ frontDoor })
    address = door.url
  }, 60_000)
  afterAll(async () => {
    address = gateway.url
    await door.close()
  })

  test.each([
    ['/v1/chat/completions', '{"model"', 400],
    ['/v1/chat/completions', '', 400],
    ['/v1/chat/completions', '[]', 400],
    ['/v1/chat/completions', JSON.stringify({ messages: CHAT.messages }), 400],
    ['/v1/chat/completions', JSON.stringify({ model: 'gemini-2.5-flash' }), 400],
    ['/v1/chat/completions', JSON.stringify({ ...CHAT, model: 'no-such-model' }), 404],
    ['/v1/chat/completions', JSON.stringify({ ...CHAT, temperature: 'warm' }), 400],
    ['/v1/responses', JSON.stringify({ model: 'gemini-2.5-flash', input: 7 }), 400],
    ['/v1/nothing-here', '{}', 404],
  ])('OpenAI: %s %s', async (path, body, status) => {
    const answer = await call(path, { body })
    expect(answer.status).toBe(status)
    expect(Object.keys((answer.body as { error: object }).error).sort()).toEqual(['code', 'message', 'param', 'type'])
  })

  test.each([
    ['{"model"', 400],
    [JSON.stringify({ ...MESSAGES, max_tokens: 'many' }), 400],
    [JSON.stringify({ ...MESSAGES, messages: 'hi' }), 400],
    [JSON.stringify({ ...MESSAGES, model: 'no-such-model' }), 404],
  ])('Anthropic: %s', async (body, status) => {
    const answer = await call('/v1/messages', { body })
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({
      type: 'error',
      error: { type: expect.any(String), message: expect.any(String) },
    })
  })

  test.each([
    ['/v1beta/models/gemini-2.5-flash:generateContent', '{"contents"', 400],
    ['/v1beta/models/gemini-2.5-flash:generateContent', '{"contents":[{"parts":[{"txt":"hi"}]}]}', 400],
    ['/v1beta/models/no-such-model:generateContent', JSON.stringify(NATIVE), 404],
    ['/v1beta/models/../files', '{}', 404],
    ['/v1beta/models/a%2fb:generateContent', '{}', 404],
  ])('Gemini: %s %s', async (path, body, status) => {
    const answer = await call(path, { body })
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({
      error: { code: status, status: expect.any(String), message: expect.any(String) },
    })
  })

  test('the field is named', async () => {
    const answer = await call('/v1/chat/completions', {
      body: JSON.stringify({
        ...CHAT,
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 7 } }] }],
      }),
    })
    expect(answer.body).toMatchObject({ error: { param: expect.stringContaining('messages[0].content') } })
  })

  test('a wrong key, and none', async () => {
    const wrong = { authorization: 'Bearer nobody', 'content-type': 'application/json' }
    expect((await call('/v1/chat/completions', { headers: wrong, body: JSON.stringify(CHAT) })).status).toBe(401)
    expect((await call('/v1/messages', { headers: wrong, body: JSON.stringify(MESSAGES) })).status).toBe(401)
    const google = await call('/v1beta/models/m:generateContent', { headers: wrong, body: JSON.stringify(NATIVE) })
    expect(google.body).toMatchObject({ error: { details: [{ reason: 'API_KEY_INVALID' }] } })
    expect((await call('/v1/responses', { headers: {}, body: JSON.stringify(RESPONSES) })).status).toBe(401)
  })

  test('a wrong method', async () => {
    expect((await call('/v1/chat/completions', { method: 'GET' })).status).toBe(405)
    expect((await call('/v1/messages', { method: 'DELETE' })).status).toBe(405)
  })

  test('a body larger than AWS takes', async () => {
    const body = JSON.stringify({ ...CHAT, messages: [{ role: 'user', content: 'x'.repeat(7 * 1024 * 1024) }] })
    const answer = await call('/v1/chat/completions', { body })
    expect(answer.status).toBe(413)
    expect(answer.body).toMatchObject({ error: { message: expect.any(String) } })
  })
})

const ENDPOINTS: readonly (readonly [path: string, body: object])[] = [
  ['/v1/chat/completions', CHAT],
  ['/v1/responses', RESPONSES],
  ['/v1/messages', MESSAGES],
]

/** Every place in a value, as a path. */
const placesIn = (value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] =>
  typeof value === 'object' && value !== null
    ? [at, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...at, name]))]
    : [at]
const replaced = (value: unknown, [first, ...rest]: readonly (string | number)[], by: unknown): unknown => {
  if (first === undefined) return by
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === String(first) ? replaced(item, rest, by) : item))
  return { ...(value as object), [first]: replaced((value as Record<string, unknown>)[first], rest, by) }
}

/** Bodies with about everything in them that a client may send. */
const RICH: Readonly<Record<string, object>> = JSON.parse(
  readFileSync(new URL('./rich-bodies.json', import.meta.url), 'utf8'),
) as Record<string, object>

describe('fuzz', () => {
  const sound = async (path: string, body: unknown): Promise<void> => {
    const { status, text } = await call(path, { body: JSON.stringify(body) })
    if (status >= 500) throw new Error(`${status} ${text.slice(0, 400)} for ${JSON.stringify(body).slice(0, 2000)}`)
  }

  test.each(ENDPOINTS)(
    '%s: bodies with one thing changed',
    async (path) => {
      const base = RICH[path] ?? {}
      const places = placesIn(base)
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 2 }), async (place, by) => {
          await sound(path, replaced(base, place, by))
        }),
        { numRuns: 670, seed: 1 },
      )
    },
    60_000,
  )

  test.each(ENDPOINTS)(
    '%s: any JSON',
    async (path) => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (body) => {
          await sound(path, body)
        }),
        { numRuns: 170, seed: 2 },
      )
    },
    60_000,
  )

  test('the environments are those that began, and still serve', async () => {
    for (const [path, body] of ENDPOINTS) expect((await call(path, { body: JSON.stringify(body) })).status).toBe(200)
    expect(gateway.logs.filter(({ text }) => /exit|crash/i.test(text))).toEqual([])
  })
})
