// Files of OpenAI's and Anthropic's SDKs, in one store with Google's: a pool of three projects, two clients, one request a process.
import Anthropic, { toFile as anthropicFile } from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import OpenAI, { toFile } from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { schemasOf } from '../schemas.ts'

const ANN = 'client-ann'
const BOB = 'client-bob'
const MODEL = 'gemini-3.6-flash'
const PDF = Buffer.from('%PDF-1.4 nothing much')
const schemas = schemasOf('openai/openapi.2026-08-21.json', undefined, 'components/schemas')

let gateway: Gateway
const openaiOf = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
const anthropicOf = (apiKey: string) => new Anthropic({ apiKey, baseURL: gateway.url, maxRetries: 0 })
let ann: { openai: OpenAI; anthropic: Anthropic }
let bob: typeof ann

beforeAll(async () => {
  gateway = await startGateway({
    clientKeys: [ANN, BOB],
    geminiKeys: ['a', 'b', 'c'].map((name) => ({ key: `key-${name}`, project: name })),
    shared: false,
    simulation: { processing: 2 },
  })
  ann = { openai: openaiOf(ANN), anthropic: anthropicOf(ANN) }
  bob = { openai: openaiOf(BOB), anthropic: anthropicOf(BOB) }
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => gateway.simulated.reset())

const upload = async (content: string | Buffer, name: string, purpose: OpenAI.FilePurpose = 'user_data') =>
  ann.openai.files.create({ file: await toFile(Buffer.from(content), name), purpose })

interface FileParts {
  contents: { parts: { fileData?: { fileUri: string; mimeType?: string } }[] }[]
}
/** The files that Gemini was told of by the last request. */
const named = () => {
  const body = gateway.simulated.requests.at(-1)?.body as FileParts | undefined
  return (body?.contents ?? []).flatMap(({ parts }) => parts.flatMap(({ fileData }) => fileData ?? []))
}
const statusOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: { status?: number }) => error.status,
  )

