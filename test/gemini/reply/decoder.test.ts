import { describe, expect, test } from '@jest/globals'
import { turnCollector } from '../../../lib/gemini/reply/collector.ts'
import { turnDecoder } from '../../../lib/gemini/reply/decoder.ts'
import type { Turn, TurnEvent } from '../../../lib/gemini/turn.ts'
import type { GenerateContentResponse } from '../../../lib/gemini/wire.ts'

const decode = (...responses: GenerateContentResponse[]): TurnEvent[] => {
  const events: TurnEvent[] = []
  let calls = 0
  const decoder = turnDecoder({
    emit: (event) => events.push(event),
    newCallId: () => `call_${calls++}`,
    functions: [],
  })
  for (const response of responses) decoder.push(response)
  decoder.end()
  return events
}
const collect = (...responses: GenerateContentResponse[]): Turn => {
  const collector = turnCollector()
  for (const event of decode(...responses)) collector.write(event)
  return collector.turn()
}
const says = (parts: object[], finishReason?: string, more: object = {}): GenerateContentResponse => ({
  candidates: [{ content: { role: 'model', parts }, ...(finishReason && { finishReason }), ...more }],
  responseId: 'r',
  modelVersion: 'm',
  usageMetadata: { promptTokenCount: 3 },
})

describe('block borders', () => {
  test('text over several responses is one block; a thought before it is another', () => {
    const turn = collect(
      says([{ text: 'hm', thought: true }]),
      says([{ text: 'm', thought: true }, { text: 'A' }]),
      says([{ text: 'b"\n' }], 'STOP'),
    )
    expect(turn.blocks[0]).toEqual([
      { kind: 'thought', text: 'hmm' },
      { kind: 'text', text: 'Ab"\n' },
    ])
    expect(turn.outcomes).toEqual(['stop'])
  })

  test('a call closes the text before it, and STOP in a later response still means calls', () => {
    const turn = collect(
      says([{ text: 'a' }, { functionCall: { name: 'f' }, thoughtSignature: 'c2ln' }]),
      says([], 'STOP'),
    )
    expect(turn.blocks[0]).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'call', id: 'call_0', name: 'f', text: '{}', signature: 'c2ln' },
    ])
    expect(turn.outcomes).toEqual(['calls'])
  })

  test('a signature on an empty last part belongs to the block before it', () => {
    const turn = collect(says([{ text: 'a' }]), says([{ text: '', thoughtSignature: 'c2ln' }], 'STOP'))
    expect(turn.blocks[0]).toEqual([{ kind: 'text', text: 'a', signature: 'c2ln' }])
  })

  test('code that ran for too long has failed, as has code that threw', () => {
    const outcomes = ['OUTCOME_OK', 'OUTCOME_FAILED', 'OUTCOME_DEADLINE_EXCEEDED']
    const turn = collect(
      says(
        outcomes.map((outcome) => ({ codeExecutionResult: { outcome } })),
        'STOP',
      ),
    )
    expect(turn.blocks[0]).toMatchObject([{ ok: true }, { ok: false }, { ok: false }])
  })

  test('candidates keep blocks of their own', () => {
    const turn = collect(
      {
        candidates: [
          { index: 0, content: { parts: [{ text: 'a' }] } },
          { index: 1, content: { parts: [{ text: 'x' }] } },
        ],
      },
      {
        candidates: [
          { index: 1, content: { parts: [{ text: 'y' }] }, finishReason: 'MAX_TOKENS' },
          { index: 0, finishReason: 'STOP' },
        ],
      },
    )
    expect(turn.blocks.map((blocks) => blocks.map(({ text }) => text))).toEqual([['a'], ['xy']])
    expect(turn.outcomes).toEqual(['stop', 'length'])
  })
})

test('the first event tells the prompt tokens', () => {
  expect(decode(says([{ text: 'a' }], 'STOP'))[0]).toEqual({
    type: 'start',
    responseId: 'r',
    modelVersion: 'm',
    usage: { promptTokenCount: 3 },
  })
})

test('a blocked prompt ends filtered, with Google’s word', () => {
  expect(collect({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } })).toMatchObject({
    outcomes: ['filtered'],
    blocked: 'PROHIBITED_CONTENT',
    blocks: [[]],
  })
})

