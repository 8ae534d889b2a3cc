import { expect, test } from '@jest/globals'
import { latestTag, newCallId } from '../../lib/gemini/call-ids.ts'
import type { Content } from '../../lib/gemini/wire.ts'

const calling = (...ids: string[]): Content => ({
  role: 'model',
  parts: ids.map((id) => ({ functionCall: { id, name: 'f', args: {} } })),
})
const answer: Content = { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] }
const idOf = (tag: string): string => newCallId(tag, () => 'x'.repeat(24))

test('a conversation tells which project served its latest turn with a call', () => {
  expect(idOf('abc')).toMatch(/^call_[a-z0-9]{24}$/)
  expect(latestTag([calling(idOf('abc')), answer, calling(idOf('de0'), idOf('fgh')), answer])).toBe('fgh')
})

test('ids of others say nothing', () => {
  for (const id of ['', 'call_1', 'call_ABCDEFGHIJKLMNOPQRSTUVWX', 'toolu_01abcdefghijklmnopqrstuv']) {
    expect(latestTag([calling(id)])).toBeUndefined()
  }
  expect(latestTag([answer])).toBeUndefined()
})