describe("OpenAI's files", () => {
  test('keep what was said of them; one is used in every place that takes one, where it is', async () => {
    const file = await upload(PDF, 'Über uns.pdf', 'assistants')
    expect(schemas?.check('OpenAIFile', file) ?? []).toEqual([])
    expect(file).toMatchObject({
      id: expect.stringMatching(/^file-[a-z0-9-]+$/),
      filename: 'Über uns.pdf',
      purpose: 'assistants',
      bytes: PDF.length,
      status: 'processed',
    })
    expect((file.expires_at ?? 0) - file.created_at).toBe(48 * 3600)
    expect(await ann.openai.files.retrieve(file.id)).toEqual(file)
    expect((await ann.openai.files.waitForProcessing(file.id)).status).toBe('processed')

    const { id } = file
    const data = { fileUri: expect.stringMatching(`/files/${id.slice('file-'.length)}$`), mimeType: 'application/pdf' }
    await ann.openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: id } }] }],
    })
    expect(named()).toEqual([data])
    await ann.openai.responses.create({
      model: MODEL,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_file', file_id: id },
            { type: 'input_image', file_id: id, detail: 'auto' },
          ],
        },
      ],
    })
    expect(named()).toEqual([data, data])
    await ann.anthropic.beta.messages.create({
      model: MODEL,
      max_tokens: 100,
      betas: ['files-api-2025-04-14'],
      messages: [
        { role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: id.replace('-', '_') } }] },
      ],
    })
    expect(named()).toEqual([data])
  })

  test('are listed newest first, in pages and by purpose, and gone when they are deleted', async () => {
    const batch = [await upload('1', 'one.txt', 'batch'), await upload('2', 'two.txt', 'batch')].map(({ id }) => id)
    const page = await ann.openai.files.list({ purpose: 'batch', limit: 1 })
    const { body } = page as unknown as { body: unknown }
    expect(schemas?.check('ListFilesResponse', body) ?? []).toEqual([])
    expect(page.has_more).toBe(true)
    const listed: string[] = []
    for await (const { id } of ann.openai.files.list({ purpose: 'batch', limit: 1 })) listed.push(id)
    expect(new Set(listed)).toEqual(new Set(batch))
    expect(listed).toHaveLength(2)
    expect((await bob.openai.files.list()).data).toEqual([])

    const [id = ''] = batch
    expect(await ann.openai.files.delete(id)).toEqual({ id, object: 'file', deleted: true })
    expect(await statusOf(ann.openai.files.retrieve(id))).toBe(404)
    const left = await ann.openai.files.list({ purpose: 'batch' })
    expect(left.data.map((file) => file.id)).toEqual([batch[1]])
  })

  test("are unknown to other clients, who read which field named what isn't theirs", async () => {
    const { id } = await upload('secret', 'notes.txt')
    for (const work of [bob.openai.files.retrieve(id), bob.openai.files.delete(id), bob.openai.files.content(id)]) {
      expect(await statusOf(work)).toBe(404)
    }
    const asked = bob.openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: id } }] }],
    })
    await expect(asked).rejects.toMatchObject({
      status: 404,
      param: 'messages[0].content[0].file.file_id',
      message: expect.stringContaining(id),
    })
    await expect(
      bob.openai.responses.create({
        model: MODEL,
        input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-neverwas' }] }],
      }),
    ).rejects.toMatchObject({ status: 404, param: 'input[0].content[0].file_id' })
    const edit = (who: OpenAI) =>
      who.post('/images/edits', {
        body: { prompt: 'Blue', images: [{ file_id: id }] },
      }) as Promise<OpenAI.ImagesResponse>
    await expect(edit(bob.openai)).rejects.toMatchObject({ status: 404, param: 'images[0].file_id' })
    expect((await edit(ann.openai)).data).toHaveLength(1)
    expect(await statusOf(ann.openai.files.retrieve('no-file-at-all'))).toBe(404)
  })

  test('what was uploaded cannot be read again, which is said', async () => {
    const { id } = await upload('x', 'x.txt')
    await expect(ann.openai.files.content(id)).rejects.toMatchObject({ status: 400, code: 'file_not_downloadable' })
  })

  test('a video is looked through before its upload is answered, so that a message can name it at once', async () => {
    const file = await upload(Buffer.from('\0\0\0 ftypisom'), 'clip.mp4')
    expect(file.status).toBe('processed')
    await ann.openai.responses.create({
      model: MODEL,
      input: [{ role: 'user', content: [{ type: 'input_file', file_id: file.id }] }],
    })
    expect(named()).toMatchObject([{ mimeType: 'video/mp4' }])
  })

  test('two files of two projects cannot be in one message', async () => {
    const first = await upload('1', 'one.txt')
    gateway.simulated.keys.set(gateway.simulated.requests.at(-1)?.key ?? '', 'minute-quota')
    const second = await upload('2', 'two.txt')
    gateway.simulated.reset()
    // Whose quota is over is forgotten with the processes that saw it.
    await gateway.restart()
    const ids = [first.id, second.id]
    const asked = ann.openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: ids.map((file_id) => ({ type: 'file', file: { file_id } })) }],
    })
    await expect(asked).rejects.toMatchObject({
      status: 400,
      param: 'messages[0].content[1].file.file_id',
      message: expect.stringMatching(`${ids[0]} and ${ids[1]} belong to different projects`),
    })
  })
})

