// F26: what a hostile client can send before its body: paths and headers that others normalise.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { askRaw, type RawReply } from './faults/raw.ts'
import { CLIENT_KEY, MODEL, requestOf, VARIANTS } from './faults/variants.ts'

const GEMINI_KEYS = ['canary-gemini-a', 'canary-gemini-b']
const PROMPT = 'canary-prompt'

let gemini: SimulatedGemini
let gateway: Gateway
/** Everything that clients got, heads included. */
const given: string[] = []
beforeAll(async () => {
  gemini = await startSimulatedGemini()
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    geminiKeys: GEMINI_KEYS.map((key, index) => ({ key, project: `project-${index}` })),
    clientKeys: [CLIENT_KEY],
  })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})
beforeEach(() => gemini.reset())

const NATIVE = `/v1beta/models/${MODEL}:generateContent`
const BODY = JSON.stringify(requestOf({ protocol: 'native', stream: false }, PROMPT, MODEL)[1])

const raw = async (target: string, headers: readonly string[] = [], body = BODY): Promise<RawReply> => {
  const answer = await askRaw(gateway.url, target, headers, body)
  given.push(answer.reply)
  return answer
}

describe('F26 a path', () => {
  test.each([
    '/v1beta/models/../files',
    '/v1beta/models/..%2ffiles:generateContent',
    '/v1beta/models/%2e%2e/files',
    '/v1beta/models/%252e%252e:generateContent',
    '/v1beta//models/x:generateContent',
    '//v1beta/models/x:generateContent',
    '/v1beta/models/x;y=z:generateContent',
    '/v1beta/models/x%00:generateContent',
    '/v1beta/models/x%0d%0ax-a:%20b:generateContent',
    '/v1beta/models/x%5c..:generateContent',
    '/v1beta/models/x%3fkey=y:generateContent',
    '/v1beta/models/x%23y:generateContent',
    '/v1beta/models/x:generateContent:generateContent',
    '/v1beta/models/@evil.example:generateContent',
    '/v1beta/http://evil.example/x',
    '/v2/models/x:generateContent',
    '/v1beta/models/%zz:generateContent',
    '/v1/chat/completions/../../v1beta/files',
  ])('%s goes nowhere', async (target) => {
    const { status } = await raw(target)
    expect([status >= 400, status < 500]).toEqual([true, true])
    expect(gemini.requests).toEqual([])
  })

  test('with a host of its own, or a header that names one, still goes to Google', async () => {
    const targets: [string, string[]][] = [
      [`http://evil.example${NATIVE}`, []],
      [NATIVE, ['Host: evil.example']],
      [NATIVE, ['Host: evil.example/?', 'x-forwarded-host: evil.example', 'forwarded: host=evil.example']],
    ]
    for (const [target, headers] of targets) await raw(target, headers)
    const { host } = new URL(gemini.origin)
    expect(gemini.requests.every(({ headers }) => headers.host === host)).toBe(true)
    expect(gemini.requests.length).toBeGreaterThanOrEqual(2)
  })

  test('takes no key, no token and no machinery of Google’s along', async () => {
    await raw(`${NATIVE}?key=a&access_token=b&%24userProject=c&$alt=d&quotaUser=e`)
    expect(gemini.requests[0]?.query).toEqual({ quotaUser: 'e' })
  })
})

describe('F26 headers', () => {
  test('that Google need not know stay here', async () => {
    const nosy = [
      'Authorization: Bearer canary-other-key',
      'Cookie: canary-cookie=1',
      'Forwarded: for=canary-address',
      'X-Forwarded-For: canary-address',
      'X-Goog-User-Project: canary-project',
      'X-Amz-Security-Token: canary-token',
      'Proxy-Authorization: canary-proxy',
      'Connection: x-mine',
      'X-Mine: canary-mine',
      'Accept-Encoding: gzip',
    ]
    for (const protocol of ['chat', 'responses', 'messages', 'native'] as const) {
      const [path, body] = requestOf({ protocol, stream: true }, PROMPT, MODEL)
      await raw(path, nosy, JSON.stringify(body))
    }
    expect(gemini.requests).toHaveLength(4)
    const allowed = ['connection', 'content-length', 'content-type', 'host', 'transfer-encoding', 'x-goog-api-key']
    for (const { headers, credentials } of gemini.requests) {
      expect(Object.keys(headers).filter((name) => !allowed.includes(name))).toEqual([])
      expect(JSON.stringify(headers)).not.toMatch(/canary-(?:other|cookie|address|project|token|proxy|mine|client)/)
      expect(credentials).toEqual(['x-goog-api-key'])
    }
  })

  test('of Google’s that clients need not know stay here, too', async () => {
    const headers = {
      'set-cookie': 'canary-cookie=1',
      'x-debug-project': 'canary-project',
      'access-control-allow-origin': 'evil',
    }
    const reply = { candidates: [{ content: { role: 'model', parts: [{ text: 'hi' }] }, finishReason: 'STOP' }] }
    gemini.script({ status: 200, body: reply, headers })
    const { status, reply: text } = await raw(NATIVE)
    expect(status).toBe(200)
    expect(text).not.toMatch(/canary|evil|server: /i)
  })

  describe.each(VARIANTS)('$protocol, streamed: $stream:', (variant) => {
    const [path, body] = requestOf(variant, PROMPT, MODEL)
    const json = JSON.stringify(body)
    test.each([
      ['a megabyte', [`x-long: ${'a'.repeat(2 ** 20)}`]],
      ['a NUL', ['x-nul: a\0b']],
      ['two lengths', ['content-length: 5']],
      ['a length and chunks', ['transfer-encoding: chunked']],
    ])('%s is refused, and the next request served', async (_, headers) => {
      const { status } = await raw(path, headers, json)
      expect([Number.isNaN(status) || status >= 400, status >= 500]).toEqual([true, false])
      expect(gemini.requests).toEqual([])
      expect((await raw(path, [], json)).status).toBe(200)
    })
  })
})

test.each(['chat', 'responses', 'messages'] as const)('%s: half a character in a text is none', async (protocol) => {
  const [path, body] = requestOf({ protocol, stream: false }, `${PROMPT} \ud83d`, MODEL)
  expect((await raw(path, [], JSON.stringify(body))).status).toBe(200)
  expect(JSON.stringify(gemini.requests[0]?.body)).toContain(`${PROMPT} \ufffd`)
})

test('F26 costs no environment, and no key is in anything that left us', () => {
  const outputs = [...given, ...gateway.logs.map(({ text }) => text)].join('\n')
  for (const canary of [CLIENT_KEY, ...GEMINI_KEYS, 'canary-other-key']) expect(outputs).not.toContain(canary)
  expect(gateway.logs.map(({ text }) => text).join('\n')).not.toMatch(/canary/)
  expect(gateway.logs.filter(({ source }) => source === 'platform')).toEqual([])
})
