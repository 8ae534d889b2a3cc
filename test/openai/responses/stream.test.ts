import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError } from '../../../lib/errors.ts'
import type { GenerateContentResponse, Part } from '../../../lib/gemini/wire.ts'
import { faultsOfEvent, faultsOfReply, present } from './contract.ts'
import { checkGrammar, framesOf } from './grammar.ts'
import { breakOff, eventsOf, readBySdk, says, tell } from './turns.ts'

const FUNCTION = { type: 'function', name: 'f', parameters: { type: 'object' }, strict: true, description: 'F' }
const call = (name: string, args: object, signature?: string): Partial<Part> => ({
  functionCall: { name, args: args as Record<string, unknown> },
  ...(signature && { thoughtSignature: signature }),
})
const thought = (text: string): Partial<Part> => ({ text, thought: true })
const GROUNDING = {
  groundingMetadata: {
    webSearchQueries: ['weather', 'rain'],
    groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
    groundingSupports: [
      { segment: { startIndex: 0, endIndex: 7, text: 'Grüße' }, groundingChunkIndices: [0] },
      { segment: { startIndex: 9, endIndex: 14, text: 'World' }, groundingChunkIndices: [0] },
    ],
  },
}

interface Situation {
  request?: object
  upstream: GenerateContentResponse[]
  /** Open Responses knows nothing but messages, reasoning and functions. */
  plain?: boolean
}

