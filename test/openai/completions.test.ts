import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Tiktoken } from 'js-tiktoken/lite'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
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

test('several prompts, as texts or token ids, have their choices in their order', async () => {
  const { openai, simulated } = served
  const prompt = ['Hello, ', 'Good ', 'My ']
  const tokenizer = new Tiktoken(cl100k)
  // Each says back which prompt it is for.
  const script = (): void => {
    for (const one of prompt) simulated.script({ text: `(${one})` }, { text: one, times: 2 })
  }
  const expected = prompt.flatMap((one) => [`${one}(${one})`, `${one}(${one})`])
  const asked = { model: 'gemini-2.5-flash', n: 2, echo: true }
  for (const given of [prompt, prompt.map((one) => tokenizer.encode(one))]) {
    script()
    const whole = await openai.completions.create({ ...asked, prompt: given })
    expect(whole.choices.map(({ text }) => text)).toEqual(expected)
    expect(faultsOf('CreateCompletionResponse', whole)).toEqual([])
  }
  script()
  const said = expected.map(() => '')
  for await (const { choices } of await openai.completions.create({ ...asked, prompt, stream: true })) {
    for (const { index, text } of choices) said[index] += text
  }
  expect(said).toEqual(expected)

  const alone = await Promise.all(prompt.map((one) => openai.completions.create({ ...asked, n: 1, prompt: one })))
  const all = await openai.completions.create({ ...asked, prompt })
  const tokens = alone.reduce((sum, { usage }) => sum + (usage?.prompt_tokens ?? 0), 0)
  expect(all.usage?.prompt_tokens).toBe(tokens)
})

test.each([
  ['prompt', { prompt: [1, 200_000] }],
  ['prompt[1]', { prompt: [[1], [-2]] }],
  ['prompt', { prompt: Array(17).fill('a'), n: 2 }],
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
