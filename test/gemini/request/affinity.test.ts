import { describe, expect, test } from '@jest/globals'
import { affinityKey } from '../../../lib/gemini/request/affinity.ts'
import type { GenerateContentRequest } from '../../../lib/gemini/wire.ts'

const first: GenerateContentRequest = {
  systemInstruction: { parts: [{ text: 'You help.' }] },
  tools: [{ functionDeclarations: [{ name: 'f' }] }],
  contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
}
const later: GenerateContentRequest = {
  ...first,
  contents: [
    ...first.contents,
    { role: 'model', parts: [{ text: 'Hi' }] },
    { role: 'user', parts: [{ text: 'More' }] },
  ],
  generationConfig: { temperature: 1 },
}
const none = { hints: [] }
const key = (request: GenerateContentRequest, affinity = none, client = 'ann', model = 'm'): string =>
  affinityKey(client, model, request, affinity)

describe('affinity', () => {
  test('all turns of one conversation share a key', () => {
    expect(key(later)).toBe(key(first))
    expect(key(first)).toMatch(/^[0-9a-f]{64}$/)
  })

  test('another client, model, system text, tool, beginning or hint has another', () => {
    const beginning = (text: string): GenerateContentRequest => ({
      ...first,
      contents: [{ role: 'user', parts: [{ text }] }],
    })
    const keys = [
      key(first),
      key(first, none, 'bob'),
      key(first, none, 'ann', 'n'),
      key({ ...first, systemInstruction: { parts: [{ text: 'You hinder.' }] } }),
      key({ ...first, tools: [{ functionDeclarations: [{ name: 'g' }] }] }),
      key(beginning('Hello!')),
      affinityKey('ann', 'm', first, { hints: ['u'] }),
      affinityKey('ann', 'm', first, { hints: ['u', ''] }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('where one text ends and the next begins matters', () => {
    const split = (...texts: string[]): GenerateContentRequest => ({
      contents: [{ role: 'user', parts: texts.map((text) => ({ text })) }],
    })
    expect(key(split('ab', 'c'))).not.toBe(key(split('a', 'bc')))
  })

  test('a session decides alone, within its client', () => {
    const session = { session: 's1', hints: ['x'] }
    expect(affinityKey('ann', 'm', first, session)).toBe(
      affinityKey('ann', 'n', { contents: [] }, { session: 's1', hints: [] }),
    )
    expect(affinityKey('bob', 'm', first, session)).not.toBe(affinityKey('ann', 'm', first, session))
  })
})
