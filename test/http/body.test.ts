import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bodyLimit, checkBody, isDeeper, readJson, readPassedJson } from '../../lib/http/body.ts'
import { requestOf } from './requests.ts'

/** How deep a value is, the slow way. */
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

describe('depth', () => {
  test('is what the parsed value says, whatever its strings hold', () => {
    const awkward = fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', '}', ']', 'a', '語', '\u0000') })
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'large' }, awkward, fc.integer(), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(awkward, tie('value'), { maxKeys: 4 }),
    })).value
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        const depth = depthOf(value)
        expect(isDeeper(text, depth)).toBe(false)
        if (depth > 0) expect(isDeeper(text, depth - 1)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('is judged in one pass, without recursion: a million brackets, a million backslashes', () => {
    const started = performance.now()
    expect(isDeeper('['.repeat(1_000_000), 100)).toBe(true)
    expect(isDeeper(`"${'\\"'.repeat(1_000_000)}[[[[`, 1)).toBe(false)
    expect(isDeeper(`"${'\\'.repeat(2_000_000)}"[[`, 1)).toBe(true)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  test('100 levels pass and 101 do not', () => {
    const nest = (levels: number) => requestOf({ body: '['.repeat(levels) + ']'.repeat(levels) })
    expect(readJson(nest(100))).toBeInstanceOf(Array)
    expect(() => readJson(nest(101))).toThrow(expect.objectContaining({ kind: 'invalid_request' }))
  })
})

describe('reading', () => {
  test('bytes and text say the same, names of every kind unharmed', () => {
    const body = '\uFEFF{"__proto__":{"a":"語"},"constructor":1}'
    for (const read of [readJson(requestOf({ body })), readJson(requestOf({ body: Buffer.from(body) }))]) {
      expect(JSON.stringify(read)).toBe('{"__proto__":{"a":"語"},"constructor":1}')
    }
  })

  test.each([
    ['an empty body', '', /empty/],
    ['text', 'hello', /not valid JSON: .*'h'/],
    ['a cut object', '{"a":', /not valid JSON/],
    ['a missing comma', '{"a":1 "b":2}', /position 7.*line 1 column 8/],
    ['bytes that are no text', Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
  ])('%s is refused with words that help', (_name, body, message) => {
    const read = () => readJson(requestOf({ body }))
    expect(read).toThrow(message)
    expect(read).toThrow(expect.objectContaining({ kind: 'invalid_request' }))
  })
})

describe('size', () => {
  test.each([
    [128, 1],
    [256, 4],
    [512, 6],
    [3008, 6],
  ])('an environment of %i MB takes %i MB', (memory, megabytes) => {
    expect(bodyLimit(memory)).toBe(megabytes * 1024 * 1024)
  })

  test.each([
    ['text', 'a'],
    ['text of two bytes a character', 'é'],
    ['text of three bytes a character', '語'],
    ['text of two code units a character', '😀'],
  ])('counts bytes, of %s too', (_name, character) => {
    const bytes = Buffer.byteLength(character)
    const limit = bytes * 1000
    for (const toBody of [String, Buffer.from]) {
      const at = requestOf({ body: toBody(character.repeat(1000)) })
      const over = requestOf({ body: toBody(character.repeat(1001)) })
      expect(() => checkBody(at, limit)).not.toThrow()
      expect(() => checkBody(over, limit)).toThrow(expect.objectContaining({ kind: 'too_large' }))
    }
  })

  test('who uploads more is told where larger files go', () => {
    const form = requestOf({ body: Buffer.alloc(11), headers: { 'content-type': 'multipart/form-data; boundary=x' } })
    expect(() => checkBody(form, 10)).toThrow(/Larger files go up through the Gemini API/)
    expect(() => checkBody(requestOf({ body: Buffer.alloc(11) }), 10)).toThrow(/accepted here\.$/)
  })

  test('a compressed body is refused in words, an uncompressed one that says so is not', () => {
    const compressed = requestOf({ headers: { 'content-encoding': 'gzip' } })
    expect(() => checkBody(compressed, 10)).toThrow(/content-encoding/)
    expect(() => checkBody(requestOf({ headers: { 'content-encoding': 'Identity' } }), 10)).not.toThrow()
  })
})

describe('a body that is passed on as it is', () => {
  test.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"b":{"a":":","a":"{"}}]', '{"__proto__":1,"__proto__":2}'])(
    'has no field twice: %s',
    (body) => {
      expect(readJson(requestOf({ body }))).toBeDefined()
      expect(() => readPassedJson(requestOf({ body }))).toThrow(expect.objectContaining({ kind: 'invalid_request' }))
    },
  )

  test('may hold anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const body = JSON.stringify(value, undefined, indent)
        expect(readPassedJson(requestOf({ body }))).toEqual(JSON.parse(body))
      }),
    )
    const body = '\uFEFF{"a":{"a":":"},"b":[{"a":1},{"a":1}],"__proto__":1}'
    expect(readPassedJson(requestOf({ body: Buffer.from(body) }))).toBeInstanceOf(Object)
  })
})
