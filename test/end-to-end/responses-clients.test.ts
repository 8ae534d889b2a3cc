// The clients of the Responses API, each over several steps, one request a process as in Lambda.
import { existsSync, readFileSync } from 'node:fs'
import { createOpenAI } from '@ai-sdk/openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Agent, tool as agentTool, MemorySession, Runner, type Session, setTracingDisabled } from '@openai/agents-core'
import { OpenAIConversationsSession, OpenAIProvider, OpenAIResponsesCompactionSession } from '@openai/agents-openai'
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod'
import * as z from 'zod'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { CASES, faultsOf, faultsOfEvent, faultsOfReply } from '../openai/responses/contract.ts'

let gateway: Gateway
let openai: OpenAI
beforeAll(async () => {
  setTracingDisabled(true)
  gateway = await startGateway({ clientKeys: ['own-client-key'], shared: false })
  openai = new OpenAI({ apiKey: 'own-client-key', baseURL: `${gateway.url}/v1`, maxRetries: 0 })
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => gateway.simulated.reset())

const MODEL = 'gemini-3.6-flash'

interface Asked {
  contents: { role: string; parts: { text?: string; functionCall?: { name: string } }[] }[]
}
/** What each request told Gemini, in short. */
const told = (): string[][] =>
  gateway.simulated.requests.map(({ body }) =>
    (body as Asked).contents.flatMap(({ parts }) =>
      parts.map(({ text, functionCall }) => text ?? (functionCall ? `call ${functionCall.name}` : 'result')),
    ),
  )

interface Case {
  id: string
  transport: string
  endpoint: string
  streaming: boolean
  local: boolean
  expectedStatuses: number[]
  request: object
  validators: string[]
}
const cases = existsSync(CASES)
  ? (JSON.parse(readFileSync(CASES, 'utf8')) as Case[]).filter(({ transport, local }) => transport === 'http' && !local)
  : []
if (cases.length === 0) console.warn('skipped: the Open Responses cases are not at ../shared/contracts')
else {
  test.each(cases)(
    'Open Responses: $id',
    async ({ id, endpoint, streaming, expectedStatuses, request, validators }) => {
      if (id === 'tool-calling')
        gateway.simulated.script({ calls: [{ name: 'get_weather', args: { location: 'SF' } }] })
      const response = await fetch(`${gateway.url}/v1${endpoint}`, {
        method: 'POST',
        headers: { authorization: 'Bearer own-client-key', 'content-type': 'application/json' },
        body: JSON.stringify(request).replace('{{model}}', MODEL),
      })
      const text = await response.text()
      expect([expectedStatuses.includes(response.status), text]).toEqual([true, expect.any(String)])
      if (!response.ok) return expect(faultsOf('ErrorResponse', JSON.parse(text))).toEqual([])
      const events = streaming ? eventsIn(text) : []
      expect(events.flatMap((event) => faultsOfEvent(event, true))).toEqual([])
      const reply = (streaming ? events.at(-1)?.response : JSON.parse(text)) as { status?: string; output: object[] }
      expect(endpoint === '/responses' ? faultsOfReply(reply, true) : faultsOf('CompactResource', reply)).toEqual([])
      expect(reply.output.length).toBeGreaterThan(0)
      if (validators.includes('status == completed')) expect(reply.status).toBe('completed')
      if (id === 'tool-calling') expect(reply.output).toMatchObject([{ type: 'function_call', name: 'get_weather' }])
    },
  )
}

const eventsIn = (sse: string): { type: string; sequence_number: number; response?: unknown }[] =>
  sse
    .split('\n\n')
    .filter((frame) => frame.startsWith('event: '))
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('\ndata: ') + 7)) as { type: string; sequence_number: number })