describe("Anthropic's files", () => {
  test('keep what was said of them, are used and listed in pages, and are one store with the others', async () => {
    const file = await ann.anthropic.beta.files.upload({
      file: await anthropicFile(Buffer.from('Hello'), 'folder/hello.txt', { type: 'text/plain' }),
      betas: ['files-api-2025-04-14'],
    })
    expect(file).toEqual({
      type: 'file',
      id: expect.stringMatching(/^file_[a-z0-9-]+$/),
      filename: 'hello.txt',
      mime_type: 'text/plain',
      size_bytes: 5,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expires_at: expect.stringMatching(/Z$/),
      downloadable: false,
    })
    expect(await ann.anthropic.beta.files.retrieveMetadata(file.id)).toEqual(file)
    await ann.anthropic.messages.create({
      model: MODEL,
      max_tokens: 100,
      messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: file.id } }] }],
    })
    expect(named()).toEqual([
      { fileUri: expect.stringContaining(file.id.slice('file_'.length)), mimeType: 'text/plain' },
    ])
    const other = await ann.openai.files.retrieve(file.id)
    expect(other).toMatchObject({ filename: 'hello.txt', purpose: 'user_data' })

    const listed: string[] = []
    for await (const { id } of ann.anthropic.beta.files.list({ limit: 2 })) listed.push(id)
    expect(listed).toContain(file.id)
    expect(new Set(listed).size).toBe(listed.length)
    const { data } = await ann.anthropic.beta.files.list({ ids: [file.id, 'file_neverwas'] })
    expect(data.map(({ id }) => id)).toEqual([file.id])
    const back = await fetch(`${gateway.url}/v1/files?limit=1&before_id=${listed[2]}`, {
      headers: { 'x-api-key': ANN, 'anthropic-version': '2023-06-01' },
    })
    expect(await back.json()).toMatchObject({ data: [{ id: listed[1] }], has_more: true, first_id: listed[1] })

    await expect(ann.anthropic.files.download(file.id)).rejects.toBeInstanceOf(Anthropic.FileNotDownloadableError)
    expect(await ann.anthropic.beta.files.delete(file.id)).toEqual({ id: file.id, type: 'file_deleted' })
    expect(await statusOf(ann.anthropic.beta.files.retrieveMetadata(file.id))).toBe(404)
  })

  test('can be deleted page by page, as they are listed', async () => {
    for (let count = 0; count < 5; count++) {
      await ann.anthropic.beta.files.upload({ file: await anthropicFile(PDF, `${count}.pdf`) })
    }
    for await (const { id } of ann.anthropic.beta.files.list({ limit: 2 })) await ann.anthropic.beta.files.delete(id)
    expect((await ann.anthropic.beta.files.list()).data).toEqual([])
  })

  test('are unknown to other clients', async () => {
    const file = await ann.anthropic.beta.files.upload({ file: await anthropicFile(PDF, 'a.pdf') })
    expect(file.mime_type).toBe('application/pdf')
    expect(await statusOf(bob.anthropic.beta.files.delete(file.id))).toBe(404)
    const asked = bob.anthropic.messages.create({
      model: MODEL,
      max_tokens: 100,
      messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: file.id } }] }],
    })
    await expect(asked).rejects.toMatchObject({
      status: 404,
      message: expect.stringMatching(`messages.0..content.0..source.file_id.*${file.id}`),
    })
  })
})

test("what a Google client uploaded has an id in the others' forms", async () => {
  const google = new GoogleGenAI({ apiKey: ANN, httpOptions: { baseUrl: gateway.url } })
  const file = await google.files.upload({ file: new Blob(['x'.repeat(1000)]), config: { mimeType: 'text/plain' } })
  const id = `file-${file.name?.slice('files/'.length)}`
  expect(await ann.openai.files.retrieve(id)).toMatchObject({ id, bytes: 1000, purpose: 'user_data' })
  await ann.openai.chat.completions.create({
    model: MODEL,
    messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: id } }] }],
  })
  expect(named()).toEqual([{ fileUri: file.uri, mimeType: 'text/plain' }])
  const { id: ours } = await upload('x', 'x.txt')
  expect((await google.files.get({ name: `files/${ours.slice('file-'.length)}` })).displayName).toBe('x.txt')
})

test('a video that is not ready yet cannot be named, which is said', async () => {
  const google = new GoogleGenAI({ apiKey: ANN, httpOptions: { baseUrl: gateway.url } })
  const video = await google.files.upload({ file: new Blob(['x']), config: { mimeType: 'video/mp4' } })
  const file_id = `file-${video.name?.slice('files/'.length)}`
  expect(await ann.openai.files.retrieve(file_id)).toMatchObject({ status: 'uploaded' })
  await expect(
    ann.openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: [{ type: 'file', file: { file_id } }] }],
    }),
  ).rejects.toMatchObject({ status: 400, message: expect.stringContaining('not in an ACTIVE state') })
  expect(await ann.openai.files.waitForProcessing(file_id, { pollInterval: 1 })).toMatchObject({ status: 'processed' })
})

