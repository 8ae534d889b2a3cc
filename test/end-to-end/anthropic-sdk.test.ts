// Anthropic's own SDK before the whole gateway: what it promises its users holds.
import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import type { GenerateContentRequest, Json } from '../../lib/gemini/wire.ts'
import { watch } from '../anthropic/watch.ts'

const MODEL = 'gemini-3.5-flash'
const watched = watch()
let gateway: Gateway
let client: Anthropic

beforeAll(async () => {
  gateway = await startGateway()
  client = new Anthropic({ apiKey: 'your-api-key-1', baseURL: gateway.url, fetch: watched.fetch, maxRetries: 0 })
}, 60_000)
afterEach(async () => {
  await watched.check()
  gateway.simulated.reset()
})
afterAll(() => gateway.close())

const asking = (content: string): Anthropic.MessageCreateParamsNonStreaming => ({
  model: MODEL,
  max_tokens: 1024,
  messages: [{ role: 'user', content }],
})

/** The bodies that Gemini got for a method. */
const askedOf = (method: string): Json[] =>
  gateway.simulated.requests.filter(({ path }) => path.endsWith(`:${method}`)).map(({ body }) => body as Json)

test('a message, whole and streamed, is the same', async () => {
  gateway.simulated.script({ thought: 'Hm.', text: 'Soup is hot.' }, { times: 2 })
  const params = { ...asking('Soup?'), thinking: { type: 'adaptive' as const } }
  const whole = await client.messages.create(params)
  const texts: string[] = []
  const stream = client.messages.stream(params).on('text', (text) => texts.push(text))
  const streamed = await stream.finalMessage()
  expect(texts.join('')).toBe('Soup is hot.')
  expect(whole.content.map(({ type }) => type)).toEqual(['thinking', 'text'])
  expect(streamed.content).toEqual(whole.content)
  expect(whole.usage.input_tokens).toBeGreaterThan(0)
  expect(whole._request_id).toBeTruthy()
})

describe.each([
  ['thinking', { type: 'adaptive' as const }],
  ['no thinking', undefined],
])('the tool runner, %s', (_, thinking) => {
  test.each([true, false])('streaming %s', async (stream) => {
    const ran: string[] = []
    const weather = betaTool({
      name: 'get_weather',
      description: 'The weather of a city.',
      inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      run: async ({ city }) => {
        ran.push(city)
        if (city === 'Nowhere') throw new Error('no such city')
        return [{ type: 'text', text: `${city}: rain` }]
      },
    })
    const call = (city: string) => ({ name: 'get_weather', args: { city } })
    gateway.simulated.script({
      agent: [
        { thought: 'Two.', calls: [call('Oslo'), call('Nowhere')] },
        { text: 'And one more.', calls: [call('Rome')] },
        { text: 'Rain, mostly.' },
      ],
    })
    const last = await client.beta.messages
      .toolRunner({ ...asking('Weather?'), ...(thinking && { thinking }), tools: [weather], stream })
      .runUntilDone()
    expect(last.content).toEqual([{ type: 'text', text: 'Rain, mostly.', citations: null }])
    expect(ran).toEqual(['Oslo', 'Nowhere', 'Rome'])
  })
})

test('the tool runner gives and takes tools on the way', async () => {
  const sense = (name: string) =>
    betaTool({ name, description: name, inputSchema: { type: 'object', properties: {} }, run: () => `${name}: rain` })
  gateway.simulated.script([
    { thought: 'See.', calls: [{ name: 'look' }] },
    { calls: [{ name: 'listen' }] },
    { text: 'It rains.' },
  ])
  const runner = client.beta.messages.toolRunner({ ...asking('Weather?'), tools: [sense('look')] })
  let turns = 0
  for await (const _ of runner) {
    if (turns++ > 0) continue
    runner.addTools(sense('listen'))
    runner.removeTools('look')
  }
  expect((await runner).content).toMatchObject([{ type: 'text', text: 'It rains.' }])
  const offered = gateway.simulated.requests.map(({ body }) => (body as GenerateContentRequest).tools)
  expect(offered.map((tools) => tools?.flatMap((tool) => tool.functionDeclarations?.map(({ name }) => name)))).toEqual([
    ['look'],
    ['listen'],
    ['listen'],
  ])
})

