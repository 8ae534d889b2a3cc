// The official SDK as the client: what it sends is read, and what it gets back does what its users expect.
import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { describe, expect, test } from '@jest/globals'
import { messages } from '../../lib/anthropic/index.ts'
import { type ErrorKind, GatewayError } from '../../lib/errors.ts'
import type { GenerateContentRequest, Part } from '../../lib/gemini/wire.ts'
import { SIGNATURE, scripted } from './scripted.ts'

const gateway = (...turns: Partial<Part>[][]): { client: Anthropic; asked: GenerateContentRequest[] } => {
  const { fetch, asked } = scripted(...turns)
  return { client: new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 }), asked }
}

const weather = betaTool({
  name: 'get_weather',
  description: 'The weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  run: async ({ city }) => `${city}: rain`,
})

describe.each([false, true])('the tool runner, streaming %s', (stream) => {
  test('runs parallel calls and sends their results and the signature back', async () => {
    const call = (city: string): Partial<Part> => ({ functionCall: { name: 'get_weather', args: { city } } })
    const { client, asked } = gateway(
      [{ text: 'Two cities.', thought: true }, { ...call('Oslo'), thoughtSignature: SIGNATURE }, call('Rome')],
      [{ text: 'Rain in both.' }],
    )
    const runner = client.beta.messages.toolRunner({
      model: 'gemini-3.5-flash',
      max_tokens: 1024,
      thinking: { type: 'adaptive' },
      tools: [weather],
      messages: [{ role: 'user', content: 'Oslo and Rome?' }],
      stream,
    })
    const last = await runner.runUntilDone()
    expect(last.content.at(-1)).toMatchObject({ type: 'text', text: 'Rain in both.' })
    expect(asked).toHaveLength(2)
    const [, model, results] = asked[1]?.contents ?? []
    expect(model).toEqual({
      role: 'model',
      parts: [
        { functionCall: { id: 'call_1', name: 'get_weather', args: { city: 'Oslo' } }, thoughtSignature: SIGNATURE },
        { functionCall: { id: 'call_2', name: 'get_weather', args: { city: 'Rome' } } },
      ],
    })
    expect(results?.parts.map(({ functionResponse }) => functionResponse?.response)).toEqual([
      { output: 'Oslo: rain' },
      { output: 'Rome: rain' },
    ])
  })
})

test('structured output is parsed', async () => {
  const { client, asked } = gateway([{ text: '{"city":"Oslo"}' }])
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }
  const { parsed_output } = await client.messages.parse({
    model: 'gemini-3.5-flash',
    max_tokens: 1024,
    output_config: { format: { type: 'json_schema', schema } },
    messages: [{ role: 'user', content: 'Where?' }],
  })
  expect(parsed_output).toEqual({ city: 'Oslo' })
  expect(asked[0]?.generationConfig).toMatchObject({ responseMimeType: 'application/json', responseJsonSchema: schema })
})

test('the same conversation, turn by turn, asks Gemini with the same beginning each time', async () => {
  const turns = Array.from({ length: 6 }, (_, turn): Partial<Part>[] => [
    { text: `Thought ${turn}.`, thought: true },
    { functionCall: { name: 'get_weather', args: { city: `C${turn}` } }, thoughtSignature: SIGNATURE },
  ])
  const { client, asked } = gateway(...turns, [{ text: 'Done.' }])
  await client.beta.messages.toolRunner({
    model: 'gemini-3.5-flash',
    max_tokens: 1024,
    thinking: { type: 'adaptive' },
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    tools: [weather],
    messages: [{ role: 'user', content: 'Everywhere?' }],
  })
  const [first, ...later] = asked.map(({ contents, ...rest }) => ({ rest: JSON.stringify(rest), contents }))
  let before = first
  for (const request of later) {
    expect(request.rest).toBe(before?.rest)
    const beginning = request.contents.slice(0, before?.contents.length)
    expect(JSON.stringify(beginning)).toBe(JSON.stringify(before?.contents))
    before = request
  }
  expect(asked).toHaveLength(7)
})

describe('errors are what the SDK knows them by', () => {
  const thrownFor = async (error: GatewayError): Promise<InstanceType<typeof Anthropic.APIError>> => {
    const { status, headers, body } = messages.error(error, 'req_9')
    const fetch = async (): Promise<Response> => Response.json(body, { status, headers })
    const client = new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 })
    const request = client.messages.create({ model: 'm', max_tokens: 1, messages: [] })
    return await request.then(
      () => Promise.reject(new Error('was no error')),
      (thrown: unknown) => thrown as InstanceType<typeof Anthropic.APIError>,
    )
  }

  test.each<[ErrorKind, new (...args: never[]) => Error]>([
    ['invalid_request', Anthropic.BadRequestError],
    ['context_too_long', Anthropic.BadRequestError],
    ['authentication', Anthropic.AuthenticationError],
    ['permission', Anthropic.PermissionDeniedError],
    ['not_found', Anthropic.NotFoundError],
    ['model_not_found', Anthropic.NotFoundError],
    ['quota_minute', Anthropic.RateLimitError],
    ['quota_day', Anthropic.RateLimitError],
    ['overloaded', Anthropic.InternalServerError],
    ['upstream', Anthropic.InternalServerError],
    ['timeout', Anthropic.InternalServerError],
  ])('%s', async (kind, type) => {
    const error = await thrownFor(new GatewayError(kind, 'Why.'))
    expect(error).toBeInstanceOf(type)
    expect(error.requestID).toBe('req_9')
    expect(error.message).toContain('Why.')
  })

  test('a prompt that is too long says by how much, in the words that Claude Code waits for', async () => {
    const message = 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'
    const error = await thrownFor(new GatewayError('context_too_long', message))
    expect(error.message).toMatch(/prompt is too long: 1200000 tokens > 1048576 maximum/)
  })

  test('a thread is refused by the code that makes the SDK go on without one', async () => {
    const { client } = gateway()
    const params = {
      model: 'm',
      max_tokens: 1,
      messages: [{ role: 'user' as const, content: 'Hi' }],
      thread: { type: 'create' },
    }
    await expect(client.messages.create(params)).rejects.toBeInstanceOf(
      Anthropic.Messages.ThreadUnsupportedRequestError,
    )
  })
})