test.each([
  ['no finish reason', [says([{ text: 'a' }])]],
  ['nothing at all', []],
  ['a malformed call', [says([], 'MALFORMED_FUNCTION_CALL')]],
  ['OTHER without a word', [says([], 'OTHER')]],
])('%s is a failure, never a normal stop', (_, responses) => {
  expect(() => decode(...responses)).toThrow(expect.objectContaining({ kind: 'upstream' }))
})

test('an answer that Gemini could go on with is cut off, and one that a rule stopped is filtered, with or without text', () => {
  for (const parts of [[], [{ text: 'a' }], [{ text: 'a' }, { functionCall: { name: 'f' } }]]) {
    expect(collect(says(parts, 'CONTINUATION')).outcomes).toEqual(['length'])
    expect(collect(says(parts, 'ESCALATION')).outcomes).toEqual(['filtered'])
  }
})

test('OTHER after text, and a reason nobody knows yet, end normally', () => {
  expect(collect(says([{ text: 'a' }], 'OTHER')).outcomes).toEqual(['stop'])
  expect(collect(says([{ text: 'a' }], 'SOMETHING_NEW')).outcomes).toEqual(['stop'])
})

test('citations count UTF-16 code units of the block, where Gemini counted bytes of a part', () => {
  const text = '你好😀 Paris is big.'
  const quoted = 'Paris is big.'
  const start = Buffer.byteLength('你好😀 ')
  const grounding = {
    webSearchQueries: ['paris'],
    groundingChunks: [{ web: { uri: 'https://x.example/', title: 'X' } }],
    groundingSupports: [
      { segment: { startIndex: start, endIndex: start + quoted.length, text: quoted }, groundingChunkIndices: [0] },
    ],
  }
  const turn = collect(
    says([{ text: '你好😀' }]),
    says([{ text: ' Paris is big.' }], 'STOP', { groundingMetadata: grounding }),
  )
  const [block, search] = turn.blocks[0] ?? []
  const citation = block?.citations?.[0]
  expect(text.slice(citation?.start, citation?.end)).toBe(quoted)
  expect(search).toMatchObject({
    kind: 'search',
    queries: ['paris'],
    sources: [{ uri: 'https://x.example/', title: 'X' }],
  })
})

describe('what Gemini searched and fetched', () => {
  const groundingMetadata = {
    webSearchQueries: ['soup'],
    groundingChunks: [{ web: { uri: 'https://a.example/', title: 'A' } }],
  }
  const urlContextMetadata = {
    urlMetadata: [{ retrievedUrl: 'https://a.example/', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' }],
  }
  const kinds = (turn: Turn): string[] => turn.blocks[0]?.map(({ kind }) => kind) ?? []
  const thoughtAndText = [{ text: 'hm', thought: true }, { text: 'Soup.' }]

  test('stands between thoughts and answer where the reply came whole', () => {
    const turn = collect(says(thoughtAndText, 'STOP', { groundingMetadata, urlContextMetadata }))
    expect(kinds(turn)).toEqual(['thought', 'fetch', 'search', 'text'])
  })

  test('a search that is told when the answer is over stands behind it', () => {
    const turn = collect(says(thoughtAndText), says([{ text: ' Hot.' }], 'STOP', { groundingMetadata }))
    expect(kinds(turn)).toEqual(['thought', 'text', 'search'])
  })

  test('a page is told once, however often it is named', () => {
    const turn = collect(
      says([{ text: 'a' }], undefined, { urlContextMetadata }),
      says([{ text: 'b' }], 'STOP', { urlContextMetadata }),
    )
    expect(turn.blocks[0]).toMatchObject([
      { kind: 'fetch', pages: [{ uri: 'https://a.example/', outcome: 'read' }] },
      { kind: 'text', text: 'ab' },
    ])
  })

  test('a page that was read is no search, though it is what the answer rests on', () => {
    const { groundingChunks } = groundingMetadata
    const turn = collect(says([{ text: 'a' }], 'STOP', { urlContextMetadata, groundingMetadata: { groundingChunks } }))
    expect(kinds(turn)).toEqual(['fetch', 'text'])
  })

  test('a search beside calls is told by what it asked for', () => {
    const toolCall = { toolType: 'GOOGLE_SEARCH_WEB', args: { queries: ['soup', 5] } }
    const turn = collect(says([{ functionCall: { name: 'f' } }, { toolCall }], 'STOP'))
    expect(turn.blocks[0]).toMatchObject([{ kind: 'call' }, { kind: 'search', queries: ['soup'], sources: [] }])
  })
})
