import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { asker, candidatesOf, errorOf, eventsOf, model, partsOf, textIn, user } from './client.ts'

let simulated: SimulatedGemini
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  simulated = await startSimulatedGemini({ projects: { k1: 'p1', k2: 'p1', k3: 'p3' } })
  ask = asker(simulated)
})
beforeEach(() => simulated.reset())
afterAll(() => simulated.close())

const URL = '/v1beta/models/gemini-3.6-flash'
const generate = (body: Json) => ask('POST', `${URL}:generateContent`, body)
const stream = async (body: Json): Promise<Json[]> =>
  eventsOf((await ask('POST', `${URL}:streamGenerateContent?alt=sse`, body)).text)
const says = (text: string): Json => ({ contents: [user(text)] })

describe('scripted replies', () => {
  test('are given in order, one for each request, and then the simulator speaks', async () => {
    simulated.script([{ text: 'one' }, { text: 'two' }])
    const texts = [await generate(says('x')), await generate(says('x')), await generate(says('x'))].map(({ body }) =>
      textIn(body),
    )
    expect(texts.slice(0, 2)).toEqual(['one', 'two'])
    expect(texts[2]).not.toBe('two')
  })

  test('go to the requests that they are for', async () => {
    simulated.script({ text: 'for lite' }, { model: 'gemini-2.5-flash-lite' })
    simulated.script({ text: 'for apples' }, { text: 'apples' })
    simulated.script({ text: 'for streams' }, { stream: true })
    expect(textIn((await generate(says('like apples'))).body)).toBe('for apples')
    expect(textIn((await ask('POST', '/v1beta/models/gemini-2.5-flash-lite:generateContent', says('x'))).body)).toBe(
      'for lite',
    )
    expect(textIn(...(await stream(says('x'))))).toBe('for streams')
  })

  test('may be exact chunks, whose signatures are then known', async () => {
    const call = { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2lnbmVk' }
    const chunks = [
      { candidates: [{ content: model(call), index: 0 }] },
      { candidates: [{ content: model(''), finishReason: 'STOP' }], responseId: 'r' },
    ]
    simulated.script({ chunks })
    expect(await stream(says('x'))).toEqual(chunks)
    const contents = [user('x'), model(call), user({ functionResponse: { name: 'f', response: {} } })]
    expect((await generate({ contents })).status).toBe(200)
  })

  test('may be bytes, or a status with a body, or what a function makes of the request', async () => {
    simulated.script({ raw: 'data: x\n\n', headers: { 'x-a': 'b' } })
    simulated.script({ status: 418, body: { tea: true } })
    simulated.script((request) => ({ text: `${request.model} ${request.key}` }))
    const raw = await ask('POST', `${URL}:streamGenerateContent?alt=sse`, says('x'))
    expect([raw.text, raw.headers.get('x-a'), raw.headers.get('content-type')]).toEqual([
      'data: x\n\n',
      'b',
      'text/event-stream',
    ])
    expect(await generate(says('x'))).toMatchObject({ status: 418, body: { tea: true } })
    expect(textIn((await generate(says('x'))).body)).toBe('gemini-3.6-flash a')
  })

  test('tell a turn in short: thoughts, text, calls, an end', async () => {
    simulated.script({ thought: 'hm', text: 'I will look.', calls: [{ name: 'f', args: { a: 1 } }, { name: 'g' }] })
    const { body } = await generate({ ...says('x'), generationConfig: { thinkingConfig: { includeThoughts: true } } })
    expect(partsOf(body)).toEqual([
      { text: 'hm', thought: true },
      { text: 'I will look.' },
      { functionCall: { name: 'f', args: { a: 1 }, id: expect.any(String) }, thoughtSignature: expect.any(String) },
      { functionCall: { name: 'g', args: {}, id: expect.any(String) } },
    ])
    simulated.script({ finishReason: 'RECITATION' })
    expect(candidatesOf((await generate(says('x'))).body)[0]).toMatchObject({
      finishReason: 'RECITATION',
      content: { role: 'model' },
    })
  })

  test('an agent answers turn by turn of the conversation, however often each is asked for', async () => {
    simulated.script(
      { agent: [{ calls: [{ name: 'read_file', args: { path: 'a.txt' } }] }, { text: 'It says hello.' }] },
      { text: 'look into' },
    )
    const start = user('Please look into a.txt')
    const first = await generate({ contents: [start] })
    const again = await stream({ contents: [start] })
    expect([partsOf(first.body)[0]?.functionCall?.name, partsOf(...again)[0]?.functionCall?.name]).toEqual([
      'read_file',
      'read_file',
    ])
    const parts = partsOf(first.body)
    const result = user({
      functionResponse: { id: parts[0]?.functionCall?.id, name: 'read_file', response: { output: 'hello' } },
    })
    expect(textIn((await generate({ contents: [start, model(...parts), result] })).body)).toBe('It says hello.')
    expect(
      textIn(
        (await generate({ contents: [start, model('It says hello.'), user('Bye'), model('Bye'), user('?')] })).body,
      ),
    ).not.toContain('says hello')
  })

  test('never serve a request that is wrong', async () => {
    simulated.script({ text: 'one' })
    expect((await generate({})).status).toBe(400)
    expect(textIn((await generate(says('x'))).body)).toBe('one')
  })

  test('come at the pace that is set', async () => {
    simulated.pace({ firstByteMs: 40, chunkMs: 20, chunkCharacters: 2 })
    simulated.script({ text: '12345678', parts: [] })
    const began = Date.now()
    await stream(says('x'))
    simulated.pace({ firstByteMs: 0, chunkMs: 0, chunkCharacters: 48 })
    expect(Date.now() - began).toBeGreaterThanOrEqual(40 + 3 * 20)
  })
})

describe('keys', () => {
  const withKey = (key: string, body: Json = says('x')) =>
    ask('POST', `${URL}:generateContent`, body, { 'x-goog-api-key': key })

  test('that are missing or bad are refused in the recorded words', async () => {
    const none = await ask('GET', '/v1beta/models', undefined, { 'x-goog-api-key': '' })
    expect(errorOf(none)).toMatchObject({
      code: 403,
      status: 'PERMISSION_DENIED',
      message: expect.stringContaining("doesn't allow unregistered callers"),
    })
    const bearer = await ask('GET', '/v1beta/models', undefined, { 'x-goog-api-key': '', authorization: 'Bearer x' })
    expect(errorOf(bearer)).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' })
    expect(errorOf(await withKey('bad-one'))).toMatchObject({ code: 400, details: [{ reason: 'API_KEY_INVALID' }, {}] })
  })

  test('may come in the query, and the log tells which credentials came', async () => {
    const answer = await ask('POST', `${URL}:generateContent?key=k1`, says('x'), { 'x-goog-api-key': '' })
    expect(answer.status).toBe(200)
    await ask('GET', '/v1beta/models', undefined, { authorization: 'Bearer x' })
    expect(
      simulated.requests.map(({ key, project, credentials, status }) => [key, project, credentials, status]),
    ).toEqual([
      ['k1', 'p1', ['key'], 200],
      ['a', 'project-of-a', ['x-goog-api-key', 'authorization'], 200],
    ])
  })

  test('fail as they are told, for all models or for one', async () => {
    simulated.keys.set('k1', 'day-quota')
    simulated.keys.set('k2', 'model-gone', 'gemini-3.6-flash')
    const quota = errorOf(await withKey('k1'))
    expect(quota).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' })
    expect(JSON.stringify(quota.details)).toContain('GenerateRequestsPerDayPerProjectPerModel-FreeTier')
    expect(errorOf(await withKey('k2')).message).toMatch(
      /^This model models\/gemini-3\.6-flash is no longer available to new users/,
    )
    expect((await ask('GET', '/v1beta/models/gemini-3.6-flash', undefined, { 'x-goog-api-key': 'k2' })).status).toBe(
      404,
    )
    expect((await ask('GET', '/v1beta/models', undefined, { 'x-goog-api-key': 'k2' })).status).toBe(200)
    simulated.keys.set('k1', 'ok')
    expect((await withKey('k1')).status).toBe(200)
  })
})

describe('over HTTP', () => {
  const control = async (body: Json) => (await ask('POST', '/__simulate', body)).status

  test('another process can script, spoil, set keys and read the log', async () => {
    const acts = { script: { text: 'scripted' }, fail: { fault: 'error', error: 'internal' }, keys: { k3: 'leaked' } }
    expect(await control(acts)).toBe(200)
    expect((await generate(says('x'))).status).toBe(500)
    const next = await generate(says('x'))
    expect([next.status, textIn(next.body)]).toEqual([200, 'scripted'])
    expect((await ask('GET', '/v1beta/models', undefined, { 'x-goog-api-key': 'k3' })).status).toBe(403)
    const { body } = await ask('GET', '/__simulate')
    expect((body.requests as Json[]).map(({ status }) => status)).toEqual([500, 200, 403])
    expect(await control({ reset: true })).toBe(200)
    expect(simulated.requests).toEqual([])
  })

  test('what it does not understand is refused', async () => {
    expect(await control({ keys: { k1: 'asleep' } })).toBe(400)
    expect(await control({ scripts: [] })).toBe(400)
  })
})
