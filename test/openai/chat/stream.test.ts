import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import OpenAI from 'openai'
import { GatewayError } from '../../../lib/errors.ts'
import type { TurnEvent } from '../../../lib/gemini/turn.ts'
import { chat } from '../../../lib/openai/chat/index.ts'
import type { Completion } from '../../../lib/openai/chat/wire.ts'
import { decode, quirks, replyOf, stamp, streamText, upstream } from '../../quirks.ts'
import { faultsOf, present } from './contract.ts'
import { checkGrammar, readStream } from './grammar.ts'

const spoken = { protocol: chat, request: {} }
const ask = (more: object = {}) =>
  chat.parse({ model: 'gemini-3.5-flash', messages: [{ role: 'user', content: 'Hi' }], ...more })

/** What a client asked for, where a quirk means nothing without. */
const REQUESTS: Record<string, object[]> = {
  'call-then-stop-chunk': [
    { functions: [{ name: 'get_weather' }] },
    { tools: [{ type: 'custom', custom: { name: 'get_weather' } }] },
  ],
  'parallel-calls': [{ parallel_tool_calls: false }, { functions: [{ name: 'get_weather' }] }],
  speech: [{ audio: { voice: 'Kore', format: 'pcm16' } }],
}
const situations = quirks
  .flatMap((quirk) =>
    [{}, { stream_options: { include_usage: true } }, ...(REQUESTS[quirk] ?? [])].map((more) => [quirk, more] as const),
  )
  .map(([quirk, more]) => [`${quirk} ${JSON.stringify(more)}`, quirk, more] as const)

const readBySdk = async (sse: string) => {
  const client = new OpenAI({
    apiKey: 'k',
    fetch: async () => new Response(sse, { headers: { 'content-type': 'text/event-stream' } }),
  })
  return client.chat.completions.stream({ model: 'm', messages: [], stream: true }).finalChatCompletion()
}

/** What the SDK's accumulator can know: it keeps the last of unknown fields, adds `parsed`, and begins with empty content. */
const comparable = (completion: { choices: unknown[] }): unknown =>
  JSON.parse(JSON.stringify(completion), (key, value: unknown) => {
    if (['reasoning_content', 'images', 'parsed', 'usage', 'data'].includes(key)) return undefined
    return key === 'content' && value === '' ? null : value
  })

/** Both forms of one turn. */
const tell = (quirk: string, more: object) => {
  const body = ask(more)
  const decoded = decode(upstream(quirk))
  const reply = replyOf(spoken, body, decoded) as Completion
  return { sse: streamText(spoken, body, decoded), reply, error: decoded.error }
}
const whole = situations.filter(([, quirk]) => !decode(upstream(quirk)).error)

describe.each(situations)('%s', (_, quirk, more) => {
  const { sse, reply, error } = tell(quirk, more)

  test('keeps the grammar of streams', () => {
    expect(() => checkGrammar(sse, { includeUsage: 'stream_options' in more })).not.toThrow()
    expect(readStream(sse).end === 'done').toBe(!error)
  })

  test('is the reply to the official SDK, or its error', async () => {
    if (error) await expect(readBySdk(sse)).rejects.toThrow(error.message)
    else expect(comparable(await readBySdk(sse))).toEqual(comparable(reply))
  })
})

test.each(whole)('thoughts and images of %s add up to the reply', (_, quirk, more) => {
  const { sse, reply } = tell(quirk, more)
  const deltas = readStream(sse).chunks.flatMap(({ choices }) => choices)
  for (const { index, message } of reply.choices) {
    const own = deltas.filter((choice) => choice.index === index).map(({ delta }) => delta)
    expect(own.map(({ reasoning_content }) => reasoning_content ?? '').join('')).toBe(message.reasoning_content ?? '')
    expect(own.flatMap(({ images }) => images ?? [])).toEqual(message.images ?? [])
  }
})
;(present ? test : test.skip).each(whole)('%s is what the schema says', (_, quirk, more) => {
  const { sse, reply } = tell(quirk, more)
  expect(faultsOf('CreateChatCompletionResponse', reply)).toEqual([])
  // OpenAI streams calls of custom tools, and audio; its schema of chunks has neither.
  if (quirk === 'speech' || JSON.stringify(more).includes('custom')) return
  const chunks = readStream(sse).chunks
  expect(chunks.flatMap((chunk) => faultsOf('CreateChatCompletionStreamResponse', chunk))).toEqual([])
})

