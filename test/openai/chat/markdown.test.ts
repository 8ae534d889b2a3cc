import { describe, expect, test } from '@jest/globals'
import { chatWith } from '../../../lib/openai/chat/index.ts'
import type { Completion } from '../../../lib/openai/chat/wire.ts'
import { decode, quirks, replyOf, streamText, upstream } from '../../quirks.ts'
import { checkGrammar, readStream } from './grammar.ts'

const protocol = chatWith({ chatImages: 'markdown' })
const spoken = { protocol, request: {} }
const body = protocol.parse({ model: 'gemini-3.5-flash', messages: [{ role: 'user', content: 'Hi' }] })
const whole = quirks.filter((quirk) => !decode(upstream(quirk)).error)

describe.each(whole)('%s with pictures as text', (quirk) => {
  const decoded = decode(upstream(quirk))
  const { choices } = replyOf(spoken, body, decoded) as Completion
  const sse = streamText(spoken, body, decoded)

  test('streams what the whole reply says, by the same grammar', () => {
    checkGrammar(sse)
    const said = choices.map(() => '')
    for (const chunk of readStream(sse).chunks) {
      for (const { index, delta } of chunk.choices) {
        expect(delta).not.toHaveProperty('images')
        said[index] += delta.content ?? ''
      }
    }
    expect(said).toEqual(choices.map(({ message }) => message.content ?? ''))
  })
})

test('a picture stands in its place in the text', () => {
  const { choices } = replyOf(spoken, body, decode(upstream('image'))) as Completion
  expect(choices[0]?.message.content).toMatch(/!\[image\]\(data:image\/\w+;base64,[\w+/=]+\)/)
  expect(choices[0]?.message).not.toHaveProperty('images')
})