const SITUATIONS: Record<string, Situation> = {
  'text in pieces': {
    plain: true,
    upstream: [says([{ text: 'Hel' }]), says([{ text: 'lo "\u{1F600}"\n' }]), says([{ text: '' }], 'STOP')],
  },
  'thoughts, then text': {
    plain: true,
    request: { reasoning: { effort: 'low', summary: 'auto' } },
    upstream: [says([thought('hm')]), says([thought('m'), { text: 'Yes' }], 'STOP')],
  },
  'thoughts, then a signed call and another': {
    plain: true,
    request: { store: false, tools: [FUNCTION] },
    upstream: [says([thought('hm')]), says([call('f', { a: 1 }, 'c2ln'), call('f', {})]), says([], 'STOP')],
  },
  'a signed call alone': {
    plain: true,
    request: { include: ['reasoning.encrypted_content'], tools: [FUNCTION] },
    upstream: [says([{ text: 'Now:' }, call('f', { a: 'ü' }, 'c2ln')], 'STOP')],
  },
  'a signed text': {
    plain: true,
    request: { store: false },
    upstream: [says([{ text: 'Yes' }]), says([{ text: '', thoughtSignature: 'c2ln' }], 'STOP')],
  },
  'cut by the token limit': { plain: true, upstream: [says([{ text: 'Ye' }], 'MAX_TOKENS')] },
  'the limit came before any text': { plain: true, upstream: [says([], 'MAX_TOKENS')] },
  'filtered in the middle': { plain: true, upstream: [says([{ text: 'Ye' }]), says([], 'SAFETY')] },
  'a blocked prompt': {
    plain: true,
    upstream: [{ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } }],
  },
  'a freeform tool': {
    request: {
      tools: [{ type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 's: x' } }],
    },
    upstream: [says([call('patch', { input: '*** Begin\n' })], 'STOP')],
  },
  'shells and patches': {
    request: { tools: [{ type: 'shell' }, { type: 'local_shell' }, { type: 'apply_patch' }] },
    upstream: [
      says([
        call('shell', { commands: ['ls', 'pwd'], timeout_ms: 5 }),
        call('local_shell', { command: ['ls', '-l'], working_directory: '/' }),
        call('apply_patch', { type: 'update_file', path: 'a', diff: '@@\n-x\n+y' }),
        call('apply_patch', { type: 'delete_file', path: 'a' }),
      ]),
      says([], 'STOP'),
    ],
  },
  'a tool in a namespace and a search for tools': {
    request: {
      tools: [
        { type: 'namespace', name: 'crm', description: 'C', tools: [{ ...FUNCTION, name: 'find' }] },
        { type: 'tool_search', execution: 'client', parameters: { type: 'object' }, description: 'T' },
      ],
    },
    upstream: [says([call('crm__find', { a: 1 }), call('tool_search', { goal: 'x' })], 'STOP')],
  },
  'a search with citations': {
    request: { tools: [{ type: 'web_search' }], include: ['web_search_call.action.sources'] },
    upstream: [says([{ text: 'Grüße, ' }]), says([{ text: 'World' }]), says([], 'STOP', GROUNDING)],
  },
  'code and its result': {
    request: { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
    upstream: [
      says([
        { executableCode: { language: 'PYTHON', code: 'print(1)' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1\n' } },
        { text: 'One.' },
      ]),
      says([{ executableCode: { language: 'PYTHON', code: 'loop' } }], 'MAX_TOKENS'),
    ],
  },
  'a picture and a sound': {
    upstream: [
      says([
        { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
        { inlineData: { mimeType: 'audio/wav', data: 'BBBB' } },
      ]),
      says([], 'STOP'),
    ],
  },
  'token probabilities': {
    plain: true,
    request: { top_logprobs: 1, include: ['message.output_text.logprobs'] },
    upstream: [
      says([{ text: 'é' }], 'STOP', {
        logprobsResult: {
          chosenCandidates: [{ token: 'é', logProbability: -0.5 }],
          topCandidates: [{ candidates: [{ token: 'é', logProbability: -0.5 }] }],
        },
      }),
    ],
  },
}

describe.each(Object.entries(SITUATIONS))('%s', (_name, { request = {}, upstream, plain = false }) => {
  const { reply, sse } = tell(request, eventsOf(upstream))
  const events = framesOf(sse)

  test('keeps the grammar of streams', () => {
    expect(() => checkGrammar(events)).not.toThrow()
  })
  test('ends with the reply', () => {
    expect(events.at(-1)?.['response']).toEqual(reply)
  })
  test('is the reply to the official SDK', async () => {
    expect(await readBySdk(sse)).toEqual(JSON.parse(JSON.stringify(reply)))
  })
  ;(present ? test : test.skip)('is what the schemas say', () => {
    expect(faultsOfReply(reply, plain)).toEqual([])
    expect(events.flatMap((event) => faultsOfEvent(event, plain))).toEqual([])
  })
})

const typesOf = (name: string): string[] => {
  const { request = {}, upstream } = SITUATIONS[name] as Situation
  return framesOf(tell(request, eventsOf(upstream)).sse).map(({ type }) => type.replace('response.', ''))
}
const outputOf = (name: string, more: object = {}) => {
  const { request = {}, upstream } = SITUATIONS[name] as Situation
  return tell({ ...request, ...more }, eventsOf(upstream)).reply.output
}

describe('what the blocks become', () => {
  test('the thoughts before a call carry its signature, bound to the call', () => {
    expect(outputOf('thoughts, then a signed call and another')).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'hm' }], encrypted_content: expect.stringMatching(/^call_0:.*c2ln$/) },
      { type: 'function_call', call_id: 'call_0', arguments: '{"a":1}', status: 'completed' },
      { type: 'function_call', call_id: 'call_1', arguments: '{}' },
    ])
  })
  test('a call signed without thoughts has a reasoning item of its own before it, a text one behind it', () => {
    expect(outputOf('a signed call alone').map(({ type }) => type)).toEqual(['message', 'reasoning', 'function_call'])
    expect(outputOf('a signed text').map(({ type }) => type)).toEqual(['message', 'reasoning'])
  })
  test('signatures stay here for those who would not send them back', () => {
    expect(outputOf('a signed text', { store: true })).toHaveLength(1)
    expect(outputOf('thoughts, then a signed call and another', { store: null })[0]).not.toHaveProperty(
      'encrypted_content',
    )
  })
  test('of parallel calls only the first reaches a client that wants one at a time', () => {
    const output = outputOf('thoughts, then a signed call and another', { parallel_tool_calls: false })
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'function_call'])
  })
  test('what was cut says so', () => {
    expect(outputOf('cut by the token limit')).toMatchObject([{ status: 'incomplete' }])
    expect(outputOf('code and its result').map((item) => 'status' in item && item.status)).toEqual([
      'completed',
      'completed',
      'incomplete',
    ])
  })
  test('calls come back as the kind of tool that was declared', () => {
    expect(outputOf('a freeform tool')).toMatchObject([
      { type: 'custom_tool_call', name: 'patch', input: '*** Begin\n' },
    ])
    expect(outputOf('shells and patches')).toMatchObject([
      { type: 'shell_call', action: { commands: ['ls', 'pwd'], timeout_ms: 5, max_output_length: null } },
      { type: 'local_shell_call', action: { type: 'exec', command: ['ls', '-l'], working_directory: '/' } },
      { type: 'apply_patch_call', operation: { type: 'update_file', path: 'a', diff: '@@\n-x\n+y' } },
      { type: 'apply_patch_call', operation: { type: 'delete_file', path: 'a' } },
    ])
    expect(outputOf('a tool in a namespace and a search for tools')).toMatchObject([
      { type: 'function_call', namespace: 'crm', name: 'find' },
      { type: 'tool_search_call', execution: 'client', arguments: { goal: 'x' } },
    ])
  })
  test('citations point into the text as JavaScript slices it', () => {
    const [message, search] = outputOf('a search with citations')
    if (message?.type !== 'message') throw new Error('no message')
    const { text, annotations } = message.content[0] as (typeof message.content)[0]
    expect(annotations.map(({ start_index, end_index }) => text.slice(start_index, end_index))).toEqual([
      'Grüße',
      'World',
    ])
    expect(search).toMatchObject({
      action: { query: 'weather', queries: ['weather', 'rain'], sources: [{ url: 'https://a.example' }] },
    })
  })
  test('usage counts thoughts as output, cached tokens as input', () => {
    const { upstream } = SITUATIONS['text in pieces'] as Situation
    expect(tell({}, eventsOf(upstream)).reply.usage).toEqual({
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
      output_tokens: 8,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 18,
    })
  })
  test('the order of a plain stream', () => {
    expect(typesOf('text in pieces')).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
  })
})

