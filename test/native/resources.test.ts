import { afterEach, describe, expect, test } from '@jest/globals'
import { readRuntimeSettings } from '../../lib/contract/settings.ts'
import { GatewayError } from '../../lib/errors.ts'
import { ownersOf } from '../../lib/gemini/resources/ownership.ts'
import { listOwned } from '../../lib/gemini/resources/pages.ts'
import type { GeminiClient } from '../../lib/gemini/upstream/client.ts'
import { forward } from '../../lib/native/forward.ts'
import { ownerTable } from '../gemini/owner-table.ts'
import { callerNamed, native } from './native.ts'

let running: Awaited<ReturnType<typeof native>> | undefined
const begin = async (projects: readonly string[], settings?: object) => {
  running = await native(projects, settings)
  return running
}
afterEach(async () => {
  await running?.close()
})

const TEXT = { 'content-type': 'text/plain', 'x-goog-upload-protocol': 'raw' }
const MODEL = '/v1beta/models/gemini-3.6-flash'
const aboutFiles = (...names: string[]) => ({
  contents: [
    {
      role: 'user',
      parts: [
        { text: 'Sum up' },
        ...names.map((name) => ({
          file_data: { file_uri: `https://generativelanguage.googleapis.com/v1beta/${name}`, mime_type: 'text/plain' },
        })),
      ],
    },
  ],
})

test('1,000 calls about 50 files of 12 clients in three projects: none reaches a project that does not own what it names', async () => {
  const { ask, simulated } = await begin(['a', 'b', 'c'])
  const clients = Array.from({ length: 12 }, (_, number) => `client-${number}`)
  const files = await Promise.all(
    Array.from({ length: 50 }, async (_, number) => {
      const client = clients[number % clients.length] ?? ''
      const { json } = await ask('/upload/v1beta/files', { client, headers: TEXT, body: `file ${number}` })
      return { client, name: json.file.name }
    }),
  )
  simulated.requests.splice(0)
  const calls: ((file: (typeof files)[number]) => ReturnType<typeof ask>)[] = [
    ({ client, name }) => ask(`/v1beta/${name}`, { client }),
    ({ client, name }) => ask(`/v1/${name}`, { client }),
    ({ client, name }) => ask(`${MODEL}:generateContent`, { client, body: aboutFiles(name) }),
    ({ client, name }) => ask(`${MODEL}:streamGenerateContent`, { client, query: 'alt=sse', body: aboutFiles(name) }),
    ({ client, name }) => ask(`${MODEL}:countTokens`, { client, body: aboutFiles(name) }),
  ]
  let seed = 7
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return (seed >>> 8) % below
  }
  const statuses = new Map<number, number>()
  for (let round = 0; round < 100; round++) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => {
        const file = files[random(files.length)] ?? { client: '', name: '' }
        const call = calls[random(calls.length)] ?? (() => Promise.reject(new Error('no call')))
        return call(file)
      }),
    )
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  // Google itself says 403 for a file of another project: the pool made no such call
  expect(statuses).toEqual(new Map([[200, 1000]]))
  expect(simulated.requests).toHaveLength(1000)
  expect(new Set(simulated.requests.map(({ project }) => project))).toEqual(new Set(['a', 'b', 'c']))
  expect(simulated.requests.filter(({ status }) => status !== 200)).toEqual([])
}, 30_000)

test("lists merge a client's own out of all projects, page by page, whatever else is there", async () => {
  const { gemini, owners, simulated, ask } = await begin(['a', 'b', 'c'])
  const made: string[] = []
  for (const [index, project] of ['a', 'a', 'b', 'c', 'c', 'c', 'b', 'c'].entries()) {
    const response = await fetch(`${simulated.origin}/upload/v1beta/files`, {
      method: 'POST',
      headers: { ...TEXT, 'x-goog-api-key': `key-${project}` },
      body: 'x',
    })
    const { name } = ((await response.json()) as { file: { name: string } }).file
    const client = index === 3 ? 'bob' : 'ann'
    await owners.note(client, { name, project })
    if (client === 'ann') made.push(name)
  }
  await owners.note('ann', { name: 'files/long-ago', project: 'gone' })
  const question = { collection: 'files', prefix: 'files/', version: 'v1beta', pageToken: '', query: '' } as const
  for (const pageSize of [1, 2, 3, 7, 0]) {
    const listed: string[] = []
    let pageToken = ''
    do {
      const page = await listOwned({ gemini, owners }, { ...question, pageSize, pageToken }, callerNamed('ann'))
      expect(page.items.length).toBeLessThanOrEqual(pageSize || 10)
      listed.push(...page.items.map(({ name }) => String(name)))
      pageToken = page.nextPageToken ?? ''
      expect(Buffer.from(pageToken, 'base64url').toString()).not.toMatch(/"[abc]"|key-|gone/)
    } while (pageToken)
    expect(listed.toSorted((a, b) => a.localeCompare(b))).toEqual(made.toSorted((a, b) => a.localeCompare(b)))
  }
  const snake = await ask('/v1beta/files', { query: 'page_size=2' })
  expect(snake.json).toMatchObject({ files: [{}, {}], nextPageToken: expect.any(String) })
  expect((await ask('/v1beta/files', { client: 'carl' })).json).toEqual({})
})

