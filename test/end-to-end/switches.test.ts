// Suffixes of model names and the operator's switches, in every family: what Gemini gets, and what clients read.
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import type { Json } from '../../lib/gemini/wire.ts'
import { asked, HEADERS, PROTOCOLS, post } from './families.ts'

const KEY = 'your-api-key-1'
const SAID = 'a text that is long enough for more than one chunk of a stream, if it were one'

interface Upstream {
  path: string
  body: Json & { generationConfig?: { thinkingConfig?: Json } & Json; tools?: Json[]; safetySettings?: Json[] }
}
const last = ({ simulated }: Gateway): Upstream => simulated.requests.at(-1) as unknown as Upstream

describe('by the model’s name', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway()
  }, 60_000)
  afterAll(() => gateway.close())
  beforeEach(() => gateway.simulated.reset())

  const NAME = 'gemini-3.6-flash-high-search-fake'
  describe.each(PROTOCOLS)('%s', (protocol) => {
    test('level, search and a stream of a whole answer', async () => {
      gateway.simulated.script({ text: SAID })
      const { status, text } = await post(gateway, ...asked(protocol, true, NAME))
      expect({ status, said: text.includes(SAID) }).toEqual({ status: 200, said: true })
      const { path, body } = last(gateway)
      expect(path).toBe('/v1beta/models/gemini-3.6-flash:generateContent')
      expect(body.generationConfig?.thinkingConfig?.thinkingLevel).toBe('HIGH')
      expect(body.tools).toEqual([{ googleSearch: {} }])
      if (protocol !== 'gemini') expect(text).toContain(`"model":"${NAME}"`)
    })

    test('a whole answer is as it was', async () => {
      const { status, text } = await post(gateway, ...asked(protocol, false, 'gemini-2.5-flash(8192)-real'))
      const { path, body } = last(gateway)
      expect({ status, path }).toEqual({ status: 200, path: '/v1beta/models/gemini-2.5-flash:generateContent' })
      expect(body.generationConfig?.thinkingConfig?.thinkingBudget).toBe(8192)
      if (protocol !== 'gemini') expect(text).toContain('"model":"gemini-2.5-flash(8192)-real"')
    })
  })

  test('a failure of a whole answer is healed like any other, and told with its own status', async () => {
    gateway.simulated.fail({ fault: 'error', error: 'internal' })
    const healed = await post(gateway, ...asked('chat', true, 'gemini-3.6-flash-fake'))
    expect(healed.text).toMatch(/data: \[DONE\]\n\n$/)
    gateway.simulated.fail({ fault: 'error', error: 'bad-argument' }, { times: 4 })
    for (const protocol of PROTOCOLS) {
      const { status } = await post(gateway, ...asked(protocol, true, 'gemini-3.6-flash-fake'))
      expect([protocol, status]).toEqual([protocol, 400])
    }
  })

  test('SDKs read such a stream', async () => {
    gateway.simulated.script([{ text: SAID }, { text: SAID }, { text: SAID }])
    const openai = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'hello' }]
    const model = 'gemini-3.6-flash-fake'
    const chat = openai.chat.completions.stream({ model, messages })
    expect((await chat.finalChatCompletion()).choices[0]?.message.content).toBe(SAID)
    const anthropic = new Anthropic({ apiKey: KEY, baseURL: gateway.url, maxRetries: 0 })
    expect(await anthropic.messages.stream({ model, max_tokens: 100, messages }).finalText()).toBe(SAID)
    const google = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.url } })
    let text = ''
    for await (const chunk of await google.models.generateContentStream({ model, contents: 'hello' }))
      text += chunk.text
    expect(text).toBe(SAID)
  })

  test('without alt=sse a native stream is an array', async () => {
    gateway.simulated.script({ text: SAID })
    const [path, body] = asked('gemini', true, 'gemini-3.6-flash-fake')
    const { text } = await post(gateway, path.replace('?alt=sse', ''), body)
    expect(JSON.parse(text)).toMatchObject([{ candidates: [{ content: { parts: [{ text: SAID }] } }] }])
  })

  test('native bytes are the client’s own where a name says nothing', async () => {
    const raw = '{ "contents": [ {"parts":[{"text":"hi"}]} ],\n "generationConfig": {"seed": 1.0} }'
    const send = (name: string, body: string) =>
      fetch(`${gateway.url}/v1beta/models/${name}:generateContent`, { method: 'POST', headers: HEADERS, body })
    expect((await send('gemini-3.6-flash', raw)).status).toBe(200)
    const plain = gateway.simulated.requests.at(-1)?.bytes
    expect(plain).toBe(Buffer.byteLength(raw))
    expect((await send('gemini-3.6-flash-fake', raw)).status).toBe(200)
    expect(gateway.simulated.requests.at(-1)).toMatchObject({ bytes: plain, path: expect.stringMatching(/flash:gen/) })
  })

  test('a count is of the request with its tools', async () => {
    const messages = [{ role: 'user', content: 'hello' }]
    await post(gateway, '/v1/messages/count_tokens', { model: 'gemini-3.6-flash-search', messages })
    expect(last(gateway)).toMatchObject({
      path: '/v1beta/models/gemini-3.6-flash:countTokens',
      body: { generateContentRequest: { model: 'models/gemini-3.6-flash', tools: [{ googleSearch: {} }] } },
    })
    const name = 'gemini-3.6-flash%28low%29-search'
    const counted = await post(gateway, `/v1beta/models/${name}:countTokens`, {
      generateContentRequest: { model: `models/${name}`, contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    })
    expect(counted.status).toBe(200)
    expect(last(gateway)).toMatchObject({
      path: '/v1beta/models/gemini-3.6-flash:countTokens',
      body: { generateContentRequest: { model: 'models/gemini-3.6-flash', tools: [{ googleSearch: {} }] } },
    })
  })

  test('the record of a call knows both names', () => {
    // Of calls long over: a record may be a moment later than its reply.
    const asked = gateway.logs.filter(({ text }) => text.includes(`"model_asked":"${NAME}"`))
    expect(asked.some(({ text }) => text.includes('"gen_ai.request.model":"gemini-3.6-flash"'))).toBe(true)
  })
})

