import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { writeJson } from '../../lib/gemini/json.ts'

test('half a character is the replacement character, and all else is as it was', () => {
  const texts = fc.array(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud83d', '\ude00', '\\ud83d', '\\', '"', '\u0001', '😀')),
  )
  fc.assert(
    fc.property(texts, (pieces) => {
      const text = pieces.join('')
      expect(JSON.parse(writeJson({ [text]: [text] }))).toEqual({ [text.toWellFormed()]: [text.toWellFormed()] })
    }),
    { numRuns: 500 },
  )
})
