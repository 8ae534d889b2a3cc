import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { toFile } from 'openai'
import { createImage } from './samples.ts'
import { faultsOf, serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve()
})
afterEach(() => served.simulated.reset())
afterAll(() => served.simulated.close())

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47])
const startOf = (base64 = ''): Buffer => Buffer.from(base64, 'base64').subarray(0, 4)
/** What Gemini was asked. */
const asked = () => served.simulated.requests.map(({ path, body }) => ({ path, body }))

test("OpenAI's names and sizes become Gemini's; n is as many calls", async () => {
  const image = await served.openai.images.generate({
    model: 'gpt-image-1',
    prompt: 'A red house',
    size: '1536x1024',
    quality: 'high',
    n: 2,
  })
  expect(faultsOf('ImagesResponse', image)).toEqual([])
  expect(image.data?.map(({ b64_json }) => startOf(b64_json))).toEqual([PNG, PNG])
  expect(image.usage?.total_tokens).toBe((image.usage?.input_tokens ?? 0) + (image.usage?.output_tokens ?? 0))
  expect(asked()).toHaveLength(2)
  expect(asked()[0]).toMatchObject({
    path: '/v1beta/models/gemini-3.1-flash-image:generateContent',
    body: { generationConfig: { imageConfig: { aspectRatio: '3:2', imageSize: '2K' } } },
  })
})

test('a URL holds the picture itself, where it is asked for and where DALL-E gives one unasked', async () => {
  for (const body of [{ model: 'dall-e-3' }, { response_format: 'url' }] as const) {
    const { data } = await served.openai.images.generate({ prompt: 'A red house', ...body })
    const picture = await fetch(data?.[0]?.url ?? '')
    expect(picture.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await picture.arrayBuffer()).subarray(0, 4)).toEqual(PNG)
  }
})

test('Imagen makes four a call', async () => {
  const { data } = await served.openai.images.generate({
    model: 'imagen-4.0-generate-001',
    prompt: 'A red house',
    size: '1024x1792',
    n: 5,
  })
  expect(data).toHaveLength(5)
  const parameters = asked().map(({ body }) => (body as { parameters: object }).parameters)
  expect(parameters).toEqual([
    { sampleCount: 4, aspectRatio: '9:16' },
    { sampleCount: 1, aspectRatio: '9:16' },
  ])
})

test('an edit sends its files before the prompt; the SDK reads the stream of it', async () => {
  const file = (name: string) => toFile(createImage(), name, { type: 'image/png' })
  const stream = await served.openai.images.edit({
    model: 'gemini-3.1-flash-image',
    prompt: 'Make it blue',
    image: [await file('a.png'), await file('b.png')],
    n: 1,
    stream: true,
  })
  const events = []
  for await (const event of stream) events.push(event)
  expect(events.map(({ type }) => type)).toEqual(['image_edit.completed'])
  expect(faultsOf('ImageEditStreamEvent', events[0])).toEqual([])
  const inlineData = { mimeType: 'image/png', data: createImage().toString('base64') }
  expect(asked()[0]?.body).toMatchObject({
    contents: [{ parts: [{ inlineData }, { inlineData }, { text: 'Make it blue' }] }],
  })
})

test('a prompt that Gemini blocks is the 400 that clients of OpenAI know', async () => {
  served.simulated.fail({ fault: 'blocked', reason: 'PROHIBITED_CONTENT' })
  await expect(served.openai.images.generate({ prompt: 'Something' })).rejects.toMatchObject({
    status: 400,
    code: 'content_policy_violation',
    param: 'prompt',
  })
})

test.each([
  ['prompt', {}],
  ['size', { prompt: 'a', size: 'big' }],
  ['n', { prompt: 'a', n: 11 }],
  ['model', { prompt: 'a', model: 'gemini-2.5-pro' }],
  ['background', { prompt: 'a', background: 'transparent' }],
])('%s of %j is refused by its name', async (param, body) => {
  const reply = await served.fetch('http://gateway.test/v1/images/generations', {
    method: 'POST',
    body: JSON.stringify(body),
  })
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ error: { param } })
  expect(asked()).toEqual([])
})

test('a mask, an edit without an image and a broken form are refused', async () => {
  const image = await toFile(createImage(), 'a.png', { type: 'image/png' })
  await expect(served.openai.images.edit({ prompt: 'a', image, mask: image })).rejects.toMatchObject({ param: 'mask' })
  const form = new FormData()
  form.set('prompt', 'a')
  const without = await served.fetch('http://gateway.test/v1/images/edits', { method: 'POST', body: form })
  expect(await without.json()).toMatchObject({ error: { param: 'image' } })
  form.set('image', new File([], 'a.png', { type: 'image/png' }))
  const empty = await served.fetch('http://gateway.test/v1/images/edits', { method: 'POST', body: form })
  expect(await empty.json()).toMatchObject({ error: { param: 'image', message: 'image: must not be empty' } })
  const broken = await served.fetch('http://gateway.test/v1/images/edits', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: 'no form at all',
  })
  expect(broken.status).toBe(400)
})
