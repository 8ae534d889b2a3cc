import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { turnCollector } from '../../../lib/gemini/reply/collector.ts'
import { turnDecoder } from '../../../lib/gemini/reply/decoder.ts'
import { fastText } from '../../../lib/gemini/reply/fast-text.ts'
import { streamReader } from '../../../lib/gemini/reply/reader.ts'
import type { TurnEvent } from '../../../lib/gemini/turn.ts'
import type { GenerateContentResponse } from '../../../lib/gemini/wire.ts'

const options = { newCallId: () => 'call_1', functions: [] }

/** Through the reader, which takes the fast path where it can. */
const fast = (events: readonly string[]): TurnEvent[] => {
  const out: TurnEvent[] = []
  const reader = streamReader(options)
  reader.listen((event) => out.push(event))
  reader.push(Buffer.from(events.map((event) => `data: ${event}\r\n\r\n`).join('')))
  reader.end()
  return out
}
/** Every event parsed. */
const slow = (events: readonly string[]): TurnEvent[] => {
  const out: TurnEvent[] = []
  const decoder = turnDecoder({ ...options, emit: (event) => out.push(event) })
  for (const event of events) decoder.push(JSON.parse(event) as GenerateContentResponse)
  decoder.end()
  return out
}

/** An event in Google's own spacing; `escape` writes the same text with other escapes. */
const textEvent = (text: string, tokens: number, escape: boolean, more = ''): string => {
  const literal = escape
    ? JSON.stringify(text).replace(/[<é你/]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : JSON.stringify(text)
  return `{"candidates": [{"content": {"parts": [{"text": ${literal}}],"role": "model"}${more},"index": 0}],"usageMetadata": {"promptTokenCount": 7,"candidatesTokenCount": ${tokens},"totalTokenCount": ${7 + tokens}},"modelVersion": "gemini-3.6-flash","responseId": "a1b2:33"}`
}

const piece = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed()),
  fc.constantFrom('"', '\\', '\\\\"', '\n', '你好😀', '</é', '"}],"role": "model"', '\u2028', ': 12'),
)
const odd = fc.constantFrom(
  textEvent('', 4, false),
  textEvent('early', 6, false, ',"finishReason": "STOP"'),
  '{"candidates": [{"content": {"parts": [{"text": "hm","thought": true}],"role": "model"},"index": 0}]}',
  '{"candidates": [{"content": {"parts": [{"functionCall": {"name": "f","args": {"text": "x"}}}],"role": "model"},"index": 0}]}',
  '{"candidates": [{"content": {"parts": [{"text": "a"},{"text": "b"}],"role": "model"},"index": 0}]}',
  '{"candidates": [{"content": {"parts": [{"text": "s","thoughtSignature": "c2ln"}],"role": "model"},"index": 0}]}',
  '{"usageMetadata": {"promptTokenCount": 9}}',
)

describe('the fast path is the same path', () => {
  test('for any texts, however they are escaped, and events of other shapes between them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 5, arbitrary: fc.tuple(piece, fc.nat(99_999), fc.boolean()) }, odd), {
          maxLength: 30,
        }),
        fc.boolean(),
        (events, late) => {
          const wire = [
            ...events.map((event) => (typeof event === 'string' ? event : textEvent(...event))),
            textEvent('.', 5, false, ',"finishReason": "STOP"'),
            ...(late ? [textEvent('late', 8, false)] : []),
          ]
          expect(fast(wire)).toEqual(slow(wire))
        },
      ),
      { numRuns: 500, seed: 1 },
    )
  })

  test('a field that comes later is seen', () => {
    const wire = [
      textEvent('a', 1, false),
      textEvent('b', 2, false),
      textEvent('c', 3, false, ',"newField": {"x": 1}'),
      textEvent('d', 4, false, ',"finishReason": "MAX_TOKENS"'),
    ]
    const collector = turnCollector()
    for (const event of fast(wire)) collector.write(event)
    expect(collector.turn()).toMatchObject({ outcomes: ['length'], usage: { candidatesTokenCount: 4 } })
    expect(collector.turn().blocks[0]).toEqual([{ kind: 'text', text: 'abcd' }])
  })

  test('what comes after the finish reason counts, its usage too', () => {
    const wire = [
      textEvent('a', 1, false),
      textEvent('b', 2, false, ',"finishReason": "STOP"'),
      textEvent('c', 9, false),
    ]
    expect(fast(wire)).toEqual(slow(wire))
    expect(fast(wire).at(-1)).toMatchObject({ usage: { candidatesTokenCount: 9 } })
  })

  test('of a name that stands twice the later one counts, as in parsing', () => {
    const twice = (text: string, more = ''): string =>
      textEvent('first', 1, false, more).replace('}]', `,"text": "${text}"}]`)
    const wire = [twice('a'), twice('b'), twice('c', ',"finishReason": "STOP"')]
    expect(fast(wire)).toEqual(slow(wire))
  })

  test('an empty text is no delta', () => {
    const wire = [
      textEvent('a', 1, false),
      textEvent('', 2, false),
      textEvent('.', 3, false, ',"finishReason": "STOP"'),
    ]
    expect(fast(wire)).toEqual(slow(wire))
  })

  test('one candidate after the other: a text is of the candidate that its event names', () => {
    const second = (event: string): string => event.replace('"index": 0', '"index": 1')
    const wire = [
      textEvent('a', 1, false),
      textEvent('b', 2, false, ',"finishReason": "STOP"'),
      second(textEvent('c', 3, false)),
      second(textEvent('d', 4, false, ',"finishReason": "STOP"')),
    ]
    expect(fast(wire)).toEqual(slow(wire))
  })

  test('it is taken at all: the second event of a stream is not parsed', () => {
    const some = fastText()
    const [first, second] = [textEvent('a', 1, false), textEvent('b"\n', 234, false)].map((event) => Buffer.from(event))
    if (!first || !second) throw new Error('no events')
    expect(some.read(first, 0, first.length)).toBeUndefined()
    some.learn(JSON.parse(first.toString()) as GenerateContentResponse, first, 0, first.length)
    expect(some.read(second, 0, second.length)).toBe('b\\"\\n')
    const finished = Buffer.from(textEvent('c', 3, false, ',"finishReason": "STOP"'))
    expect(some.read(finished, 0, finished.length)).toBeUndefined()
  })
})
