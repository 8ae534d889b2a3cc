// Anthropic's SDK before the handler before the simulated Gemini.
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { FORMS } from '../../functions/forms.ts'
import { startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { countTokens } from '../../lib/anthropic/count-tokens.ts'
import { readRuntimeSettings } from '../../lib/contract/settings.ts'
import { geminiClient } from '../../lib/gemini/upstream/client.ts'
import { nodeSend } from '../../lib/gemini/upstream/send.ts'
import type { Settlement } from '../../lib/gemini/upstream/settlement.ts'
import { corsFor } from '../../lib/http/cors.ts'
import { front } from '../../lib/http/front.ts'
import { routes } from '../../lib/http/routes.ts'
import { requestOf } from '../http/requests.ts'
import { alone } from '../keys/environment.ts'

const simulated = startSimulatedGemini()
const settled: Settlement[] = []
let anthropic: Anthropic

beforeAll(async () => {
  const { origin } = await simulated
  const gemini = geminiClient({
    send: nodeSend(origin),
    ...alone([{ id: 'k1', key: 'secret', project: 'p1', weight: 1 }]),
    settle: async (settlement) => void settled.push(settlement),
    clock: () => Date.now(),
  })
  const answer = front({
    routes: routes({
      'POST /v1/messages/count_tokens': countTokens({
        gemini,
        settings: readRuntimeSettings(),
        catalogue: { list: async () => [], knows: () => false },
      }),
    }),
    admit: async (request) => ({ ...request, client: { name: 'someone', keyId: 'c1' } }),
    formOf: () => FORMS.anthropic,
    cors: corsFor(['*']),
    bodyLimit: 6 * 1024 * 1024,
    log: () => undefined,
  })
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const sent = new Request(url, init)
    const { pathname } = new URL(sent.url)
    const receivedAt = Date.now()
    const deadline = receivedAt + 60_000
    const body = Buffer.from(await sent.arrayBuffer())
    const reply = await answer(requestOf({ method: sent.method, path: pathname, body, receivedAt, deadline }))
    return new Response(reply.body as string, { status: reply.status, headers: reply.headers })
  }
  anthropic = new Anthropic({ apiKey: 'k', baseURL: 'http://gateway.test', fetch, maxRetries: 0 })
})

afterAll(async () => {
  await (await simulated).close()
})

type Counted = Omit<Anthropic.MessageCountTokensParams, 'model'>

const count = async (asked: Counted): Promise<number> =>
  (await anthropic.messages.countTokens({ model: 'gemini-3.5-flash', ...asked })).input_tokens

const HI: Anthropic.MessageParam[] = [{ role: 'user', content: 'How is the weather in Oslo today?' }]
const TOOLS: Anthropic.Tool[] = [
  { name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
]

test('everything that Gemini would get counts: messages, system text, tools', async () => {
  const messages = await count({ messages: HI })
  const system = await count({ messages: HI, system: 'You are a friendly meteorologist.' })
  const tools = await count({ messages: HI, system: 'You are a friendly meteorologist.', tools: TOOLS })
  expect(messages).toBeGreaterThan(0)
  expect(system).toBeGreaterThan(messages)
  expect(tools).toBeGreaterThan(system)
})

test('calls whose signature is lost are counted too', async () => {
  const history: Anthropic.MessageParam[] = [
    ...HI,
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' }] },
  ]
  expect(await count({ messages: history, tools: TOOLS })).toBeGreaterThan(await count({ messages: HI, tools: TOOLS }))
})

test("an alias is counted by the model that it stands for, and the client's own name is in the books", async () => {
  settled.length = 0
  await anthropic.messages.countTokens({ model: 'claude-haiku-4-5', messages: HI })
  expect(settled).toMatchObject([
    { protocol: 'messages', asked: 'claude-haiku-4-5', model: 'gemini-3.1-flash-lite', outcome: 'complete' },
  ])
})

test('a bad request is refused as one of messages is', async () => {
  await expect(count({ messages: [] })).rejects.toMatchObject({ status: 400, type: 'invalid_request_error' })
  await expect(anthropic.messages.countTokens({ model: 'no-such-model', messages: HI })).rejects.toMatchObject({
    status: 404,
    type: 'not_found_error',
  })
})
