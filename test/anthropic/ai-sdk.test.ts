// The Vercel AI SDK's provider, which checks every reply against schemas of its own.
import { createAnthropic } from '@ai-sdk/anthropic'
import { describe, expect, test } from '@jest/globals'
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import type { Part } from '../../lib/gemini/wire.ts'
import { SIGNATURE, scripted } from './scripted.ts'

const weather = tool({
  description: 'Weather of a city.',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  }),
  execute: ({ city }) => `${city}: rain`,
})

const call = (city: string): Partial<Part> => ({ functionCall: { name: 'weather', args: { city } } })

const provider = (...turns: (Partial<Part>[] | object)[]) => {
  const { fetch, asked } = scripted(...turns)
  const anthropic = createAnthropic({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1', fetch })
  return { anthropic, model: anthropic('gemini-3.5-flash'), asked }
}

const OPTIONS = {
  prompt: 'Weather?',
  tools: { weather },
  stopWhen: stepCountIs(3),
  maxRetries: 0,
  maxOutputTokens: 4096,
  providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } },
} as const
const TURNS = [
  [{ text: 'Let me see.', thought: true }, { ...call('Rome'), thoughtSignature: SIGNATURE }, call('Oslo')],
  [{ text: 'Rain everywhere.' }],
]
const SECOND = [
  { role: 'user', parts: [{ text: 'Weather?' }] },
  {
    role: 'model',
    parts: [
      { functionCall: { id: 'call_1', name: 'weather', args: { city: 'Rome' } }, thoughtSignature: SIGNATURE },
      { functionCall: { id: 'call_2', name: 'weather', args: { city: 'Oslo' } } },
    ],
  },
  {
    role: 'user',
    parts: [
      { functionResponse: { id: 'call_1', name: 'weather', response: { output: 'Rome: rain' } } },
      { functionResponse: { id: 'call_2', name: 'weather', response: { output: 'Oslo: rain' } } },
    ],
  },
]

describe('tools and thoughts over two steps', () => {
  test('in one piece', async () => {
    const { model, asked } = provider(...TURNS)
    const { text, steps } = await generateText({ model, ...OPTIONS })
    expect(text).toBe('Rain everywhere.')
    expect(steps[0]?.reasoningText).toBe('Let me see.')
    expect(asked[1]?.contents).toEqual(SECOND)
  })

  test('streamed', async () => {
    const { model, asked } = provider(...TURNS)
    const result = streamText({ model, ...OPTIONS })
    let text = ''
    for await (const piece of result.textStream) text += piece
    expect(text).toBe('Rain everywhere.')
    expect(asked[1]?.contents).toEqual(SECOND)
  })
})

test('a web search names its sources', async () => {
  const { anthropic, model, asked } = provider({
    content: { role: 'model', parts: [{ text: 'Rain in Rome.' }] },
    groundingMetadata: {
      webSearchQueries: ['weather rome'],
      groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
      groundingSupports: [
        { segment: { startIndex: 0, endIndex: 13, text: 'Rain in Rome.' }, groundingChunkIndices: [0] },
      ],
    },
  })
  const result = await generateText({
    model,
    prompt: 'Weather?',
    tools: { web_search: anthropic.tools.webSearch_20250305({ maxUses: 2 }) },
    maxRetries: 0,
    maxOutputTokens: 4096,
  })
  expect(asked[0]?.tools).toEqual([{ googleSearch: {} }])
  expect(result.text).toBe('Rain in Rome.')
  expect(result.sources).toContainEqual(expect.objectContaining({ url: 'https://a.example', title: 'A' }))
})
