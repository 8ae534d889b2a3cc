import { expect, test } from '@jest/globals'
import { streamReader, type TurnReader } from '../../../lib/gemini/reply/reader.ts'

const readerOf = (...events: object[]): TurnReader => {
  const reader = streamReader({ newCallId: () => 'call_1', functions: [] })
  for (const event of events) reader.push(Buffer.from(`data: ${JSON.stringify(event)}\r\n\r\n`))
  return reader
}
const said = (text: string, candidatesTokenCount: number, finishReason?: string): object => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...(finishReason && { finishReason }) }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount },
  modelVersion: 'm',
  responseId: 'r',
})

test('the books have the last word of a turn that failed, too: Google bills it', () => {
  const reader = readerOf(said('a', 1), said('b', 900, 'MALFORMED_FUNCTION_CALL'))
  expect(() => reader.end()).toThrow('MALFORMED_FUNCTION_CALL')
  expect(reader.summary).toMatchObject({
    usage: { promptTokenCount: 3, candidatesTokenCount: 900 },
    modelVersion: 'm',
    responseId: 'r',
    reasons: ['MALFORMED_FUNCTION_CALL'],
  })
})

test('a prompt that was refused has its reason', () => {
  const reader = readerOf({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } })
  reader.end()
  expect(reader.summary).toMatchObject({ usage: { promptTokenCount: 3 }, reasons: ['SAFETY'] })
})
