// What is built on Chat, before the whole gateway: the AI SDK's provider for what is compatible with OpenAI, and LangChain, which
// keeps of a call nothing but its id, name and arguments, and speaks Responses as well.
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import {
  embedMany,
  generateImage,
  generateText,
  jsonSchema,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from 'ai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import type { GenerateContentRequest, Part } from '../../lib/gemini/wire.ts'

const MODEL = 'gemini-3.6-flash'
const KEY = 'your-api-key-1'
let gateway: Gateway
let baseURL: string

beforeAll(async () => {
  gateway = await startGateway()
  baseURL = `${gateway.url}/v1`
}, 60_000)
afterEach(() => gateway.simulated.reset())
afterAll(() => gateway.close())

const asked = (): GenerateContentRequest[] =>
  gateway.simulated.requests.map(({ body }) => body as GenerateContentRequest)

const partsBy = (wanted: 'model' | 'user'): Part[] =>
  asked()
    .at(-1)
    ?.contents.flatMap(({ role, parts }) => (role === wanted ? parts : [])) ?? []

const call = (city: string) => ({ name: 'get_weather', args: { city } })
const THREE_STEPS = {
  agent: [
    { thought: 'Two cities.', calls: [call('Oslo'), call('Rome')] },
    { calls: [call('Bern')] },
    { text: 'Rain in all of them.' },
  ],
}
const CITY = { type: 'object' as const, properties: { city: { type: 'string' as const } }, required: ['city'] }

/** The signatures of calls that came back to Gemini: one for each step, and each the one that it gave. */
const expectSigned = (steps: number): void => {
  const signatures = partsBy('model').flatMap(({ thoughtSignature }) => thoughtSignature ?? [])
  expect(signatures).toHaveLength(steps)
  for (const signature of signatures) expect(Buffer.from(signature, 'base64').length).toBeGreaterThan(100)
}

describe('the AI SDK', () => {
  const compatible = () =>
    createOpenAICompatible({
      name: 'triglot',
      baseURL,
      apiKey: KEY,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })
  const PROVIDERS: [string, () => LanguageModel][] = [
    ['compatible with OpenAI', () => compatible()(MODEL)],
    ["OpenAI's, by Chat", () => createOpenAI({ apiKey: KEY, baseURL }).chat(MODEL)],
  ]
  const weather = tool({
    description: 'The weather of a city.',
    inputSchema: jsonSchema<{ city: string }>(CITY),
    execute: ({ city }) => `${city}: rain`,
  })

  describe.each(PROVIDERS)('%s', (_, model) => {
    test.each([true, false])('calls tools over several steps; streamed: %s', async (stream) => {
      gateway.simulated.script(THREE_STEPS)
      const options = {
        model: model(),
        prompt: 'Weather?',
        tools: { get_weather: weather },
        stopWhen: stepCountIs(5),
        maxRetries: 0,
      }
      const steps = stream ? await streamText(options).steps : (await generateText(options)).steps
      expect(steps.map(({ text, finishReason }) => [text, finishReason])).toEqual([
        ['', 'tool-calls'],
        ['', 'tool-calls'],
        ['Rain in all of them.', 'stop'],
      ])
      expect(steps.flatMap(({ toolResults }) => toolResults.map(({ output }) => output))).toEqual([
        'Oslo: rain',
        'Rome: rain',
        'Bern: rain',
      ])
      expectSigned(2)
    })

    test.each([true, false])('gives an object that fits its schema; streamed: %s', async (stream) => {
      const output = Output.object({ schema: jsonSchema<{ city: string }>(CITY) })
      const options = { model: model(), prompt: 'A city?', output, maxRetries: 0 }
      const object = stream ? await streamText(options).output : (await generateText(options)).output
      expect(object).toEqual({ city: expect.any(String) })
      expect(asked()[0]?.generationConfig).toMatchObject({ responseMimeType: 'application/json' })
    })

    test('sees pictures', async () => {
      const { usage } = await generateText({
        model: model(),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'file', mediaType: 'image/png', data: Buffer.from('iVBORw0KGgo=', 'base64') },
            ],
          },
        ],
      })
      expect(usage.inputTokens).toBeGreaterThan(258)
      expect(partsBy('user').map((part) => Object.keys(part)[0])).toEqual(['text', 'inlineData'])
    })
  })

  test('shows thoughts, and counts them', async () => {
    gateway.simulated.script({ thought: 'Soup is hot.', text: 'Hot.' })
    const result = streamText({
      model: compatible()(MODEL),
      prompt: 'Soup?',
      providerOptions: { triglot: { reasoningEffort: 'high' } },
    })
    expect([await result.reasoningText, await result.text]).toEqual(['Soup is hot.', 'Hot.'])
    expect((await result.usage).outputTokenDetails.reasoningTokens).toBe(128)
  })

  test('embeds many texts', async () => {
    const values = Array.from({ length: 130 }, (_, index) => `text ${index}`)
    const { embeddings, usage } = await embedMany({ model: compatible().embeddingModel('gemini-embedding-2'), values })
    expect(embeddings).toHaveLength(values.length)
    expect(new Set(embeddings.map((vector) => vector.join()))).toHaveProperty('size', values.length)
    expect(usage.tokens).toBeGreaterThan(values.length)
  })

  test('makes pictures', async () => {
    const { images } = await generateImage({
      model: compatible().imageModel('gemini-3.1-flash-image'),
      prompt: 'A red house',
      size: '1024x1536',
      n: 2,
    })
    expect(images.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/png'])
  })
})

