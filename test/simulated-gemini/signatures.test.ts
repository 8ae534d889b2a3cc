import { describe, expect, test } from '@jest/globals'
import { startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { asker, errorOf, model, partsOf, user } from './client.ts'
import { call, declared, judge, result, SKIP } from './judge.ts'

const { generate } = judge()

describe('thought signatures', () => {
  const tools = [declared('get_time')]
  const first = async (text = 'Call get_time'): Promise<Json> => {
    const { body } = await generate({ contents: [user(text)], tools })
    return { role: 'model', parts: partsOf(body) }
  }
  const strip = (content: Json): Json => ({
    ...content,
    parts: (content.parts as Json[]).map(({ thoughtSignature: _, ...part }) => part),
  })
  const start = user('Call get_time')

  test('what was given out is known again', async () => {
    const contents = [start, await first(), user(result('get_time'))]
    expect((await generate({ contents, tools })).status).toBe(200)
  })

  test('a first call of the current turn without one is refused, in the words of the recording', async () => {
    const contents = [start, strip(await first()), user(result('get_time'))]
    const { message } = errorOf(await generate({ contents, tools }))
    expect(message).toBe(
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call `default_api:get_time` , position 2. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.',
    )
  })

  test('every step of the turn is looked at', async () => {
    const step = await first()
    const contents = [start, step, user(result('get_time')), strip(step), user(result('get_time'))]
    expect(errorOf(await generate({ contents, tools })).message).toContain('position 4')
  })

  test('an earlier turn may lack it, and so may 2.5', async () => {
    const bare = strip(await first())
    const earlier = [start, bare, user(result('get_time')), model('Noon.'), user('Thanks')]
    expect((await generate({ contents: earlier, tools })).status).toBe(200)
    const contents = [start, bare, user(result('get_time'))]
    expect((await generate({ contents, tools }, 'gemini-2.5-flash')).status).toBe(200)
  })

  test('only the first of parallel calls needs it', async () => {
    const contents = [
      start,
      model(call('get_time', SKIP), call('get_time')),
      user(result('get_time'), result('get_time')),
    ]
    expect((await generate({ contents, tools })).status).toBe(200)
  })

  test.each([SKIP, 'context_engineering_is_the_way_to_go'])('%s stands for one', async (skip) => {
    const contents = [start, model(call('get_time', skip)), user(result('get_time'))]
    expect((await generate({ contents, tools })).status).toBe(200)
  })

  test('one that was never given out is corrupted', async () => {
    const [part] = (await first()).parts as { thoughtSignature: string }[]
    const altered = Buffer.from(part?.thoughtSignature ?? '', 'base64')
    altered[20] = (altered[20] ?? 0) ^ 1
    for (const signature of ['AAAA', altered.toString('base64')]) {
      const contents = [start, model(call('get_time', signature)), user(result('get_time'))]
      expect(errorOf(await generate({ contents, tools })).message).toBe('Corrupted thought signature.')
    }
  })

  test('where projects keep theirs, another project’s is corrupted', async () => {
    const strict = await startSimulatedGemini({ signatures: 'in their project', projects: { a: 'p', b: 'q', c: 'p' } })
    const path = '/v1beta/models/gemini-3.6-flash:generateContent'
    const { body } = await asker(strict)('POST', path, { contents: [start], tools })
    const contents = [start, { role: 'model', parts: partsOf(body) }, user(result('get_time'))]
    const other = await asker(strict)('POST', path, { contents, tools }, { 'x-goog-api-key': 'b' })
    const same = await asker(strict)('POST', path, { contents, tools }, { 'x-goog-api-key': 'c' })
    await strict.close()
    expect([errorOf(other).message, same.status]).toEqual(['Corrupted thought signature.', 200])
  })
})
