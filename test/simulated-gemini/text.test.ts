import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { candidatesOf, partsOf, textIn, usageIn } from './client.ts'
import { says, sound, speaker } from './speaker.ts'

const { ask, generate, simulated, stream } = speaker()

describe('text', () => {
  test('answers in the language of the prompt, the same each time', async () => {
    const request = says('写一首关于秋天的诗')
    const texts = [textIn(await generate(request)), textIn(...(await stream(request)))]
    expect(texts[0]).toMatch(/^[\u4e00-\u9fff\s，。,:;!?“”]+$/)
    expect(texts[1]).toBe(texts[0])
    expect(textIn(await generate(says('Write a poem about autumn')))).not.toMatch(/[\u4e00-\u9fff]/)
  })

  test('streams in several chunks with one id, a finish reason on the last alone, and usage that grows', async () => {
    const events = await stream(says('Why is the sky blue?'))
    const reasons = events.map((event) => candidatesOf(event)[0]?.finishReason)
    expect(events.length).toBeGreaterThan(3)
    expect(reasons.slice(0, -1).every((reason) => reason === undefined)).toBe(true)
    expect(reasons.at(-1)).toBe('STOP')
    expect(new Set(events.map(({ responseId }) => responseId)).size).toBe(1)
    const counts = events.map((event) => usageIn(event).candidatesTokenCount ?? 0)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })

  test('frames events as Google does', async () => {
    const { text } = await ask(
      'POST',
      '/v1beta/models/gemini-2.5-flash-lite:streamGenerateContent?alt=sse',
      says('Say <b>&'),
    )
    const events = text.split('\r\n\r\n')
    expect(events.at(-1)).toBe('')
    for (const event of events.slice(0, -1))
      expect(event).toMatch(/^data: \{"candidates": \[\{"content": \{"parts": \[\{"text": "[^\n<>&']*$/)
  })

  test('without alt=sse a stream is one growing array of the same chunks', async () => {
    const request = says('Why is the sky blue?')
    const { body, text } = await ask('POST', '/v1beta/models/gemini-2.5-flash:streamGenerateContent', request)
    const whole = body as unknown as Json[]
    expect(text.startsWith('[{\n  "candidates"')).toBe(true)
    whole.forEach(sound)
    expect(textIn(...whole)).toBe(textIn(...(await stream(request, 'gemini-2.5-flash'))))
  })

  test('a character is never cut in two', async () => {
    simulated().pace({ chunkCharacters: 1 })
    const text = '👩‍🚀 𝄞 é'
    simulated().script({ text })
    const events = await stream(says('x'), 'gemini-2.5-flash')
    simulated().pace({ chunkCharacters: 48 })
    expect(textIn(...events)).toBe(text)
    for (const { text: piece = '' } of partsOf(...events)) expect(piece.isWellFormed()).toBe(true)
  })

  test('keeps to stop sequences and to the output limit', async () => {
    const whole = textIn(await generate(says('Why do we STOP here?')))
    const stopped = await generate(
      says('Why do we STOP here?', { generationConfig: { stopSequences: ['none', 'STOP'] } }),
    )
    expect(textIn(stopped)).toBe(whole.slice(0, whole.indexOf('STOP')))
    const request = says('Why do we STOP here?', { generationConfig: { maxOutputTokens: 20 } })
    const cut = await generate(request, 'gemini-2.5-flash-lite')
    expect(whole.startsWith(textIn(cut))).toBe(true)
    expect(candidatesOf(cut)[0]?.finishReason).toBe('MAX_TOKENS')
    expect(usageIn(cut).candidatesTokenCount).toBe(20)
  })

  test('thinking that takes all the room leaves no parts, as recorded', async () => {
    const cut = await generate(says('x', { generationConfig: { maxOutputTokens: 5 } }), 'gemini-2.5-pro')
    expect(candidatesOf(cut)[0]).toEqual({ content: { role: 'model' }, finishReason: 'MAX_TOKENS', index: 0 })
  })

  test('gives as many candidates as asked, which differ', async () => {
    const request = says('Why?', { generationConfig: { candidateCount: 3 } })
    const whole = candidatesOf(await generate(request, 'gemini-2.5-flash'))
    expect(whole.map(({ index }) => index)).toEqual([0, 1, 2])
    const events = await stream(request, 'gemini-2.5-flash')
    const ends = events.flatMap(candidatesOf).filter(({ finishReason }) => finishReason === 'STOP')
    expect(ends.map(({ index }) => index)).toEqual([0, 1, 2])
  })

  test('log probabilities cover the text', async () => {
    const [candidate] = candidatesOf(
      await generate(says('Hello', { generationConfig: { responseLogprobs: true, logprobs: 3 } }), 'gemini-2.5-flash'),
    )
    const { chosenCandidates, topCandidates } = (candidate?.logprobsResult ?? {}) as Record<string, Json[]>
    expect(chosenCandidates?.map(({ token }) => token).join('')).toBe(candidate?.content.parts?.[0]?.text)
    expect(topCandidates?.every(({ candidates }) => (candidates as Json[]).length === 3)).toBe(true)
  })
})

describe('thinking', () => {
  const shown = { generationConfig: { thinkingConfig: { includeThoughts: true } } }

  test('is counted always, shown when asked, and signed on 3', async () => {
    const hidden = await generate(says('Why?'))
    expect(usageIn(hidden).thoughtsTokenCount).toBeGreaterThan(0)
    expect(partsOf(hidden).map(({ thought, thoughtSignature }) => [thought, thoughtSignature !== undefined])).toEqual([
      [undefined, true],
    ])
    expect(partsOf(await generate(says('Why?', shown)))[0]?.thought).toBe(true)
  })

  test('a streamed answer ends with an empty part that is signed', async () => {
    const events = await stream(says('Why?', shown))
    expect(partsOf(events.at(-1) ?? {})).toEqual([{ text: '', thoughtSignature: expect.any(String) }])
    expect(usageIn(events[0] ?? {}).thoughtsTokenCount).toBeUndefined()
  })

  test('can be off on 2.5 Flash, and grows with the level on 3', async () => {
    const tokens = async (thinkingConfig: Json, id: string): Promise<number> =>
      usageIn(await generate(says('Why?', { generationConfig: { thinkingConfig } }), id)).thoughtsTokenCount ?? 0
    expect(await tokens({ thinkingBudget: 0 }, 'gemini-2.5-flash')).toBe(0)
    const levels = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] as const
    const counts = await Promise.all(levels.map((thinkingLevel) => tokens({ thinkingLevel }, 'gemini-3.6-flash')))
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })
})
