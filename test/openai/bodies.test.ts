import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served.simulated.close())

const SOUND: Record<string, Record<string, unknown>> = {
  '/v1/completions': { model: 'gemini-2.5-flash', prompt: 'a', n: 1, logprobs: 1, stop: ['x'], echo: true },
  '/v1/embeddings': { model: 'gemini-embedding-001', input: ['a', 'b'], dimensions: 3, encoding_format: 'base64' },
  '/v1/images/generations': { model: 'gpt-image-1', prompt: 'a', n: 1, size: '1024x1024', quality: 'low' },
  '/v1/images/edits': { model: 'gpt-image-1', prompt: 'a', images: ['files/abc'], size: 'auto' },
  '/v1/responses/input_tokens': { model: 'gemini-2.5-flash', input: [{ role: 'user', content: 'a' }], tools: [] },
  '/v1/responses/compact': { model: 'gemini-2.5-flash', input: 'a', previous_response_id: null },
  '/v1/conversations': { metadata: { a: 'b' }, items: [{ role: 'user', content: 'a' }] },
  '/v1/videos': {
    prompt: 'a',
    model: 'sora-2',
    seconds: '4',
    size: '720x1280',
    input_reference: { image_url: 'data:image/png;base64,AAAA' },
  },
  '/v1/audio/speech': { model: 'tts-1', voice: 'nova', input: 'a', speed: 2, response_format: 'pcm' },
}

const FORM_FIELDS = 'file image image[] model prompt n response_format purpose seconds size input_reference __proto__'
  .split(' ')
  .concat('input_reference[image_url]')

const post = (path: string, body: string | FormData): Promise<Response> =>
  served.fetch(`http://gateway.test${path}`, { method: 'POST', body })

test.each(Object.entries(SOUND))(
  '%s answers a body with any field spoiled, and any JSON, below 500',
  async (path, sound) => {
    const spoiled = fc
      .tuple(fc.constantFrom(...Object.keys(sound), '__proto__', 'constructor'), fc.jsonValue())
      .map(([name, value]) => `{"${name}":${JSON.stringify(value)},${JSON.stringify(sound).slice(1, -1)}}`)
    const replaced = fc
      .tuple(fc.constantFrom(...Object.keys(sound)), fc.jsonValue())
      .map(([name, value]) => JSON.stringify({ ...sound, [name]: value }))
    const any = fc.jsonValue().map((value) => JSON.stringify(value))
    await fc.assert(
      fc.asyncProperty(fc.oneof(replaced, spoiled, any, fc.string()), async (body) => {
        const reply = await post(path, body)
        const text = await reply.text()
        if (reply.status >= 500) throw new Error(`${reply.status} ${text}`)
      }),
      { numRuns: 60 },
    )
  },
)

test.each(['/v1/audio/transcriptions', '/v1/images/edits', '/v1/files', '/v1/videos'])(
  '%s answers any form below 500',
  async (path) => {
    const names = fc.constantFrom(...FORM_FIELDS)
    const values = fc.oneof(
      fc.string(),
      fc.constantFrom('gemini-2.5-flash', 'user_data', '4'),
      fc.uint8Array({ maxLength: 40 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, values)), async (fields) => {
        const form = new FormData()
        for (const [name, value] of fields) {
          form.append(name, typeof value === 'string' ? value : new File([new Uint8Array(value)], 'a.wav'))
        }
        const reply = await post(path, form)
        expect(reply.status).toBeLessThan(500)
      }),
      { numRuns: 60 },
    )
  },
)
