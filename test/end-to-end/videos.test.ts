// OpenAI's videos over Veo, through the official SDK and the front door: a pool of three projects, two clients, one request a process.
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import OpenAI, { toFile } from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { createImage } from '../openai/samples.ts'
import { schemasOf } from '../schemas.ts'

const ANN = 'client-ann'
const schemas = schemasOf('openai/openapi.2026-08-21.json', undefined, 'components/schemas')

let gateway: Gateway
let ann: OpenAI
let bob: OpenAI
beforeAll(async () => {
  gateway = await startGateway({
    clientKeys: [ANN, 'client-bob'],
    geminiKeys: ['a', 'b', 'c'].map((name) => ({ key: `key-${name}`, project: name })),
    shared: false,
    frontDoor: 'api',
  })
  const openaiOf = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  ann = openaiOf(ANN)
  bob = openaiOf('client-bob')
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => gateway.simulated.reset())

const asked = () => gateway.simulated.requests.map(({ path, body }) => ({ path, body }))
const statusOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: { status?: number }) => error.status,
  )

const finished = async (id: string): Promise<OpenAI.Video> => {
  for (let look = 0; look < 5; look++) {
    const video = await ann.videos.retrieve(id)
    if (video.status === 'completed') return video
    expect(video.status).toBe('in_progress')
  }
  throw new Error('The video does not end.')
}

test('a video is asked for, waited for, downloaded and deleted, by whom it was made for', async () => {
  const made = await ann.videos.create({ prompt: 'A wave', size: '1280x720', seconds: '8' })
  expect(schemas?.check('VideoResource', made) ?? []).toEqual([])
  expect(made).toMatchObject({
    id: expect.stringMatching(/^video_[a-z0-9]{24}$/),
    model: 'sora-2',
    status: 'queued',
    prompt: 'A wave',
    size: '1280x720',
    seconds: '8',
    completed_at: null,
    error: null,
  })
  expect(asked()).toEqual([
    {
      path: '/v1beta/models/veo-3.1-fast-generate-preview:predictLongRunning',
      body: { instances: [{ prompt: 'A wave' }], parameters: { aspectRatio: '16:9', durationSeconds: 8 } },
    },
  ])
  expect(await statusOf(ann.videos.downloadContent(made.id))).toBe(404)
  for (const refused of [
    bob.videos.retrieve(made.id),
    bob.videos.downloadContent(made.id),
    bob.videos.delete(made.id),
  ]) {
    expect(await statusOf(refused)).toBe(404)
  }

  const video = await finished(made.id)
  expect(schemas?.check('VideoResource', video) ?? []).toEqual([])
  expect(video).toMatchObject({
    ...made,
    status: 'completed',
    progress: 100,
    completed_at: expect.any(Number),
    expires_at: expect.any(Number),
  })
  gateway.simulated.reset()
  expect(await ann.videos.retrieve(made.id)).toEqual(video)
  expect(asked()).toEqual([])

  const download = await ann.videos.downloadContent(made.id)
  expect(download.headers.get('content-type')).toBe('video/mp4')
  const bytes = Buffer.from(await download.arrayBuffer())
  expect(bytes.toString('latin1', 4, 8)).toBe('ftyp')

  // Half a video is none: what breaks off is an error.
  gateway.simulated.fail({ fault: 'reset', bytes: 100 }, { method: 'download', times: 10 })
  expect(await statusOf(ann.videos.downloadContent(made.id))).toBe(502)
  gateway.simulated.reset()

  // What Google made is a file as any other, but one that can be read.
  const [file] = (await ann.files.list({ purpose: 'assistants_output' })).data
  expect(file).toMatchObject({ bytes: bytes.length })
  expect(Buffer.from(await (await ann.files.content(file?.id ?? '')).arrayBuffer())).toEqual(bytes)
  const anthropic = new Anthropic({ apiKey: ANN, baseURL: gateway.url, maxRetries: 0 })
  const id = file?.id.replace('-', '_') ?? ''
  expect((await anthropic.files.retrieveMetadata(id)).downloadable).toBe(true)
  expect(Buffer.from(await (await anthropic.files.download(id)).arrayBuffer())).toEqual(bytes)
  expect(await statusOf(bob.files.content(file?.id ?? ''))).toBe(404)

  expect(await ann.videos.delete(made.id)).toEqual({ id: made.id, object: 'video.deleted', deleted: true })
  expect(await statusOf(ann.videos.retrieve(made.id))).toBe(404)
  expect((await ann.files.list()).data).toEqual([])
})