test('who deletes what a page shows, and then asks for the next, comes to the end of the list', async () => {
  const { ask } = await begin(['a'])
  for (let count = 0; count < 9; count++) await ask('/upload/v1beta/files', { headers: TEXT, body: `file ${count}` })
  const seen = new Set<string>()
  for (let pageToken: string | undefined = ''; pageToken !== undefined; ) {
    const { json } = await ask('/v1beta/files', { query: `pageSize=2&pageToken=${pageToken}` })
    const page = json as unknown as { files?: { name: string }[]; nextPageToken?: string }
    for (const { name } of page.files ?? []) {
      seen.add(name)
      await ask(`/v1beta/${name}`, { method: 'DELETE' })
    }
    pageToken = page.nextPageToken
  }
  expect(seen.size).toBe(9)
})

describe('what a request names', () => {
  test('decides where it goes, and is refused with its field where it is not the client’s', async () => {
    const { ask, simulated } = await begin(['a', 'b'])
    const { json } = await ask('/upload/v1beta/files', { headers: TEXT, body: 'x' })
    const body = aboutFiles(json.file.name)
    expect((await ask(`${MODEL}:generateContent`, { body })).status).toBe(200)
    const before = simulated.requests.length
    const refused = await ask(`${MODEL}:generateContent`, { client: 'bob', body })
    const field = 'contents[0].parts[1].file_data.file_uri'
    expect(refused.json.error).toMatchObject({
      code: 404,
      status: 'NOT_FOUND',
      message: `${field}: ${json.file.name} does not exist, has expired, or is not yours.`,
    })
    expect(JSON.stringify(refused.json.error.details)).toContain(`"field":"${field}"`)
    expect(simulated.requests).toHaveLength(before)
  })

  test('cannot hide behind a field of the same name', async () => {
    const { ask, owners, simulated } = await begin(['a'])
    await owners.note('ann', { name: 'cachedContents/anns', project: 'a' })
    const body = '{"cachedContent":"cachedContents/anns","contents":[],"cachedContent":null}'
    const { json } = await ask(`${MODEL}:generateContent`, { client: 'bob', body })
    expect(json.error).toMatchObject({ code: 400, message: expect.stringContaining('same field twice') })
    expect(simulated.requests).toEqual([])
  })

  test.each(['cachedContent', 'cached_content', 'generateContentRequest.cachedContent'])(
    'may stand in the query, as %s',
    async (field) => {
      const { ask, owners, simulated } = await begin(['a', 'b'])
      await owners.note('ann', { name: 'cachedContents/anns', project: 'b' })
      const asked = {
        query: `alt=json&${field}=cachedContents%2Fanns`,
        body: { contents: [{ parts: [{ text: 'a' }] }] },
      }
      const { json } = await ask(`${MODEL}:generateContent`, { client: 'bob', ...asked })
      expect(json.error).toMatchObject({ code: 404, message: expect.stringContaining(`${field}: cachedContents/anns`) })
      expect(simulated.requests).toEqual([])
      await ask(`${MODEL}:generateContent`, asked)
      expect(simulated.requests.map(({ project }) => project)).toEqual(['b'])
    },
  )

  test('is read by Google as it is here, whatever the client calls its body', async () => {
    const { ask, simulated } = await begin(['a'])
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const hidden = '&cachedContent=cachedContents/anns&'
    await ask(`${MODEL}:generateContent`, { headers, body: { contents: [{ parts: [{ text: hidden }] }] } })
    await ask('/upload/v1beta/files', {
      headers: { ...headers, 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start' },
      body: { file: { displayName: '&file.name=files/anns&', mimeType: 'text/plain' } },
    })
    const types = simulated.requests.map((sent) => sent.headers['content-type'])
    expect(types).toEqual(['application/json', 'application/json'])
  })

  test('may not be of two projects', async () => {
    const { ask, owners, simulated } = await begin(['a', 'b'])
    await owners.note('ann', { name: 'files/one', project: 'a' })
    await owners.note('ann', { name: 'files/two', project: 'b' })
    const { json } = await ask(`${MODEL}:countTokens`, { body: aboutFiles('files/one', 'files/two') })
    expect(json.error).toMatchObject({
      code: 400,
      message: expect.stringMatching(/files\/one and files\/two belong to/),
    })
    expect(simulated.requests).toEqual([])
  })

  test('is not there, however long it is', async () => {
    const { ask, table } = await begin(['a'])
    const name = `files/${'a'.repeat(1500)}`
    expect((await ask(`${MODEL}:generateContent`, { body: aboutFiles(name) })).status).toBe(404)
    expect((await ask(`/v1beta/${name}`)).status).toBe(404)
    expect(table.reads).toEqual([])
  })

  test('asks the table nothing where there is nothing', async () => {
    const { ask, table } = await begin(['a'])
    await ask(`${MODEL}:generateContent`, { body: { contents: [{ parts: [{ text: 'files/abc' }] }] } })
    expect(table.reads).toEqual([])
  })
})

test('what was made is known until it ends, and from then on for a day', async () => {
  const { ask, table } = await begin(['a'])
  const { json: cache } = await ask('/v1beta/cachedContents', {
    body: { model: 'models/gemini-3.6-flash', contents: [{ parts: [{ text: 'word '.repeat(2000) }] }], ttl: '60s' },
  })
  const endOf = (name: string) => table.owners.get('ann')?.get(name)?.end
  expect(endOf(cache.name)).toBe(Date.parse(cache.expireTime))
  const { json: later } = await ask(`/v1beta/${cache.name}`, {
    method: 'PATCH',
    query: 'updateMask=ttl',
    body: { ttl: '600s' },
  })
  expect(endOf(cache.name)).toBe(Date.parse(later.expireTime))
  expect((await ask(`/v1beta/${cache.name}`, { method: 'DELETE' })).status).toBe(200)
  expect(endOf(cache.name)).toBeUndefined()
})

test('a batch whose answers tell of files gives nobody those files', async () => {
  const { ask, owners } = await begin(['a'])
  await owners.note('bob', { name: 'files/of-bob', project: 'a' })
  const text = 'Say: {"responsesFile": "files/of-bob"} files/of-bob'
  const requests = [
    { request: { contents: [{ role: 'user', parts: [{ text }] }] }, metadata: { responsesFile: 'files/of-bob' } },
  ]
  const batch = { displayName: 'files/of-bob', inputConfig: { requests: { requests } } }
  const { json } = await ask(`${MODEL}:batchGenerateContent`, { body: { batch } })
  for (let look = 0; look < 4; look++) expect((await ask(`/v1beta/${json.name}`)).status).toBe(200)
  expect((await ask('/v1beta/files/of-bob')).status).toBe(404)
})

describe('the start of an upload behind the front door', () => {
  const HEADERS = {
    'x-goog-upload-protocol': 'resumable',
    'x-goog-upload-command': 'start',
    'x-goog-upload-header-content-type': 'text/plain',
  }

  test('leads to its route past the functions, with nothing but the session', async () => {
    const { ask, simulated, owners } = await begin(['a', 'b'])
    const reply = await ask('/upload/v1/files', {
      method: 'POST',
      query: 'key=client-key&upload_protocol=resumable',
      headers: { ...HEADERS, 'x-goog-api-key': 'client-key', authorization: 'Bearer client-key', cookie: 'a=b' },
    })
    expect(reply.headers['x-goog-upload-url']).toMatch(
      /^https:\/\/gateway\.example\/api\/upload-session\/v1\/files\?upload_id=\w+&upload_protocol=resumable$/,
    )
    expect(reply.headers).toMatchObject({
      'x-goog-upload-status': 'active',
      'x-goog-upload-chunk-granularity': '8388608',
    })
    expect(reply.headers).not.toHaveProperty('x-goog-upload-control-url')
    const [sent] = simulated.requests
    expect(JSON.stringify(sent)).not.toContain('client-key')
    const { name } = (sent?.body as { file: { name: string } } | undefined)?.file ?? { name: '' }
    expect(await owners.find('ann', name)).toBe(sent?.project)
  })

  test.each(['../secrets', 'Files', 'a'.repeat(41), 'files/-a', `files/${'x'.repeat(5000)}`])(
    'refuses a name that Google would refuse: %s',
    async (name) => {
      const { ask, simulated } = await begin(['a'])
      const { json } = await ask('/upload/v1beta/files', { headers: HEADERS, body: { file: { name } } })
      expect(json.error).toMatchObject({ code: 400, message: expect.stringContaining('file.name') })
      expect(simulated.requests).toEqual([])
    },
  )

  test('gives nobody the file of another, though its name be known', async () => {
    const { ask } = await begin(['a'])
    const { json } = await ask('/upload/v1beta/files', { headers: TEXT, body: 'x' })
    await ask('/upload/v1beta/files', { headers: HEADERS, body: { file: { name: 'files/on-its-way' } } })
    for (const name of [json.file.name, 'files/on-its-way']) {
      const taken = await ask('/upload/v1beta/files', { client: 'bob', headers: HEADERS, body: { file: { name } } })
      expect([taken.status, taken.json.error.status]).toEqual([409, 'ALREADY_EXISTS'])
      expect((await ask(`/v1beta/${name}`, { client: 'bob' })).status).toBe(404)
    }
    expect((await ask(`/v1beta/${json.file.name}`)).status).toBe(200)
  })

  test('forgets a name that its client chose, in every environment, with the file', async () => {
    const { ask, owners, table } = await begin(['a'])
    const elsewhere = ownersOf(table)
    await owners.note('ann', { name: 'files/minutes', project: 'a' })
    expect(await elsewhere.find('ann', 'files/minutes')).toBe('a')
    await owners.forget('ann', 'files/minutes')
    expect(await elsewhere.find('ann', 'files/minutes')).toBeUndefined()
    const free = await ask('/upload/v1beta/files', {
      client: 'bob',
      headers: HEADERS,
      body: { file: { name: 'minutes' } },
    })
    expect(free.status).toBe(200)
  })

  test('claims a name anew each time, so that it is nobody else’s for as long as the client owns it', async () => {
    const { ask, table } = await begin(['a'])
    const asked = { headers: HEADERS, body: { file: { name: 'files/minutes' } } }
    await ask('/upload/v1beta/files', asked)
    await table.freeName({ name: 'files/minutes', project: 'a' })
    expect((await ask('/upload/v1beta/files', asked)).status).toBe(200)
    const late = await ask('/upload/v1beta/files', { client: 'bob', ...asked })
    expect([late.status, late.json.error.status]).toEqual([409, 'ALREADY_EXISTS'])
  })

  test('keeps what the client says of its file', async () => {
    const { ask, simulated } = await begin(['a'])
    await ask('/upload/v1beta/files', {
      headers: HEADERS,
      body: { file: { display_name: 'mine', mimeType: 'text/plain' } },
    })
    expect(simulated.requests[0]?.body).toEqual({
      file: { display_name: 'mine', mimeType: 'text/plain', name: expect.stringMatching(/^files\/[a-z0-9]{8}-/) },
    })
  })
})

describe('collections that nobody knows', () => {
  test('always go to the same project of the client’s, once it has one', async () => {
    const { ask, simulated, owners } = await begin(['a', 'b', 'c'])
    await owners.note('ann', { name: 'home', project: 'b' })
    for (const path of ['/v1beta/agents', '/v1beta/voices/v1', '/v1beta/webhooks/w:ping']) {
      expect((await ask(path, { body: { a: 1 } })).status).toBe(404)
    }
    expect(simulated.requests.map(({ project }) => project)).toEqual(['b', 'b', 'b'])
  })

  test.each([['never'], ['alone'], ['always']])('with nativeUnknown %s', async (nativeUnknown) => {
    const { ask, simulated } = await begin(['a'], { nativeUnknown })
    await ask('/v1beta/agents/mine')
    expect(simulated.requests).toHaveLength(nativeUnknown === 'never' ? 0 : 1)
  })
})

describe('while the table cannot be reached', () => {
  const down = () =>
    Promise.reject(new GatewayError('unavailable', 'The gateway cannot reach its state.', { retryAfter: 5 }))

  test('nobody hears of what would not be found again, and what names nothing is answered', async () => {
    const { ask, table } = await begin(['a'])
    Object.assign(table, { readOwner: down, writeOwner: down, claimName: down })
    const made = await ask('/upload/v1beta/files', { headers: TEXT, body: 'x' })
    expect([made.status, made.headers['retry-after'], made.text]).toEqual([
      503,
      '5',
      expect.not.stringContaining('files/'),
    ])
    expect((await ask(`${MODEL}:generateContent`, { body: aboutFiles('files/abc') })).status).toBe(503)
    expect((await ask(`${MODEL}:generateContent`, { body: aboutFiles() })).status).toBe(200)
  })
})

test('a stream that nobody may hear of is cut, and not left half read', async () => {
  const cuts: GatewayError[] = []
  const noFlow = () => undefined
  const gemini: GeminiClient = {
    open: async (_call, _caller, newReader) => {
      const reader = newReader({ tag: '', emptyIsFault: false })
      reader.push(Buffer.from('data: {"interaction":{"id":"v1_a"}}\n\n'))
      const flow = { start: noFlow, pause: noFlow, resume: noFlow, cut: (error: GatewayError) => void cuts.push(error) }
      return { reader, flow, status: 200, headers: {}, key: { id: 'a', key: 'a', project: 'a', weight: 1 } }
    },
  }
  const out = new GatewayError('unavailable', 'The table is out.')
  const owners = ownersOf({ ...ownerTable(), writeOwner: () => Promise.reject(out) })
  const parts = {
    gemini,
    owners,
    settings: readRuntimeSettings(),
    catalogue: { knows: () => false },
    isOnlyClient: async () => true,
    bodyLimit: 1_000_000,
    newId: () => 'x',
    clock: Date.now,
  }
  const { client, ...caller } = callerNamed('ann')
  const body = JSON.stringify({ model: 'gemini-3.6-flash', input: 'Hello', stream: true })
  const request = { method: 'POST', path: '/v1beta/interactions', query: 'alt=sse', headers: {}, body }
  await expect(forward(parts)({ ...caller, ...request, id: 'r', client })).rejects.toBe(out)
  expect(cuts).toEqual([out])
})

describe('the environment of an interaction', () => {
  const NEVER = { nativeUnknown: 'never' }
  const make = async (ask: Awaited<ReturnType<typeof begin>>['ask'], client: string, more: object) => {
    const body = { agent: 'antigravity-preview', input: 'Hello', ...more }
    const { json, text, status } = await ask('/v1beta/interactions', { client, body })
    const [[environment = ''], [previous = '']] = [/env_\w+/.exec(text) ?? [], /v1_[\w-]+/.exec(text) ?? []]
    return { json, status, environment, previous }
  }

  test('is its client’s alone, and decides where the next one goes', async () => {
    const { ask, simulated } = await begin(['a', 'b', 'c'], NEVER)
    const { environment } = await make(ask, 'ann', { environment: 'remote' })
    for (const asked of [environment, { type: 'remote', environment_id: environment }]) {
      expect((await make(ask, 'bob', { environment: asked })).json.error).toMatchObject({
        code: 404,
        message: `environment: ${environment} does not exist, has expired, or is not yours.`,
      })
      expect((await make(ask, 'ann', { environment: asked })).status).toBe(200)
    }
    expect(simulated.requests).toHaveLength(3)
    expect(new Set(simulated.requests.map(({ project }) => project)).size).toBe(1)
  })

  test('is known though it was told at the end of a stream', async () => {
    const { ask } = await begin(['a', 'b'], NEVER)
    const { environment, previous } = await make(ask, 'ann', { environment: 'remote', stream: true })
    expect((await make(ask, 'ann', { environment })).status).toBe(404)
    const gone = { environment, previous_interaction_id: previous }
    expect((await make(ask, 'bob', gone)).status).toBe(404)
    expect((await make(ask, 'ann', gone)).status).toBe(200)
    expect((await make(ask, 'ann', { environment })).status).toBe(200)
  })

  test('may be one of a collection that nobody knows, where such pass', async () => {
    const { ask, simulated } = await begin(['a', 'b'])
    await make(ask, 'ann', { environment: 'env_made_by_itself' })
    expect(simulated.requests.map(({ path }) => path)).toEqual(['/v1beta/interactions'])
  })
})

test('an interaction that is not to be kept is nobody’s', async () => {
  const { ask, table } = await begin(['a'])
  for (const stream of [false, true]) {
    const body = { model: 'gemini-3.6-flash', input: 'Hello', store: false, stream }
    expect((await ask('/v1beta/interactions', { body })).status).toBe(200)
  }
  expect([...(table.owners.get('ann') ?? [])]).toEqual([])
})
