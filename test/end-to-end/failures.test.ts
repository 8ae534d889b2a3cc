// What a client sees when Gemini fails, on the real runtime client, one request a process as in Lambda.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type Fault, type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'

let gemini: SimulatedGemini
let gateway: Gateway
beforeAll(async () => {
  gemini = await startSimulatedGemini({ pace: { chunkCharacters: 8 } })
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    // A suspended project stays so for all tests, as the environments share what they know.
    geminiKeys: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => ({ key: `canary-${name}-key`, project: name })),
    shared: false,
  })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})
beforeEach(() => gemini.reset())

const MODEL = 'gemini-3.6-flash'
const SAID = 'one two three four five six seven eight nine ten'
type Protocol = 'chat' | 'responses' | 'messages' | 'gemini'
const PROTOCOLS: readonly Protocol[] = ['chat', 'responses', 'messages', 'gemini']

const REQUESTS: Record<Protocol, (stream: boolean) => [path: string, body: object]> = {
  chat: (stream) => ['/v1/chat/completions', { model: MODEL, stream, messages: [{ role: 'user', content: 'count' }] }],
  responses: (stream) => ['/v1/responses', { model: MODEL, stream, input: 'count' }],
  messages: (stream) => [
    '/v1/messages',
    { model: MODEL, stream, max_tokens: 500, messages: [{ role: 'user', content: 'count' }] },
  ],
  gemini: (stream) => [
    `/v1beta/models/${MODEL}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    { contents: [{ role: 'user', parts: [{ text: 'count' }] }] },
  ],
}

const ask = async (protocol: Protocol, stream: boolean): Promise<{ status: number; text: string }> => {
  const [path, body] = REQUESTS[protocol](stream)
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: 'Bearer your-api-key-1', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, text: await response.text() }
}

/** The protocol's own word that the stream failed, and none that it ended well. */
const ENDS_IN_ERROR: Record<Protocol, (text: string) => boolean> = {
  chat: (text) => /\ndata: \{"error":\{"message":.*\}\}\n\n$/.test(text) && !text.includes('[DONE]'),
  responses: (text) => /\nevent: response\.failed\ndata: .*\n\n$/.test(text) && !text.includes('response.completed'),
  messages: (text) => /\nevent: error\ndata: \{"type":"error".*\}\n\n$/.test(text) && !text.includes('message_stop'),
  gemini: (text) => /\{\s*"error":\s*\{[\s\S]*\}\s*\}\s*$/.test(text) && !text.includes('"finishReason"'),
}
const isWhole = (text: string): boolean => text.replace(/[^a-z]/g, '').length > 0 && /ten/.test(text)

/** Faults that leave the status to us, before any content. */
const EARLY: readonly (readonly [string, Fault])[] = [
  ['a reset', { fault: 'reset' }],
  ['an end without anything', { fault: 'end', after: 0 }],
  ['an error event at once', { fault: 'error-event', after: 0, error: 'overloaded' }],
  ['HTML', { fault: 'html', status: 502 }],
  ['an empty body', { fault: 'empty-body' }],
  ['a minute quota', { fault: 'error', error: 'minute-quota' }],
  ['an overloaded model', { fault: 'error', error: 'overloaded' }],
  ['an internal error', { fault: 'error', error: 'internal' }],
  ['a suspended project', { fault: 'error', error: 'suspended' }],
]
const LATE: readonly (readonly [string, Fault])[] = [
  ['a reset', { fault: 'reset', bytes: 900 }],
  ['an end without a finish reason', { fault: 'end', after: 3 }],
  ['an end inside an event', { fault: 'cut', bytes: 900 }],
  ['a bare error', { fault: 'error-tail', after: 3 }],
  ['an error event', { fault: 'error-event', after: 3 }],
]

describe.each(PROTOCOLS)('%s', (protocol) => {
  test.each(EARLY)('%s is healed by another try', async (_, fault) => {
    gemini.script([{ text: SAID }, { text: SAID }, { text: SAID }])
    gemini.fail(fault)
    const { status, text } = await ask(protocol, true)
    expect([status, isWhole(text)]).toEqual([200, true])
  })

  test.each(LATE)('after the first content, %s becomes its error event', async (_, fault) => {
    gemini.script({ text: SAID })
    gemini.fail(fault)
    const { status, text } = await ask(protocol, true)
    expect(status).toBe(200)
    expect(ENDS_IN_ERROR[protocol](text) ? 'ends in an error' : text).toBe('ends in an error')
  })

  test('when every project is out of quota the client hears when to come back', async () => {
    gemini.fail({ fault: 'error', error: 'minute-quota' }, { times: 10 })
    const { status, text } = await ask(protocol, false)
    expect(status).toBe(429)
    expect(text).not.toMatch(/canary|project/i)
    await gateway.restart()
  })

  test('the next request is served as if nothing had been', async () => {
    gemini.script({ text: SAID })
    const { status, text } = await ask(protocol, false)
    expect([status, isWhole(text)]).toEqual([200, true])
  })
})

test('no environment ended by itself, and no key stands in any log line', () => {
  const lines = gateway.logs.map(({ text }) => text).join('\n')
  expect(lines).not.toMatch(/exited|Runtime\.ExitError/)
  expect(lines).not.toContain('canary-')
})

test('keys go up in one header alone', async () => {
  await ask('chat', false)
  expect(gemini.requests.at(-1)?.credentials).toEqual(['x-goog-api-key'])
})
