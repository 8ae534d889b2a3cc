// What the official SDK gathers from our stream is our reply; and the stream is as strict as the documentation, which the
// SDK is not.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { errorObject } from '../../lib/anthropic/errors.ts'
import { messages } from '../../lib/anthropic/index.ts'
import type { MessagesBody } from '../../lib/anthropic/request.ts'
import { GatewayError } from '../../lib/errors.ts'
import type { GenerateContentResponse, Part } from '../../lib/gemini/wire.ts'
import { type Decoded, decode, quirks, replyOf, streamText, upstream } from '../quirks.ts'
import { schemasOf } from '../schemas.ts'
import { checkGrammar, framesOf } from './grammar.ts'
import { readBySdk } from './read.ts'

const schemas = schemasOf('anthropic/anthropic.bundle.schema.json', 'x-messageStreamEventByType')

const bodyOf = (more: object): MessagesBody =>
  messages.parse({ model: 'gemini-3.5-flash', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], ...more })

const BODIES = {
  'thinking shown': bodyOf({ thinking: { type: 'adaptive' } }),
  'no thinking': bodyOf({}),
  'one call at a time': bodyOf({
    thinking: { type: 'enabled', budget_tokens: 1024 },
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  }),
}
type Body = keyof typeof BODIES

const told = (body: Body, decoded: Decoded): { stream: string; reply: unknown } => {
  const spoken = { protocol: messages, request: {} }
  return { stream: streamText(spoken, BODIES[body], decoded), reply: replyOf(spoken, BODIES[body], decoded) }
}

const faultsOf = (stream: string): string[] =>
  framesOf(stream).flatMap((event) => schemas?.check(schemas.events[event.type] ?? event.type, event) ?? [])

describe.each(Object.keys(BODIES) as Body[])('%s', (body) => {
  test.each(quirks)('%s', async (quirk) => {
    const decoded = decode(upstream(quirk))
    const { stream, reply } = told(body, decoded)
    checkGrammar(framesOf(stream))
    expect(faultsOf(stream)).toEqual([])
    if (decoded.error) {
      await expect(readBySdk(stream)).rejects.toMatchObject({
        error: { error: errorObject(decoded.error) },
      })
    } else {
      expect(schemas?.check('Message', reply) ?? []).toEqual([])
      expect(await readBySdk(stream)).toEqual(reply)
    }
  })
})

// ---- Any turn ----

const text = fc.string({ unit: 'grapheme', minLength: 1 })
const signature = fc.option(fc.constantFrom('c2ln', 'bG9uZ2Vy'), { nil: undefined })
const part: fc.Arbitrary<Partial<Part>> = fc.oneof(
  text.map((text) => ({ text })),
  fc.record({ text: fc.constant(''), thoughtSignature: fc.constant('c2ln') }),
  fc.record({ text, thought: fc.constant(true), thoughtSignature: signature }),
  fc.record({
    functionCall: fc.record({ name: fc.constantFrom('f', 'g'), args: fc.dictionary(text, fc.jsonValue()) }),
    thoughtSignature: signature,
  }),
  fc.record({ inlineData: fc.constant({ mimeType: 'image/png', data: 'iVBORw==' }), thoughtSignature: signature }),
  text.map((code) => ({ executableCode: { language: 'PYTHON', code } })),
  text.map((output) => ({ codeExecutionResult: { outcome: 'OUTCOME_OK', output } })),
)
const candidate = (parts: Partial<Part>[], more: object = {}): GenerateContentResponse => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
  usageMetadata: { promptTokenCount: 3 },
})
const turn = fc
  .array(fc.array(part, { maxLength: 3 }), { maxLength: 5 })
  .map((chunks) => [...chunks.map((parts) => candidate(parts)), candidate([], { finishReason: 'STOP' })])

const bytesOf = (responses: readonly GenerateContentResponse[]): Buffer =>
  Buffer.from(responses.map((response) => `data: ${JSON.stringify(response)}\r\n\r\n`).join(''))

/** Gemini runs code before it tells its result; a result of nothing is not among its replies. */
const isPlausible = (responses: readonly GenerateContentResponse[]): boolean => {
  const parts = responses.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])
  return parts.every((part, index) => !part.codeExecutionResult || parts[index - 1]?.executableCode !== undefined)
}

test('any turn streams as it is replied', async () => {
  await fc.assert(
    fc.asyncProperty(
      turn.filter(isPlausible),
      fc.constantFrom(...(Object.keys(BODIES) as Body[])),
      async (turn, body) => {
        const { stream, reply } = told(body, decode(bytesOf(turn)))
        checkGrammar(framesOf(stream))
        expect(await readBySdk(stream)).toEqual(reply)
      },
    ),
    { numRuns: 60 },
  )
})

test('a result is of the code before it, whatever stands between them', async () => {
  const parts = [
    { executableCode: { language: 'PYTHON', code: 'plot()' } },
    { inlineData: { mimeType: 'image/png', data: 'iVBORw==' } },
    { codeExecutionResult: { outcome: 'OUTCOME_OK', output: 'done' } },
  ]
  const urlMetadata = [{ retrievedUrl: 'https://a.test', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' }]
  const turn = [candidate(parts, { finishReason: 'STOP', urlContextMetadata: { urlMetadata } })]
  const { stream, reply } = told('no thinking', decode(bytesOf(turn)))
  const { content } = reply as { content: { type: string; id?: string; tool_use_id?: string }[] }
  const [code, fetch] = content.filter(({ type }) => type === 'server_tool_use')
  expect(content.flatMap(({ tool_use_id }) => tool_use_id ?? [])).toEqual([fetch?.id, code?.id])
  expect(await readBySdk(stream)).toEqual(reply)
})

test('a turn that breaks off anywhere ends in an error', () => {
  const error = new GatewayError('upstream', 'broke off')
  fc.assert(
    fc.property(turn.filter(isPlausible), fc.nat(), (turn, cut) => {
      const { events } = decode(bytesOf(turn))
      const stream = told('thinking shown', { events: events.slice(0, cut % events.length), error }).stream
      checkGrammar(framesOf(stream))
      expect(framesOf(stream).at(-1)).toEqual({ type: 'error', error: { type: 'api_error', message: 'broke off' } })
    }),
  )
})

test('other candidates than the first are not told', () => {
  const { stream } = told('no thinking', decode(upstream('two-candidates')))
  expect(framesOf(stream).filter(({ type }) => type === 'content_block_start')).toHaveLength(1)
})

test('keep-alives are frames of their own, before the message too', () => {
  const { stream } = told('no thinking', decode(upstream('text')))
  checkGrammar(
    framesOf(
      messages.ping +
        stream.replaceAll('\n\nevent: content_block_stop', `\n\n${messages.ping}event: content_block_stop`),
    ),
  )
})

test('a message without its fields is no message', () => {
  if (schemas) expect(faultsOf('event: message_start\ndata: {"type":"message_start","message":{}}\n\n')).not.toEqual([])
})
