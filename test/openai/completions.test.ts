import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { faultsOf, serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve()
})
afterEach(() => served.simulated.reset())
afterAll(() => served.simulated.close())

const ASKED = { model: 'gemini-2.5-flash', prompt: 'Once upon a time', echo: true, max_tokens: 200 } as const

test('what the SDK reads of the stream is what it reads of the reply', async () => {
  const { openai } = served
  const whole = await openai.completions.create(ASKED)
  const stream = await openai.completions.create({ ...ASKED, stream: true, stream_options: { include_usage: true } })
  let text = ''
  let reason: string | null = null
  let total: number | undefined
  for await (const chunk of stream) {
    expect(chunk.object).toBe('text_completion')
    text += chunk.choices[0]?.text ?? ''
    reason = chunk.choices[0]?.finish_reason ?? reason
    total = chunk.usage?.total_tokens ?? total
  }
  expect(faultsOf('CreateCompletionResponse', whole)).toEqual([])
  expect(whole.choices[0]?.text).toMatch(/^Once upon a time./)
  expect({ text, reason, total }).toEqual({
    text: whole.choices[0]?.text,
    reason: whole.choices[0]?.finish_reason,
    total: whole.usage?.total_tokens,
  })
})

test.each([
  ['prompt', { prompt: [1, 2] }],
  ['prompt', { prompt: ['a', 'b'] }],
  ['suffix', { prompt: 'a', suffix: 'b' }],
  ['logprobs', { prompt: 'a', logprobs: 6 }],
])('%s of %j is refused by its name', async (param, body) => {
  const reply = await served.fetch('http://gateway.test/v1/completions', {
    method: 'POST',
    body: JSON.stringify({ model: 'gemini-2.5-flash', ...body }),
  })
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ error: { param } })
})