describe('a stream that fails', () => {
  test.each(['text', 'image', 'two-candidates', 'parallel-calls'])('anywhere in %s it keeps its framing', (quirk) => {
    const { events } = decode(upstream(quirk))
    const error = new GatewayError('timeout', 'Too late.')
    for (let count = 0; count < events.length; count++) {
      const sse = streamText(spoken, ask(), { events: events.slice(0, count), error })
      expect(() => checkGrammar(sse)).not.toThrow()
      expect(readStream(sse).end).toEqual({
        error: { message: 'Too late.', type: 'server_error', param: null, code: 'timeout' },
      })
    }
  })
})

describe('an image in many pieces', () => {
  const block = { kind: 'media', mimeType: 'image/png' } as const
  const at = { candidate: 0, index: 0, block }
  const other = { candidate: 1, index: 0, block: { kind: 'text' } } as const
  const writer = () => chat.stream(ask(), stamp)

  test('is one frame, and a candidate that comes between waits for its end', () => {
    const events: TurnEvent[] = [
      { type: 'open', ...at },
      { type: 'delta', ...at, literal: 'iVBO' },
      { type: 'open', ...other },
      { type: 'delta', ...other, literal: 'Hi' },
      { type: 'delta', ...at, literal: 'Rw0K' },
      { type: 'close', ...other },
      { type: 'close', ...at },
    ]
    const { start, write, fail } = writer()
    const { chunks } = readStream(
      start() + events.map((event) => write(event)).join('') + fail(new GatewayError('internal', 'x')),
    )
    expect(chunks.slice(1).map(({ choices }) => choices[0]?.delta)).toEqual([
      { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0K' }, index: 0 }] },
      { role: 'assistant', content: '' },
      { content: 'Hi' },
    ])
  })
})

describe('annotations', () => {
  test('count UTF-16 code units of the whole content, whatever comes before', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.constantFrom('text', 'code'), (pieces, kind) => {
        const block = kind === 'text' ? ({ kind: 'text' } as const) : ({ kind: 'code', language: 'python' } as const)
        const cited = { candidate: 0, index: 1, block: { kind: 'text' } } as const
        const source = { uri: 'https://a.example/', title: 'A' }
        const literals = pieces.map((piece) => JSON.stringify(piece).slice(1, -1))
        const { start, write } = chat.stream(ask(), stamp)
        const events: TurnEvent[] = [
          { type: 'open', candidate: 0, index: 0, block },
          ...literals.map((literal) => ({ type: 'delta', candidate: 0, index: 0, block, literal }) as const),
          { type: 'close', candidate: 0, index: 0, block },
          { type: 'open', ...cited },
          { type: 'delta', ...cited, literal: 'cited text' },
          { type: 'close', ...cited, citations: [{ start: 0, end: 5, source }] },
          { type: 'end', outcomes: ['stop'], reasons: ['STOP'], responseId: 'r', modelVersion: 'm', usage: {} },
        ]
        const { chunks } = readStream(start() + events.map((event) => write(event)).join(''))
        const deltas = chunks.map(({ choices }) => choices[0]?.delta ?? {})
        const content = deltas.map((delta) => delta.content ?? '').join('')
        const [annotation] = deltas.flatMap((delta) => delta.annotations ?? [])
        const { start_index = 0, end_index = 0 } = annotation?.url_citation ?? {}
        expect(content.slice(start_index, end_index)).toBe('cited')
      }),
    )
  })
})