describe.each([
  ['Chat', false],
  ['Responses', true],
])('LangChain, by %s', (api, useResponsesApi) => {
  const model = (more: object = {}): ChatOpenAI =>
    new ChatOpenAI({ model: MODEL, apiKey: KEY, configuration: { baseURL }, maxRetries: 0, useResponsesApi, ...more })
  const TOOL = {
    type: 'function',
    function: { name: 'get_weather', description: 'The weather of a city.', parameters: CITY },
  } as const

  const gathered = async (
    from: { stream(messages: BaseMessage[]): Promise<AsyncIterable<AIMessageChunk>> },
    messages: BaseMessage[],
  ): Promise<AIMessageChunk> => {
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
    expect([whole.text, streamed.text]).toEqual(Array.from({ length: 2 }, () => 'Soup is hot, and so is tea.'))
    expect(streamed.usage_metadata).toMatchObject({
      input_tokens: whole.usage_metadata?.input_tokens,
      output_tokens: whole.usage_metadata?.output_tokens,
    })
  })

  test.each([true, false])('calls tools and goes on; streamed: %s', async (stream) => {
    gateway.simulated.script(THREE_STEPS)
    const bound = model().bindTools([TOOL])
    const messages: BaseMessage[] = [new HumanMessage('Weather?')]
    for (const cities of [['Oslo', 'Rome'], ['Bern']]) {
      const turn = stream ? await gathered(bound, messages) : await bound.invoke(messages)
      const calls = turn.tool_calls ?? []
      expect(calls.map(({ args }) => args.city)).toEqual(cities)
      messages.push(turn, ...calls.map(({ id = '' }) => new ToolMessage({ tool_call_id: id, content: 'rain' })))
    }
    expect((await bound.invoke(messages)).text).toBe('Rain in all of them.')
    expectSigned(2)
  })

  test.each(['functionCalling', 'jsonSchema', 'jsonMode'] as const)('structured output by %s', async (method) => {
    if (method === 'jsonMode') gateway.simulated.script({ text: '{"city":"Bern"}' })
    const structured = model().withStructuredOutput({ title: 'city', ...CITY }, { method, name: 'city' })
    expect(await structured.invoke('A city, as JSON?')).toEqual({ city: expect.any(String) })
  })

  test('pictures', async () => {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    ]
    await model().invoke([new HumanMessage({ content })])
    expect(partsBy('user').map((part) => Object.keys(part)[0])).toEqual(['text', 'inlineData'])
  })

  test('an error is the API’s own', async () => {
    const request = model({ model: 'gemini-0' }).invoke('Hi')
    await expect(request).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  })

  if (api === 'Responses') {
    test('a search, streamed, can stand in the history', async () => {
      const bound = model().bindTools([{ type: 'web_search_preview' }])
      const question = new HumanMessage('Soup?')
      const first = await gathered(bound, [question])
      expect(JSON.stringify(first.content)).toContain('url_citation')
      expect((await bound.invoke([question, first, new HumanMessage('And then?')])).text).toBeTruthy()
    })

    test('a conversation goes on from what is stored', async () => {
      const first = await model().invoke('My name is Ada.')
      const previous_response_id = first.response_metadata.id as string
      await model().invoke('What is my name?', { previous_response_id })
      expect(partsBy('user').map(({ text }) => text)).toEqual(['My name is Ada.', 'What is my name?'])
    })
  }
})

test('LangChain embeds texts as token ids', async () => {
  const embeddings = new OpenAIEmbeddings({ apiKey: KEY, model: 'text-embedding-3-small', configuration: { baseURL } })
  const vectors = await embeddings.embedDocuments(['one', 'two'])
  expect(vectors[0]).not.toEqual(vectors[1])
  expect((await embeddings.embedQuery('one')).map(Math.fround)).toEqual(vectors[0]?.map(Math.fround))
})