describe('the official SDK', () => {
  const Answer = z.object({ city: z.string(), degrees: z.number() })

  test.each([true, false])('parses what it asked to be JSON, streamed: %s', async (stream) => {
    gateway.simulated.script({ text: '{"city":"Rome","degrees":21}' })
    const request = { model: MODEL, input: 'Weather?', text: { format: zodTextFormat(Answer, 'answer') } }
    const parsed = stream
      ? await openai.responses.stream(request).finalResponse()
      : await openai.responses.parse(request)
    expect(parsed.output_parsed).toEqual({ city: 'Rome', degrees: 21 })
  })

  test.each([true, false])(
    'has a conversation made short within a response, and goes on with it; streamed: %s',
    async (stream) => {
      gateway.simulated.script([{ thought: 'Hm.', text: 'Ada wants soup.' }, { text: 'Soup it is.' }])
      const input = [{ role: 'user', content: 'I am Ada. Soup, please.' }, { type: 'compaction_trigger' }]
      const request = { model: MODEL, input: input as never, reasoning: { summary: 'auto' as const } }
      const short = stream
        ? await openai.responses.stream(request).finalResponse()
        : await openai.responses.create(request)
      expect(short.output).toEqual([
        { id: expect.any(String), type: 'compaction', encrypted_content: expect.any(String) },
      ])
      expect(faultsOfReply(short, true)).toEqual([])
      await openai.responses.create({
        model: MODEL,
        input: [...short.output, { role: 'user', content: 'And now?' }] as never,
      })
      expect(told().at(-1)).toEqual([expect.stringContaining('Ada wants soup.'), 'And now?'])
    },
  )

  test('parses the arguments of its functions', async () => {
    gateway.simulated.script({ calls: [{ name: 'look', args: { city: 'Rome', degrees: 3 } }] })
    const look = zodResponsesFunction({ name: 'look', parameters: Answer })
    const { output } = await openai.responses.parse({ model: MODEL, input: 'a', tools: [look] })
    expect(output.find(({ type }) => type === 'function_call')).toMatchObject({
      parsed_arguments: { city: 'Rome', degrees: 3 },
    })
  })
})

describe('the Agents SDK', () => {
  const weather = agentTool({
    name: 'weather',
    description: 'Weather of a city.',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => Promise.resolve(`${city}: rain`),
  })
  const poet = new Agent({ name: 'Poet', instructions: 'Rhyme.', model: MODEL, tools: [weather] })
  const clerk = Agent.create({ name: 'Clerk', instructions: 'Hand over.', model: MODEL, handoffs: [poet] })
  const SCRIPT = [
    { thought: 'A poem!', calls: [{ name: 'transfer_to_Poet' }] },
    {
      calls: [
        { name: 'weather', args: { city: 'Rome' } },
        { name: 'weather', args: { city: 'Paris' } },
      ],
    },
    { text: 'Rain, again.' },
  ]
  const HANDED = ['call transfer_to_Poet', 'result']
  const SEEN = ['call weather', 'call weather', 'result', 'result']

  const run = async (
    stream: boolean,
    input: string,
    state: { previousResponseId?: string; conversationId?: string; session?: Session } = {},
  ) => {
    const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: openai as never }) })
    if (!stream) return runner.run(clerk, input, state)
    const streamed = await runner.run(clerk, input, { ...state, stream: true })
    let text = ''
    for await (const piece of streamed.toTextStream()) text += piece
    expect(text).toBe(streamed.finalOutput)
    return streamed
  }

  describe.each([true, false])('streamed: %s', (stream) => {
    test('hands over and calls tools, sending everything each time', async () => {
      gateway.simulated.script(SCRIPT)
      const { finalOutput, lastAgent } = await run(stream, 'Weather?')
      expect([finalOutput, lastAgent?.name]).toEqual(['Rain, again.', 'Poet'])
      expect(told().at(-1)).toEqual(['Weather?', ...HANDED, ...SEEN])
    })

    test('goes on with a previous response', async () => {
      gateway.simulated.script([{ text: 'Hello.' }, ...SCRIPT])
      const { lastResponseId } = await run(stream, 'Hi')
      if (!lastResponseId) throw new Error('no id to go on with')
      const { finalOutput } = await run(stream, 'Weather?', { previousResponseId: lastResponseId })
      expect(finalOutput).toBe('Rain, again.')
      expect(told().at(-1)).toEqual(['Hi', 'Hello.', 'Weather?', ...HANDED, ...SEEN])
    })

    test('goes on with a conversation', async () => {
      const { id: conversationId } = await openai.conversations.create()
      gateway.simulated.script([{ text: 'Hello.' }, ...SCRIPT])
      await run(stream, 'Hi', { conversationId })
      await run(stream, 'Weather?', { conversationId })
      expect(told().at(-1)).toEqual(['Hi', 'Hello.', 'Weather?', ...HANDED, ...SEEN])
    })

    test.each([
      ['in memory', () => new MemorySession()],
      ['in a conversation', () => new OpenAIConversationsSession({ client: openai as never })],
    ])('keeps its session %s', async (_, sessionOf) => {
      const session = sessionOf()
      gateway.simulated.script([...SCRIPT, { text: 'You are welcome.' }])
      await run(stream, 'Weather?', { session })
      const { finalOutput } = await run(stream, 'Thanks', { session })
      expect(finalOutput).toBe('You are welcome.')
      expect(told().at(-1)).toEqual(['Weather?', ...HANDED, ...SEEN, 'Rain, again.', 'Thanks'])
    })
  })
})

