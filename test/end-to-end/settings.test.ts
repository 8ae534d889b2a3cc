// What an operator's settings change, seen by clients of every family and by Gemini.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { asked, PROTOCOLS, post } from './families.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ settings: { streamTimeout: 6, chatImages: 'markdown' } })
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => gateway.simulated.reset())

describe('a stream that takes longer than it may', () => {
  const ENDS: Record<(typeof PROTOCOLS)[number], RegExp> = {
    chat: /\ndata: \{"error":\{"message":"[^"]*longer than this gateway may run/,
    responses: /\nevent: response\.failed\ndata: .*longer than this gateway may run/,
    messages: /\nevent: error\ndata: .*longer than this gateway may run/,
    gemini: /\{\s*"error":[^]*longer than this gateway may run/,
  }
  test('is ended in the words of its protocol', async () => {
    gateway.simulated.fail({ fault: 'silence', after: 1 }, { times: PROTOCOLS.length })
    const ended = PROTOCOLS.map(async (protocol) => [protocol, await post(gateway, ...asked(protocol, true))] as const)
    for (const [protocol, { status, text }] of await Promise.all(ended)) {
      expect({ protocol, status }).toEqual({ protocol, status: 200 })
      expect(text).toMatch(ENDS[protocol])
    }
  })
})

describe('pictures as Markdown', () => {
  const model = 'gemini-2.5-flash-image'
  const PICTURE = /^(.*?)(?:\n\n)?!\[image\]\(data:(image\/\w+);base64,([A-Za-z0-9+/=]+)\)$/s

  test('are in the text of Chat, whole and streamed, and pictures again when they come back', async () => {
    const openai = new OpenAI({ apiKey: 'your-api-key-1', baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'a kitten' }]
    const whole = await openai.chat.completions.create({ model, messages })
    const streamed = await openai.chat.completions.stream({ model, messages }).finalChatCompletion()
    for (const { choices } of [whole, streamed]) {
      const [, , mimeType, data = ''] = PICTURE.exec(choices[0]?.message.content ?? '') ?? []
      expect([mimeType, Buffer.from(data, 'base64').subarray(1, 4).toString()]).toEqual(['image/png', 'PNG'])
      expect(choices[0]?.message).not.toHaveProperty('images')
    }
    const content = `Here it is: ${whole.choices[0]?.message.content}`
    const more = [...messages, { role: 'assistant' as const, content }, { role: 'user' as const, content: 'blue' }]
    await openai.chat.completions.create({ model, messages: more })
    const [, , , data] = PICTURE.exec(content) ?? []
    expect(gateway.simulated.requests.at(-1)?.body).toMatchObject({
      contents: [
        {},
        { parts: [{ text: expect.stringMatching(/^Here it is: /) }, { inlineData: { mimeType: 'image/png', data } }] },
        {},
      ],
    })
  })
})