describe('a turn that breaks off', () => {
  const events = eventsOf([says([{ text: 'He' }, call('f', {})]), says([{ text: 'y' }], 'STOP')]).slice(0, -2)
  const sse = breakOff({}, events, new GatewayError('overloaded', 'Too busy.'))

  test('ends with the error and response.failed, and without [DONE]', () => {
    const frames = framesOf(sse)
    expect(() => checkGrammar(frames)).not.toThrow()
    expect(frames.slice(-2)).toMatchObject([
      { type: 'error', message: 'Too busy.', error: { type: 'server_error', message: 'Too busy.' } },
      { response: { status: 'failed', error: { code: 'server_error', message: 'Too busy.' } } },
    ])
    if (present) expect(frames.flatMap((event) => faultsOfEvent(event, true))).toEqual([])
  })
  test('is an error to the official SDK', async () => {
    await expect(readBySdk(sse)).rejects.toThrow('Too busy.')
  })
})

test('any turn in any pieces: the stream keeps its grammar and ends with the reply', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => ({ text })),
    fc.string().map(thought),
    fc.record({ text: fc.string(), thoughtSignature: fc.constant('c2ln') }),
    fc.jsonValue().map((value) => call('f', { value: value ?? 0 }, 'c2ln')),
    fc.constant(call('p', { input: 'x' })),
    fc.string().map((code) => ({ executableCode: { language: 'PYTHON', code } })),
    fc.string().map((output) => ({ codeExecutionResult: { outcome: 'OUTCOME_OK', output } })),
    fc.constantFrom('image/png', 'audio/wav').map((mimeType) => ({ inlineData: { mimeType, data: 'AAAA' } })),
  )
  const turn = fc.record({
    parts: fc.array(part, { maxLength: 8 }),
    reason: fc.constantFrom('STOP', 'MAX_TOKENS', 'SAFETY'),
    store: fc.boolean(),
    parallel_tool_calls: fc.boolean(),
  })
  fc.assert(
    fc.property(turn, ({ parts, reason, ...request }) => {
      const upstream = [...parts.map((one) => says([one])), says([], reason, GROUNDING)]
      const { reply, sse } = tell({ ...request, tools: [{ type: 'custom', name: 'p' }] }, eventsOf(upstream))
      const events = framesOf(sse)
      checkGrammar(events)
      expect(events.at(-1)?.['response']).toEqual(reply)
    }),
    { numRuns: 200 },
  )
})