test('the Agents SDK makes a long session short, and goes on from there', async () => {
  const session = new OpenAIResponsesCompactionSession({
    client: openai,
    underlyingSession: new MemorySession(),
    // It knows none but OpenAI's names, which stand for models of Gemini's here.
    model: 'gpt-5.4',
    shouldTriggerCompaction: ({ sessionItems }) => sessionItems.length > 3,
  })
  const agent = new Agent({ name: 'Clerk', model: MODEL })
  const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: openai as never }) })
  gateway.simulated.script([{ text: 'one' }, { text: 'two' }, { text: 'What was said, in short.' }, { text: 'three' }])
  for (const input of ['a', 'b', 'c']) await runner.run(agent, input, { session })
  const [summing, last] = told().slice(-2)
  expect(summing?.slice(0, 4)).toEqual(['a', 'one', 'b', 'two'])
  // What stands before the compaction it keeps in the session, and doesn't send.
  expect(last).toEqual([expect.stringContaining('What was said, in short.'), 'c'])
})

describe('the AI SDK, whose provider stores by default', () => {
  const weather = tool({
    description: 'Weather of a city.',
    inputSchema: jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
    }),
    execute: ({ city }) => `${city}: rain`,
  })
  const SCRIPT = [
    { thought: 'Rome first.', text: 'Let me see.', calls: [{ name: 'weather', args: { city: 'Rome' } }] },
    { thought: 'Now Paris.', calls: [{ name: 'weather', args: { city: 'Paris' } }] },
    { text: 'Rain everywhere.' },
  ]
  const FIRST = ['Weather?', 'Let me see.', 'call weather', 'result']

  test.each([true, false])(
    'calls tools over several steps, naming items instead of sending them; streamed: %s',
    async (stream) => {
      const provider = createOpenAI({ apiKey: 'own-client-key', baseURL: `${gateway.url}/v1` })
      gateway.simulated.script(SCRIPT)
      gateway.table.calls.splice(0)
      const request = {
        model: provider(MODEL),
        prompt: 'Weather?',
        tools: { weather },
        stopWhen: stepCountIs(5),
        maxRetries: 0,
        providerOptions: { openai: { forceReasoning: true, reasoningSummary: 'auto' } },
      } as const
      const steps = stream ? await streamText(request).steps : (await generateText(request)).steps
      expect(gateway.table.calls.filter(({ operation }) => operation === 'Query').length).toBe(3)
      expect(steps.map(({ text }) => text)).toEqual(['Let me see.', '', 'Rain everywhere.'])
      expect(told()).toEqual([['Weather?'], FIRST, [...FIRST, 'call weather', 'result']])
    },
  )
})