test('a picture that it begins with goes along, as a file or a data URL, in the form and as JSON', async () => {
  const picture = createImage()
  const image = { bytesBase64Encoded: picture.toString('base64'), mimeType: 'image/png' }
  await ann.videos.create({
    prompt: 'Move',
    model: 'sora-2-pro',
    size: '1792x1024',
    input_reference: await toFile(picture, 'a.png'),
  })
  const url = `data:image/png;base64,${image.bytesBase64Encoded}`
  await ann.videos.create({ prompt: 'Move', input_reference: { image_url: url } })
  await ann.post('/videos', {
    body: { prompt: 'Move', seconds: 6, model: 'veo-3.1-generate-preview', input_reference: { image_url: url } },
  })
  const pro = '/v1beta/models/veo-3.1-generate-preview:predictLongRunning'
  const instances = [{ prompt: 'Move', image }]
  expect(asked()).toEqual([
    { path: pro, body: { instances, parameters: { aspectRatio: '16:9', durationSeconds: 8, resolution: '1080p' } } },
    {
      path: '/v1beta/models/veo-3.1-fast-generate-preview:predictLongRunning',
      body: { instances, parameters: { aspectRatio: '9:16', durationSeconds: 4 } },
    },
    { path: pro, body: { instances, parameters: { aspectRatio: '9:16', durationSeconds: 6 } } },
  ])
})

test('lists go in pages, the newest first, each client its own', async () => {
  const listed: string[] = []
  for await (const { id } of ann.videos.list({ limit: 2 })) listed.push(id)
  expect(listed.length).toBeGreaterThan(2)
  expect(new Set(listed).size).toBe(listed.length)
  const last = await ann.videos.create({ prompt: 'The last' })
  const { body } = (await ann.videos.list({ limit: 1 })) as unknown as { body: { data: { id: string }[] } }
  expect(schemas?.check('VideoListResource', body) ?? []).toEqual([])
  expect(body.data.map(({ id }) => id)).toEqual([last.id])
  expect((await bob.videos.list()).data).toEqual([])
})

test('the seconds asked for are on the record of the call, and priced', async () => {
  gateway.logs.splice(0)
  await ann.videos.create({ prompt: 'Counted', seconds: '8', model: 'sora-2-pro' })
  await gateway.restart()
  const records = gateway.logs.flatMap(({ text }) =>
    text.includes('predictLongRunning') || text.includes('"settled"') ? [text] : [],
  )
  const settled = records.map((text) => JSON.parse(text.slice(text.indexOf('{'))) as Record<string, unknown>)
  expect(settled).toContainEqual(
    expect.objectContaining({
      protocol: 'videos',
      model_asked: 'sora-2-pro',
      seconds: 8,
      'triglot.cost_micro_usd': 3_200_000,
    }),
  )
})

test.each<[string, Record<string, unknown>, string]>([
  ['no prompt', {}, 'prompt'],
  ['a length that Veo has not', { prompt: 'x', seconds: '12' }, 'seconds'],
  ['a length that is none', { prompt: 'x', seconds: 'long' }, 'seconds'],
  ['a large video that is short', { prompt: 'x', seconds: '4', size: '1024x1792' }, 'seconds'],
  ['a size that Veo has not', { prompt: 'x', size: '100x100' }, 'size'],
  ['a model that makes none', { prompt: 'x', model: 'gpt-5' }, 'model'],
  ['a file as picture', { prompt: 'x', input_reference: { file_id: 'file-abc' } }, 'input_reference.file_id'],
  [
    'an address as picture',
    { prompt: 'x', input_reference: { image_url: 'https://a.test/b.png' } },
    'input_reference.image_url',
  ],
  [
    'a picture that is none',
    { prompt: 'x', input_reference: { image_url: 'data:text/plain;base64,AAAA' } },
    'input_reference.image_url',
  ],
])('%s is refused by name', async (_, body, param) => {
  await expect(ann.post('/videos', { body })).rejects.toMatchObject({ status: 400, param })
  expect(asked()).toEqual([])
})

test('what Gemini has nothing for is refused in so many words', async () => {
  const { id } = await ann.videos.create({ prompt: 'x' })
  await expect(ann.videos.remix(id, { prompt: 'y' })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('remixed'),
  })
  await expect(ann.videos.edit({ prompt: 'y', video: { id } })).rejects.toMatchObject({ status: 400 })
  await finished(id)
  await expect(ann.videos.downloadContent(id, { variant: 'thumbnail' })).rejects.toMatchObject({
    status: 400,
    param: 'variant',
  })
  expect(await statusOf(ann.videos.retrieve('__proto__'))).toBe(404)
})