test('every function answers for the clients of all families', async () => {
  for (const url of Object.values(gateway.urls)) {
    const openai = new OpenAI({ apiKey: ANN, baseURL: `${url}/v1`, maxRetries: 0 })
    const anthropic = new Anthropic({ apiKey: ANN, baseURL: url, maxRetries: 0 })
    const { id } = await openai.files.create({ file: await toFile(Buffer.from('x'), 'x.txt'), purpose: 'vision' })
    expect((await anthropic.beta.files.delete(id)).type).toBe('file_deleted')
  }
})

describe('bad uploads are refused by name, in the form of their client', () => {
  const file = (bytes: string, name = 'x.txt') => new File([bytes], name)
  const send = async (entries: (readonly [string, string | File])[], headers: Record<string, string> = {}) => {
    const form = new FormData()
    for (const [name, value] of entries) form.append(name, value)
    const sent = await fetch(`${gateway.url}/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ANN}`, ...headers },
      body: form,
    })
    return { status: sent.status, json: (await sent.json()) as { error: { message: string; param?: string } } }
  }

  test.each<[string, (readonly [string, string | File])[], string]>([
    ['no file', [['purpose', 'user_data']], 'file'],
    [
      'a text for a file',
      [
        ['purpose', 'user_data'],
        ['file', 'text'],
      ],
      'file',
    ],
    [
      'an empty file',
      [
        ['purpose', 'user_data'],
        ['file', file('')],
      ],
      'file',
    ],
    [
      'two files',
      [
        ['purpose', 'user_data'],
        ['file', file('a')],
        ['file', file('b')],
      ],
      'file',
    ],
    [
      'a name without end',
      [
        ['purpose', 'user_data'],
        ['file', file('a', 'x'.repeat(600))],
      ],
      'file',
    ],
    ['no purpose', [['file', file('a')]], 'purpose'],
    [
      'a purpose that is none',
      [
        ['file', file('a')],
        ['purpose', 'constructor'],
      ],
      'purpose',
    ],
  ])('%s', async (_, entries, param) => {
    expect(await send(entries)).toMatchObject({ status: 400, json: { error: { param, message: expect.any(String) } } })
  })

  test('fields that nobody knows are let be', async () => {
    const { status } = await send([
      ['file', file('a')],
      ['purpose', 'evals'],
      ['__proto__', 'x'],
      ['shape', 'round'],
    ])
    expect(status).toBe(200)
  })

  test("in Anthropic's words", async () => {
    const { status, json } = await send([['file', file('')]], { 'anthropic-version': '2023-06-01' })
    expect(status).toBe(400)
    expect(json).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'file: must not be empty' },
    })
  })

  test.each([
    ['openai', {}, { error: { code: 'request_too_large', message: expect.stringContaining('4.5 MB of files') } }],
    [
      'anthropic',
      { 'anthropic-version': '2023-06-01' },
      { type: 'error', error: { type: 'request_too_large', message: expect.stringContaining('4.5 MB of files') } },
    ],
  ] as const)('what is larger than an event can be, by %s', async (family, headers, refused) => {
    const upload = async (bytes: number) => {
      const form = new FormData()
      form.append('purpose', 'user_data')
      form.append('file', new File([new Uint8Array(bytes)], 'x.bin'))
      const url = `${gateway.urls[family]}/v1/files`
      return await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${ANN}`, ...headers }, body: form })
    }
    const over = await upload(5_000_000)
    expect(over.status).toBe(413)
    expect(await over.json()).toMatchObject(refused)
    expect((await upload(4_400_000)).status).toBe(200)
  })

  test('no form at all', async () => {
    const sent = await fetch(`${gateway.url}/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ANN}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(sent.status).toBe(400)
    expect(await sent.json()).toMatchObject({ error: { message: expect.stringContaining('multipart/form-data') } })
  })
})
