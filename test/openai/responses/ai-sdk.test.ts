import { createOpenAI } from '@ai-sdk/openai'
import { expect, test } from '@jest/globals'
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { modelOf } from '../../../lib/gemini/models/model.ts'
import type { GenerateContentRequest, GenerateContentResponse } from '../../../lib/gemini/wire.ts'
import { responses } from '../../../lib/openai/responses/index.ts'
import { eventsOf, says, tell } from './turns.ts'

/** A provider of the Vercel AI SDK in front of a Gemini that says these turns, and the requests that reached Gemini. */
const scripted = (...turns: GenerateContentResponse[][]) => {
  const requests: GenerateContentRequest[] = []
  const fetch = (_url: unknown, init?: { body?: unknown }) => {
    const json = JSON.parse(init?.body as string) as { stream?: boolean }
    const body = responses.parse(json)
    const call = responses.toGemini(body, modelOf(body.model))
    const events = eventsOf(turns[requests.length] ?? [], call.functions)
    requests.push(call.request)
    const { reply, sse } = tell(json, events)
    return Promise.resolve(
      json.stream ? new Response(sse, { headers: { 'content-type': 'text/event-stream' } }) : Response.json(reply),
    )
  }
  const openai = createOpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1', fetch })
  return { model: openai.responses('gemini-3-flash'), requests }
}

const weather = tool({
  description: 'Weather of a city.',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  }),
  execute: ({ city }) => `${city}: rain`,
})
const TURNS = [
  [
    says([{ text: 'Let me see.', thought: true }]),
    says([
      { functionCall: { name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'c2ln' },
      { functionCall: { name: 'weather', args: { city: 'Paris' } } },
    ]),
    says([], 'STOP'),
  ],
  [says([{ text: 'Rain ' }]), says([{ text: 'everywhere.' }], 'STOP')],
]
const OPTIONS = {
  prompt: 'Weather?',
  tools: { weather },
  stopWhen: stepCountIs(3),
  maxRetries: 0,
  providerOptions: { openai: { store: false, forceReasoning: true, reasoningSummary: 'auto' } },
} as const

const expectSecondRequest = (requests: readonly GenerateContentRequest[]): void => {
  expect(requests).toHaveLength(2)
  expect(requests[1]?.contents.slice(1)).toMatchObject([
    {
      role: 'model',
      parts: [
        { functionCall: { args: { city: 'Rome' } }, thoughtSignature: 'c2ln' },
        { functionCall: { args: { city: 'Paris' } } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'weather', response: { output: 'Rome: rain' } } },
        { functionResponse: { name: 'weather', response: { output: 'Paris: rain' } } },
      ],
    },
  ])
}

test('the Vercel AI SDK calls tools over several steps and brings the signature back', async () => {
  const { model, requests } = scripted(...TURNS)
  const { text, steps, finishReason } = await generateText({ ...OPTIONS, model })
  expect({ text, finishReason }).toEqual({ text: 'Rain everywhere.', finishReason: 'stop' })
  expect(steps[0]).toMatchObject({ reasoningText: 'Let me see.', finishReason: 'tool-calls' })
  expectSecondRequest(requests)
})

test('so it does in a stream', async () => {
  const { model, requests } = scripted(...TURNS)
  const result = streamText({ ...OPTIONS, model })
  expect(await result.text).toBe('Rain everywhere.')
  expect((await result.steps)[0]?.reasoningText).toBe('Let me see.')
  expect(await result.usage).toMatchObject({ inputTokens: 20, outputTokens: 16 })
  expectSecondRequest(requests)
})
