// Every authored stream of Gemini's × every protocol, against test/golden.
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { expectFile, jsonText, namesIn } from './golden.ts'
import { PROTOCOLS } from './protocols.ts'
import { decode, quirks, replyOf, streamText, upstream } from './quirks.ts'

describe.each(Object.entries(PROTOCOLS))('%s', (name, spoken) => {
  const body = spoken.protocol.parse(spoken.request)
  const golden = (quirk: string) => join(import.meta.dirname, 'golden', name, quirk)

  test.each(quirks)('%s', (quirk) => {
    const bytes = upstream(quirk)
    const decoded = decode(bytes)
    const stream = streamText(spoken, body, decoded)
    expectFile(`${golden(quirk)}.reply.json`, jsonText(replyOf(spoken, body, decoded)))
    expectFile(`${golden(quirk)}.stream.sse`, stream)
    for (const size of [1, 7, 100]) expect(streamText(spoken, body, decode(bytes, size))).toBe(stream)
  })

  test('every golden has its upstream', () => {
    const goldens = namesIn(join(import.meta.dirname, 'golden', name)).map((file) => file.split('.')[0])
    expect(quirks).toEqual(expect.arrayContaining(goldens))
  })
})
