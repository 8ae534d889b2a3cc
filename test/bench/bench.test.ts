import { describe, expect, test } from '@jest/globals'
import { textEvents } from './events.ts'
import { floor } from './floor.ts'
import { convert, cut } from './in-process.ts'
import { PROTOCOLS, product, type Streamed } from './product.ts'
import { differences, ratios } from './rounds.ts'
import { isOver, row } from './table.ts'

type Frame = Record<string, unknown> & {
  delta?: { text?: string } | string
  choices?: { delta: { content?: string } }[]
}

const framesOf = (text: string): Frame[] =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json ?? '') as Frame)

const TEXT_OF: Record<Streamed, (frame: Frame) => string | undefined> = {
  chat: ({ choices }) => choices?.[0]?.delta.content,
  responses: ({ type, delta }) =>
    type === 'response.output_text.delta' && typeof delta === 'string' ? delta : undefined,
  messages: ({ delta }) => (typeof delta === 'object' ? delta.text : undefined),
}
const textOf = (written: string, protocol: Streamed): string =>
  framesOf(written)
    .map((frame) => TEXT_OF[protocol](frame) ?? '')
    .join('')

const run = (make: typeof floor, reads: readonly Buffer[]): string[] => {
  const written: string[] = []
  convert({ name: '', make }, reads, (text) => void written.push(text))
  return written
}

describe('the floor and the product do the same work', () => {
  const events = textEvents(50, 40)
  const sent = events
    .map((event) => JSON.parse(event.toString().slice(5)).candidates[0].content.parts[0].text as string)
    .join('')

  test('the floor writes once for each event, and at the end', () => {
    const written = run(floor, events)
    expect(textOf(written.join(''), 'chat')).toBe(sent)
    expect(written).toHaveLength(events.length + 3)
  })

  test.each(PROTOCOLS)('%s', (protocol) => {
    expect(textOf(run(product(protocol), events).join(''), protocol)).toBe(sent)
    expect(textOf(run(product(protocol), cut(events, 97)).join(''), protocol)).toBe(sent)
    expect(textOf(run(floor, cut(events, 97)).join(''), 'chat')).toBe(sent)
  })
})

test('figures are compared within their round, so a machine that slows down changes nothing', () => {
  expect(ratios([2, 20, 200], [1, 10, 100])).toEqual({ median: 2, low: 2, high: 2 })
  expect(differences([3, 13, 103], [1, 11, 101]).median).toBe(2)
})

test('a figure that could not be measured is over its limit', () => {
  expect([1, 2, 3, Number.NaN].map((value) => isOver(row('', '', '', value, 2)))).toEqual([false, false, true, true])
})