test('structured output is parsed', async () => {
  const { parsed_output } = await client.messages.parse({
    ...asking('A city?'),
    output_config: {
      format: {
        type: 'json_schema',
        schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    },
  })
  expect(parsed_output).toEqual({ city: expect.any(String) })
})

describe('counting tokens', () => {
  const rich = {
    model: MODEL,
    system: [{ type: 'text' as const, text: 'Be brief.', cache_control: { type: 'ephemeral' as const } }],
    thinking: { type: 'enabled' as const, budget_tokens: 1024 },
    tools: [
      { name: 'f', description: 'Does f.', input_schema: { type: 'object' as const, properties: { a: {} } } },
      { type: 'bash_20250124' as const, name: 'bash' as const },
    ],
    messages: [
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: 'Look.' },
          {
            type: 'image' as const,
            source: { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0KGgo=' },
          },
        ],
      },
      {
        role: 'assistant' as const,
        content: [{ type: 'tool_use' as const, id: 'toolu_1', name: 'f', input: { a: 1 } }],
      },
      {
        role: 'user' as const,
        content: [{ type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'done', is_error: true }],
      },
    ],
  } satisfies Anthropic.MessageCountTokensParams

  test('counts exactly what the same message sends', async () => {
    const { input_tokens } = await client.messages.countTokens(rich)
    const message = await client.messages.create({ ...rich, max_tokens: 2048 })
    const [{ generateContentRequest = {} } = {}] = askedOf('countTokens')
    const [{ generationConfig, ...sent } = {} as Json] = askedOf('generateContent')
    const { model, generationConfig: countedConfig, ...rest } = generateContentRequest as Json
    expect(model).toBe(`models/${MODEL}`)
    expect(rest).toEqual(sent)
    expect(generationConfig).toEqual({ ...(countedConfig as Json), maxOutputTokens: 2048 })
    expect(input_tokens).toBe(message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0))
  })

  test('as a beta it says what that adds', async () => {
    const { max_tokens: _, ...params } = asking('Hi')
    expect(await client.beta.messages.countTokens(params)).toEqual({
      input_tokens: expect.any(Number),
      context_management: null,
    })
  })
})

test('a beta has the fields that its types promise, whole and streamed', async () => {
  const params = { ...asking('Hi'), betas: ['context-management-2025-06-27'] }
  const whole = await client.beta.messages.create(params)
  const streamed = await client.beta.messages.stream(params).finalMessage()
  for (const { context_management, usage } of [whole, streamed]) {
    expect(context_management).toBeNull()
    expect(usage.iterations).toBeNull()
  }
})

test('models are listed page by page, each once, and found by each name', async () => {
  const ids: string[] = []
  for await (const { id } of client.models.list({ limit: 7 })) ids.push(id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(expect.arrayContaining([MODEL, `claude-${MODEL}`]))
  const last = await client.models.list({ limit: 2, before_id: ids[3] })
  expect(last.data.map(({ id }) => id)).toEqual([ids[1], ids[2]])
  for (const id of [MODEL, `claude-${MODEL}`, 'claude-opus-4-8']) {
    expect(await client.models.retrieve(id)).toMatchObject({ id, display_name: expect.stringMatching(/^Gemini /) })
  }
})

describe('what there is not', () => {
  test('batches', async () => {
    const requests = [{ custom_id: '1', params: asking('Hi') }]
    for (const refused of [client.messages.batches.create({ requests }), client.messages.batches.retrieve('b_1')]) {
      await expect(refused).rejects.toMatchObject({
        status: 404,
        error: { error: { type: 'not_found_error', message: expect.stringContaining('Batches') } },
      })
    }
  })

  test('a path that is not answered says so as Anthropic does', async () => {
    await expect(client.beta.skills.list()).rejects.toMatchObject({
      status: 404,
      error: { type: 'error', error: { type: 'not_found_error' } },
    })
  })
})

describe('failures', () => {
  const send = (model: string, stream = false): Promise<Anthropic.Message> => {
    const params = { ...asking('Hi'), model }
    return stream ? client.messages.stream(params).finalMessage() : client.messages.create(params).then((sent) => sent)
  }

  // Each on a model of its own: for that one the keys rest afterwards.
  test.each([
    ['gemini-2.5-flash', false],
    ['gemini-2.5-pro', true],
  ])('a quota tells when to come back: %s, streaming %s', async (model, stream) => {
    gateway.simulated.fail({ fault: 'error', error: 'minute-quota' }, { times: 5 })
    const thrown = await send(model, stream).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ status: 429, type: 'rate_limit_error', requestID: expect.any(String) })
    const after = Number((thrown as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after'))
    expect(after).toBeGreaterThanOrEqual(1)
    expect(after).toBeLessThanOrEqual(60)
  })

  test('an overloaded model is 529', async () => {
    gateway.simulated.fail({ fault: 'error', error: 'high-demand' }, { times: 5 })
    await expect(send('gemini-2.5-flash-lite')).rejects.toMatchObject({ status: 529, type: 'overloaded_error' })
  })

  test('a prompt that is too long says so in the words that Claude Code compacts on', async () => {
    gateway.simulated.fail({ fault: 'error', error: 'input-too-long' }, { times: 5 })
    await expect(send(MODEL)).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/prompt is too long: \d+ tokens > \d+ maximum/),
    })
  })

  test.each([false, true])('a blocked prompt is a refusal, streaming %s', async (stream) => {
    gateway.simulated.fail({ fault: 'blocked' })
    expect(await send(MODEL, stream)).toMatchObject({ stop_reason: 'refusal', content: [] })
  })

  test('a stream that breaks off ends in an error', async () => {
    gateway.simulated.script({ text: 'Soup. '.repeat(50) })
    gateway.simulated.fail({ fault: 'error-event', after: 1, error: 'high-demand' })
    // Text and error in one read would be a failure before the first content, which another try heals.
    gateway.simulated.pace({ chunkMs: 50 })
    await expect(send(MODEL, true)).rejects.toMatchObject({ error: { error: { type: 'overloaded_error' } } })
    gateway.simulated.pace({ chunkMs: 0 })
  })
})
