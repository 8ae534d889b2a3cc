import { describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { splitEvents } from '../../../lib/gemini/reply/events.ts'

const split = (...reads: Buffer[]): { events: string[]; strays: string } => {
  const events: string[] = []
  const splitter = splitEvents((bytes, start, end) => events.push(bytes.toString('utf8', start, end)))
  for (const read of reads) splitter.push(read)
  return { events, strays: splitter.end() }
}
/** The same bytes in reads that end where `cuts` say. */
const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((place, index) => bytes.subarray(place, places[index] ?? bytes.length))
}
const wire = (events: readonly string[], end: string): Buffer =>
  Buffer.from(events.map((event) => `data: ${event}${end}${end}`).join(''))

const EVENTS = ['{"text":"你好😀"}', '{"text":"a\\n\\"b\\""}', '{"x":1}']

describe.each([
  ['LF', '\n'],
  ['CR LF', '\r\n'],
  ['CR', '\r'],
])('lines that end in %s', (_, end) => {
  test('any split of the bytes gives the same events', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 20 }), (cuts) => {
        expect(split(...cutAt(wire(EVENTS, end), cuts))).toEqual({ events: EVENTS, strays: '' })
      }),
    )
  })

  test('every byte by itself', () => {
    const bytes = wire(EVENTS, end)
    expect(split(...Array.from(bytes, (byte) => Buffer.of(byte))).events).toEqual(EVENTS)
  })
})

test('a byte order mark, comments, other fields and data over several lines', () => {
  const bytes = Buffer.from('\ufeff: hello\nevent: x\nid: 7\nretry: 10\ndata: {"a":\ndata: 1}\n\ndata:{"b":2}\n\n')
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { events, strays } = split(...cutAt(bytes, [cut]))
    expect(events.map((event) => JSON.parse(event) as unknown)).toEqual([{ a: 1 }, { b: 2 }])
    expect(strays).toBe('')
  }
})

test('what stands outside of events is told at the end', () => {
  const error = '{\n  "error": {\n    "code": 499\n  }\n}'
  const { events, strays } = split(Buffer.from(`data: {"a":1}\r\n\r\n${error}`))
  expect(events).toEqual(['{"a":1}'])
  expect(JSON.parse(strays)).toEqual({ error: { code: 499 } })
})

test('an event that the end of the stream cut off is given as far as it came', () => {
  expect(split(Buffer.from('data: {"a":1}\n\ndata: {"b"')).events).toEqual(['{"a":1}', '{"b"'])
})

test('a line of megabytes is joined once, when it ends', () => {
  const concat = jest.spyOn(Buffer, 'concat')
  const read = Buffer.alloc(64 * 1024, 'A')
  const { events } = split(Buffer.from('data: "'), ...Array.from({ length: 320 }, () => read), Buffer.from('"\n\n'))
  const joined = concat.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0)
  concat.mockRestore()
  expect(events[0]).toHaveLength(320 * read.length + 2)
  // Not once for every read, which would be 160 times as much.
  expect(joined).toBeLessThan(2 * 320 * read.length)
})
