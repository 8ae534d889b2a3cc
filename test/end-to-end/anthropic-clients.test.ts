// What is built on Anthropic's API, before the whole gateway: the AI SDK's provider, which checks every reply against
// schemas of its own, and LangChain, which writes its history in a form of its own.
import { createAnthropic } from '@ai-sdk/anthropic'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { ChatAnthropic } from '@langchain/anthropic'
import {
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { generateText, jsonSchema, type ModelMessage, Output, stepCountIs, streamText, tool } from 'ai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import type { GenerateContentRequest, Part } from '../../lib/gemini/wire.ts'
import { watch } from '../anthropic/watch.ts'

const MODEL = 'gemini-3.5-flash'
const watched = watch()
let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway()
}, 60_000)
afterEach(async () => {
  await watched.check()
  gateway.simulated.reset()
})
afterAll(() => gateway.close())

const asked = (): GenerateContentRequest[] =>
  gateway.simulated.requests.map(({ body }) => body as GenerateContentRequest)

/** The parts of the model's own turns in the latest request. */
const replayed = (): Part[] =>
  asked()
    .at(-1)
    ?.contents.flatMap(({ role, parts }) => (role === 'model' ? parts : [])) ?? []

const call = (city: string) => ({ name: 'get_weather', args: { city } })
const TWO_STEPS = {
  agent: [{ thought: 'Two cities.', calls: [call('Oslo'), call('Rome')] }, { text: 'Rain in both.' }],
}
const CITY = { type: 'object' as const, properties: { city: { type: 'string' as const } }, required: ['city'] }

describe('the AI SDK', () => {
  const provider = () =>
    createAnthropic({ apiKey: 'your-api-key-1', baseURL: `${gateway.url}/v1`, fetch: watched.fetch })
  const common = () => ({ model: provider()(MODEL), maxRetries: 0, maxOutputTokens: 4096 })
  const THINKING = { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } } as const

  const weather = tool({
    description: 'The weather of a city.',
    inputSchema: jsonSchema<{ city: string }>(CITY),
    execute: ({ city }) => `${city}: rain`,
  })
  const tools = { get_weather: weather }
  const signed = () => replayed().filter(({ thoughtSignature }) => thoughtSignature).length

  test.each([
    ['thinking', THINKING],
    ['no thinking', undefined],
  ])('tools over two steps, %s', async (_, providerOptions) => {
    gateway.simulated.script(TWO_STEPS)
    const options = { ...common(), prompt: 'Weather?', tools, stopWhen: stepCountIs(3), providerOptions }
    const whole = await generateText(options)
    expect(whole.text).toBe('Rain in both.')
    expect(signed()).toBe(1)
    const streamed = streamText(options)
    await streamed.consumeStream()
    expect(await streamed.text).toBe('Rain in both.')
    expect(signed()).toBe(1)
    expect(whole.steps[0]?.reasoningText).toBe(providerOptions && 'Two cities.')
    expect((await streamed.steps)[0]?.reasoningText).toBe(providerOptions && 'Two cities.')
  })

  test('an object that fits its schema', async () => {
    const output = Output.object({ schema: jsonSchema<{ city: string }>(CITY) })
    expect((await generateText({ ...common(), prompt: 'A city?', output })).output).toEqual({
      city: expect.any(String),
    })
  })

  test('pictures and documents', async () => {
    const { usage } = await generateText({
      ...common(),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'file', mediaType: 'application/pdf', data: Buffer.from('%PDF-1.4'), filename: 'a.pdf' },
            { type: 'file', mediaType: 'image/png', data: Buffer.from('iVBORw0KGgo=', 'base64') },
            { type: 'file', mediaType: 'image/png', data: new URL('https://a.example/a.png') },
            { type: 'text', text: 'What is this?' },
          ],
        },
      ],
    })
    expect(usage.inputTokens).toBeGreaterThan(0)
    expect(asked()[0]?.contents[0]?.parts.map((part) => Object.keys(part)[0])).toEqual([
      'text',
      'inlineData',
      'inlineData',
      'fileData',
      'text',
    ])
  })

  /** One turn with a tool that Gemini runs, streamed and whole, and a second turn that has the first in its history. */
  const hosted = async (prompt: string, serverTools: NonNullable<Parameters<typeof generateText>[0]['tools']>) => {
    const options = { ...common(), tools: serverTools }
    const first = await generateText({ ...options, prompt })
    const streamed = streamText({ ...options, prompt })
    await streamed.consumeStream()
    // The provider adds a part of its own to what is streamed.
    const kinds = (await streamed.content).map(({ type }) => type).filter((type) => type !== 'custom')
    expect(kinds.sort()).toEqual(first.content.map(({ type }) => type).sort())
    const history: ModelMessage[] = [{ role: 'user', content: prompt }, ...first.response.messages]
    await generateText({ ...options, messages: [...history, { role: 'user', content: 'And then?' }] })
    return first
  }

  test('a web search names its pages, and can be built on', async () => {
    const { sources, toolResults } = await hosted('Soup?', {
      web_search: provider().tools.webSearch_20250305({ maxUses: 2 }),
    })
    expect(sources.length).toBeGreaterThan(0)
    expect(toolResults[0]).toMatchObject({ toolName: 'web_search', output: [{ type: 'web_search_result' }, {}, {}] })
    expect(asked()[0]?.tools).toEqual([{ googleSearch: {} }])
    expect(JSON.stringify(replayed())).toContain('Pages found')
  })

  test('a page is read', async () => {
    const { toolResults } = await hosted('What is on https://a.example/menu ?', {
      web_fetch: provider().tools.webFetch_20250910({ citations: { enabled: true } }),
    })
    expect(toolResults).toMatchObject([{ toolName: 'web_fetch', output: { url: 'https://a.example/menu' } }])
    expect(asked()[0]?.tools).toEqual([{ urlContext: {} }])
    expect(JSON.stringify(replayed())).toContain('https://a.example/menu')
  })

  test('code is run, and run again in the next turn', async () => {
    const { toolResults } = await hosted('What is 12 * 13?', {
      code_execution: provider().tools.codeExecution_20250825(),
    })
    expect(toolResults).toMatchObject([{ toolName: 'code_execution', output: { stdout: 'result=156\n' } }])
    expect(replayed().map((part) => Object.keys(part)[0])).toEqual(['executableCode', 'codeExecutionResult', 'text'])
  })

  test('a deferred tool can be called beside a search for tools', async () => {
    gateway.simulated.script(TWO_STEPS)
    const { text } = await generateText({
      ...common(),
      prompt: 'Weather?',
      stopWhen: stepCountIs(3),
      tools: {
        search: provider().tools.toolSearchBm25_20251119(),
        get_weather: { ...weather, providerOptions: { anthropic: { deferLoading: true } } },
      },
    })
    expect(text).toBe('Rain in both.')
  })
})

