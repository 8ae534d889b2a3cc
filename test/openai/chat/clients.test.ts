// Clients that read Chat in ways of their own, over the authored streams.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { describe, expect, test } from '@jest/globals'
import type { AIMessage, AIMessageChunk } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { streamText, tool } from 'ai'
import * as z from 'zod'
import { chat } from '../../../lib/openai/chat/index.ts'
import type { Completion } from '../../../lib/openai/chat/wire.ts'
import * as quirks from '../../quirks.ts'

const spoken = { protocol: chat, request: {} }
const ANY = z.object({}).catchall(z.unknown())

/** A fetch that answers as the gateway would, with the given stream of Gemini's behind it. */
const answering = (quirk: string): { fetch: typeof fetch; reply: Completion } => {
  const decoded = quirks.decode(quirks.upstream(quirk))
  const hi = chat.parse({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
  return {
    reply: quirks.replyOf(spoken, hi, decoded) as Completion,
    fetch: async (_, init) => {
      const body = chat.parse(JSON.parse(init?.body as string))
      return body.stream
        ? new Response(quirks.streamText(spoken, body, decoded), { headers: { 'content-type': 'text/event-stream' } })
        : Response.json(quirks.replyOf(spoken, body, decoded))
    },
  }
}

const QUIRKS = [
  'text',
  'non-ascii',
  'parallel-calls',
  'thoughts-then-text-then-call',
  'signature-on-empty-text',
  'max-tokens-without-parts',
  'safety-after-text',
  'code-execution',
  'usage-in-full',
]

describe.each(QUIRKS)('%s', (quirk) => {
  const { fetch, reply } = answering(quirk)
  const { message } = reply.choices[0] as Completion['choices'][0]
  const calls = (message.tool_calls ?? []).map((call) =>
    call.type === 'function' ? [call.id, call.function.name, JSON.parse(call.function.arguments)] : [],
  )

  test('is whole to the Vercel AI SDK', async () => {
    const provider = createOpenAICompatible({
      name: 'triglot',
      baseURL: 'http://x/v1',
      apiKey: 'k',
      fetch,
      includeUsage: true,
    })
    const { text, reasoningText, toolCalls, usage } = streamText({
      model: provider('m'),
      prompt: 'Hi',
      tools: { get_weather: tool({ inputSchema: ANY }), get_time: tool({ inputSchema: ANY }) },
    })
    expect(await text).toBe(message.content ?? '')
    expect(await reasoningText).toBe(message.reasoning_content)
    expect((await toolCalls).map(({ toolCallId, toolName, input }) => [toolCallId, toolName, input])).toEqual(calls)
    expect(await usage).toMatchObject({
      inputTokens: reply.usage.prompt_tokens,
      outputTokens: reply.usage.completion_tokens,
      totalTokens: reply.usage.total_tokens,
    })
  })

  const langchain = () => new ChatOpenAI({ model: 'm', apiKey: 'k', configuration: { fetch, baseURL: 'http://x/v1' } })
  const expectWhole = (answer: AIMessage): void => {
    expect(answer.content).toBe(message.content ?? '')
    expect(answer.tool_calls?.map(({ id, name, args }) => [id, name, args])).toEqual(calls)
    expect(answer.usage_metadata).toMatchObject({
      input_tokens: reply.usage.prompt_tokens,
      output_tokens: reply.usage.completion_tokens,
    })
  }

  test('is whole to LangChain', async () => {
    expectWhole(await langchain().invoke('Hi'))
  })

  test('is whole to LangChain, streamed', async () => {
    const chunks: AIMessageChunk[] = []
    for await (const chunk of await langchain().stream('Hi')) chunks.push(chunk)
    expectWhole(chunks.reduce((whole, chunk) => whole.concat(chunk)))
  })
})