describe('by the operator’s settings', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({
      settings: {
        allowedModels: ['gemini-3.6-flash', 'gemini-2.5-*'],
        modelAliases: { house: 'gemini-3.6-flash', other: 'gemini-3.7-flash' },
        defaultModel: 'house(low)',
        force: ['thinking', 'search', 'code', 'url'],
        safety: 'BLOCK_NONE',
        streaming: 'fake',
      },
    })
  }, 60_000)
  afterAll(() => gateway.close())
  beforeEach(() => gateway.simulated.reset())

  test.each(PROTOCOLS)('%s gets what is forced, and nothing else than it asks for itself', async (protocol) => {
    const { status, text } = await post(gateway, ...asked(protocol, true))
    expect([status, text.length > 0]).toEqual([200, true])
    const { path, body } = last(gateway)
    expect(path).toBe('/v1beta/models/gemini-3.6-flash:generateContent')
    expect(body.generationConfig?.thinkingConfig).toEqual({ includeThoughts: true })
    expect(body.tools).toEqual([{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }])
    expect(body.safetySettings).toHaveLength(4)
    for (const { threshold } of body.safetySettings ?? []) expect(threshold).toBe('BLOCK_NONE')
    await post(gateway, ...asked(protocol, true, 'gemini-3.6-flash-real'))
    expect(last(gateway).path).toBe('/v1beta/models/gemini-3.6-flash:streamGenerateContent')
  })

  test('a client’s own word counts more', async () => {
    const [path, body] = asked('chat', false)
    const safety = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }]
    await post(gateway, path, {
      ...body,
      reasoning_effort: 'none',
      extra_body: { google: { safety_settings: safety } },
    })
    expect(last(gateway).body).toMatchObject({
      safetySettings: safety,
      generationConfig: { thinkingConfig: { includeThoughts: false } },
    })
  })

  test('pictures and sound are held to the safety default alone', async () => {
    const safety = [4, undefined]
    await post(gateway, '/v1/images/generations', { model: 'gemini-2.5-flash-image', prompt: 'a kitten' })
    expect([last(gateway).body.safetySettings?.length, last(gateway).body.tools]).toEqual(safety)
    const speech = { model: 'gemini-2.5-flash-preview-tts', voice: 'alloy', input: 'Hello', response_format: 'pcm' }
    await post(gateway, '/v1/audio/speech', speech)
    expect([last(gateway).body.safetySettings?.length, last(gateway).body.tools]).toEqual(safety)
  })

  test('a request that names no model gets the default', async () => {
    for (const protocol of ['chat', 'responses', 'messages'] as const) {
      const [path, body] = asked(protocol, false)
      const { status, text } = await post(gateway, path, { ...body, model: undefined })
      expect([protocol, status]).toEqual([protocol, 200])
      expect(text).toContain('"model":"house(low)"')
      expect(last(gateway).body.generationConfig?.thinkingConfig?.thinkingLevel).toBe('LOW')
    }
  })

  describe('a model that is not allowed', () => {
    const REFUSAL: Record<(typeof PROTOCOLS)[number], object> = {
      chat: { error: { type: 'invalid_request_error', code: 'model_not_allowed', param: 'model' } },
      responses: { error: { type: 'invalid_request_error', code: 'model_not_allowed', param: 'model' } },
      messages: { type: 'error', error: { type: 'permission_error' } },
      gemini: { error: { code: 403, status: 'PERMISSION_DENIED' } },
    }
    test.each(PROTOCOLS)('is refused by %s in its form, and Gemini hears nothing of it', async (protocol) => {
      for (const model of ['gemini-3.7-flash', 'gemini-3.7-flash-high', 'gemini-3.6-flash-lite', 'other']) {
        const [path, body] = asked(protocol, true, model)
        const reply = await fetch(gateway.url + path, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) })
        expect([reply.status, reply.headers.get('x-should-retry')]).toEqual([403, 'false'])
        expect(await reply.json()).toMatchObject(REFUSAL[protocol])
      }
      expect(gateway.simulated.requests).toEqual([])
    })

    test('wherever else it is named', async () => {
      const body = { model: 'gemini-3.7-flash' }
      for (const [path, more] of [
        ['/v1/embeddings', { model: 'gemini-embedding-001', input: 'x' }],
        ['/v1/images/generations', { model: 'gemini-3-pro-image', prompt: 'x' }],
        ['/v1/audio/speech', { model: 'tts-1', input: 'x', voice: 'alloy' }],
        ['/v1/completions', { ...body, prompt: 'x' }],
        ['/v1/messages/count_tokens', { ...body, messages: [{ role: 'user', content: 'x' }] }],
        ['/v1beta/models/gemini-embedding-001:embedContent', { content: { parts: [{ text: 'x' }] } }],
        ['/v1beta/tunedModels/mine:generateContent', { contents: [] }],
        ['/v1beta/cachedContents', { model: 'models/gemini-3.7-flash', contents: [] }],
        [
          '/v1beta/models/gemini-3.6-flash:batchGenerateContent',
          { batch: { input_config: { requests: { requests: [{ request: { ...body, contents: [] } }] } } } },
        ],
        ['/v1beta/models/gemini-3.6-flash:countTokens', { generateContentRequest: { ...body, contents: [] } }],
        ['/v1beta/interactions', { ...body, input: 'x' }],
        ['/v1beta/interactions', { agent: 'deep-research-preview', background: true, input: 'x' }],
        [
          '/v1beta/interactions',
          { agent: 'gemini-2.5-agent', agent_config: { type: 'antigravity', ...body }, input: 'x' },
        ],
      ] as const) {
        expect([path, (await post(gateway, path, more)).status]).toEqual([path, 403])
      }
      expect(gateway.simulated.requests).toEqual([])
    })

    test('is in no list', async () => {
      const openai = new OpenAI({ apiKey: KEY, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
      const anthropic = new Anthropic({ apiKey: KEY, baseURL: gateway.url, maxRetries: 0 })
      const google = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.url } })
      const ids: string[] = []
      for await (const { id } of openai.models.list()) ids.push(id)
      for await (const { id } of anthropic.models.list()) ids.push(id.replace(/^claude-/, ''))
      for await (const { name = '' } of await google.models.list({ config: { pageSize: 2 } })) {
        ids.push(name.replace('models/', ''))
      }
      expect(ids).toContain('house')
      expect(ids.filter((id) => !/^(?:gemini-3\.6-flash|gemini-2\.5-.*|house)$/.test(id))).toEqual([])
      expect(ids.filter((id) => id === 'gemini-3.6-flash')).toHaveLength(4)
      await expect(openai.models.retrieve('gemini-3.7-flash')).rejects.toMatchObject({ status: 403 })
      await expect(google.models.get({ model: 'gemini-3.7-flash' })).rejects.toMatchObject({ status: 403 })
      expect(await google.models.get({ model: 'gemini-3.6-flash' })).toMatchObject({ name: 'models/gemini-3.6-flash' })
    })
  })
})