describe('LangChain', () => {
  const model = (more: object = {}): ChatAnthropic =>
    new ChatAnthropic({
      model: MODEL,
      apiKey: 'your-api-key-1',
      anthropicApiUrl: gateway.url,
      clientOptions: { fetch: watched.fetch },
      maxRetries: 0,
      maxTokens: 4096,
      ...more,
    })
  const TOOL = { name: 'get_weather', description: 'The weather of a city.', input_schema: CITY }

  const gathered = async (from: ChatAnthropic, messages: BaseMessage[]): Promise<AIMessageChunk> => {
    let whole: AIMessageChunk | undefined
    for await (const chunk of await from.stream(messages)) whole = whole ? whole.concat(chunk) : chunk
    if (!whole) throw new Error('nothing was streamed')
    return whole
  }

  test('says the same whole and streamed, and counts it once', async () => {
    gateway.simulated.script({ text: 'Soup is hot, and so is tea.' }, { times: 2 })
    const messages = [new SystemMessage('Be brief.'), new HumanMessage('Soup?')]
    const whole = await model().invoke(messages)
    const streamed = await gathered(model(), messages)
    expect(streamed.text).toBe(whole.text)
    expect(streamed.usage_metadata).toMatchObject({
      input_tokens: whole.usage_metadata?.input_tokens,
      output_tokens: whole.usage_metadata?.output_tokens,
    })
  })

  test.each([
    ['thinking', { thinking: { type: 'enabled', budget_tokens: 2048 } }],
    ['no thinking', {}],
  ])('calls tools and goes on, %s', async (_, more) => {
    gateway.simulated.script(TWO_STEPS)
    const bound = model(more).bindTools([TOOL]) as ChatAnthropic
    const question = new HumanMessage('Weather?')
    for (const turn of [await bound.invoke([question]), await gathered(bound, [question])]) {
      const calls = turn.tool_calls ?? []
      expect(calls.map(({ args }) => args)).toEqual([{ city: 'Oslo' }, { city: 'Rome' }])
      const results = calls.map(({ id = '' }) => new ToolMessage({ tool_call_id: id, content: 'rain' }))
      expect((await bound.invoke([question, turn, ...results])).text).toBe('Rain in both.')
      expect(replayed().filter(({ thoughtSignature }) => thoughtSignature)).toHaveLength(1)
    }
  })

  test.each(['functionCalling', 'jsonSchema'] as const)('structured output by %s', async (method) => {
    const structured = model().withStructuredOutput({ title: 'city', ...CITY }, { method })
    expect(await structured.invoke('A city?')).toEqual({ city: expect.any(String) })
  })

  // It drops the results of pages and code from what it gathered of a stream, and sends the uses alone.
  test.each([
    ['a search', { type: 'web_search_20250305', name: 'web_search' }, 'Soup?'],
    ['a page', { type: 'web_fetch_20250910', name: 'web_fetch' }, 'Read https://a.example/menu'],
    ['code', { type: 'code_execution_20250825', name: 'code_execution' }, 'What is 12 * 13?'],
  ])('%s, streamed, can stand in the history', async (_, serverTool, prompt) => {
    const bound = model().bindTools([serverTool]) as ChatAnthropic
    const question = new HumanMessage(prompt)
    const first = await gathered(bound, [question])
    expect(JSON.stringify(first.content)).toContain('server_tool_use')
    expect((await bound.invoke([question, first, new HumanMessage('And then?')])).text).toBeTruthy()
  })
})
