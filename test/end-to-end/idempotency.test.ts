// F27: a request that is sent again with its Idempotency-Key is answered once; one request a process, as in Lambda.
import { randomBytes } from 'node:crypto'
import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import OpenAI, { toFile } from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { nameOf, requestOf, SAID, VARIANTS, type Variant } from './faults/variants.ts'

const [ANN, BOB] = ['own-client-key', 'other-client-key']
const MODEL = 'gemini-3.6-flash'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({
    clientKeys: [ANN, BOB],
    geminiKeys: ['a', 'b', 'c'].map((name) => ({ key: `key-${name}`, project: name })),
    simulation: { pace: { chunkCharacters: 12 } },
    shared: false,
  })
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => {
  gateway.simulated.reset()
  gateway.simulated.pace({ firstByteMs: 0, chunkMs: 0 })
})

interface Sent {
  key: string
  text?: string
  client?: string
  model?: string
  signal?: AbortSignal
}
const send = (
  variant: Variant,
  { key, text = SAID, client = ANN, model = MODEL, ...rest }: Sent,
): Promise<Response> => {
  const [path, body] = requestOf(variant, text, model)
  return fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${client}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
    ...rest,
  })
}

interface Got {
  status: number
  type: string | null
  replayed: string | null
  text: string
  id: string | null
}
const got = async (sending: Promise<Response>): Promise<Got> => {
  const response = await sending
  const { headers } = response
  return {
    status: response.status,
    type: headers.get('content-type'),
    replayed: headers.get('idempotent-replayed'),
    text: await response.text(),
    id: headers.get('x-request-id'),
  }
}
/** Calls that a model was asked with. */
const asked = (): number => gateway.simulated.requests.filter(({ method }) => method === 'POST').length

describe.each(VARIANTS.map((variant) => [nameOf(variant), variant] as const))('%s', (name, variant) => {
  test('the second gets what the first got, to the letter', async () => {
    const first = await got(send(variant, { key: `twice ${name}` }))
    const second = await got(send(variant, { key: `twice ${name}` }))
    expect(first).toMatchObject({ status: 200, replayed: null })
    expect(second).toEqual({ ...first, replayed: 'true', id: expect.not.stringMatching(first.id ?? '') })
    expect(asked()).toBe(1)
    // Whose key it is counts, too
    expect(await got(send(variant, { key: `twice ${name}`, client: BOB }))).toMatchObject({ replayed: null })
    expect(asked()).toBe(2)
  })

  test('of many at once one is answered, and the others wait for it', async () => {
    gateway.simulated.pace({ firstByteMs: 300 })
    const all = await Promise.all([1, 2, 3].map(() => got(send(variant, { key: `at once ${name}` }))))
    expect(new Set(all.map(({ text }) => text)).size).toBe(1)
    expect(all.filter(({ status, replayed }) => status === 200 && replayed === 'true')).toHaveLength(2)
    expect(asked()).toBe(1)
  })

  test('another request with its key is another request, and so is the same in another form', async () => {
    const key = `other ${name}`
    await got(send(variant, { key }))
    const others = [
      await got(send(variant, { key, text: 'something else' })),
      await got(send({ ...variant, stream: !variant.stream }, { key })),
    ]
    for (const other of others) expect(other).toMatchObject({ status: 200, replayed: null })
    expect(asked()).toBe(3)
  })

  test('what failed may be tried anew', async () => {
    const key = `failed ${name}`
    gateway.simulated.fail({ fault: 'error', error: 'bad-argument' })
    expect((await got(send(variant, { key }))).status).toBe(400)
    expect(await got(send(variant, { key }))).toMatchObject({ status: 200, replayed: null })
    expect(await got(send(variant, { key }))).toMatchObject({ status: 200, replayed: 'true' })
    expect(asked()).toBe(2)
  })
})

describe.each(VARIANTS.filter(({ stream }) => stream).map((variant) => [nameOf(variant), variant] as const))(
  '%s',
  (name, variant) => {
    test('a stream that broke off is no answer', async () => {
      const key = `broken ${name}`
      gateway.simulated.pace({ chunkMs: 10 })
      gateway.simulated.script({ text: SAID })
      gateway.simulated.fail({ fault: 'end', after: 3 })
      const broken = await got(send(variant, { key }))
      expect([broken.status, /"error"/.test(broken.text)]).toEqual([200, true])
      expect(await got(send(variant, { key }))).toMatchObject({ status: 200, replayed: null })
      expect(asked()).toBe(2)
    })

    test('a client that was cut off gets the whole when it comes again', async () => {
      const key = `cut off ${name}`
      gateway.simulated.pace({ chunkMs: 20 })
      gateway.simulated.script({ text: SAID })
      const leaving = new AbortController()
      const response = await send(variant, { key, signal: leaving.signal })
      await response.body?.getReader().read()
      leaving.abort()
      const again = await got(send(variant, { key }))
      expect(again).toMatchObject({ status: 200, replayed: 'true' })
      expect(again.text).toMatch(/größer/)
      expect(again.text).toMatch(/twelve/)
      expect(asked()).toBe(1)
    })
  },
)

test('the SDK’s own second try, after a connection that broke, asks Gemini nothing', async () => {
  let broken = 0
  const client = new OpenAI({
    baseURL: `${gateway.url}/v1`,
    apiKey: ANN,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      if (broken++ > 0) return response
      await response.text()
      throw new TypeError('fetch failed')
    },
  })
  const { choices } = await client.chat.completions.create(
    { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] },
    { headers: { 'Idempotency-Key': 'by the SDK' } },
  )
  expect(choices[0]?.message.content).toMatch(/\w/)
  expect([broken, asked()]).toEqual([2, 1])
})

describe('the SDKs’ tool runners, which send one key with every step', () => {
  const headers = { 'Idempotency-Key': 'a run' }
  const question = { role: 'user', content: 'What is the weather?' } as const
  const parameters = { type: 'object', properties: {} } as const
  const script = () => gateway.simulated.script([{ calls: [{ name: 'weather' }] }, { text: 'It is sunny.' }])

  test('openai', async () => {
    script()
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: ANN })
    const weather = { name: 'weather', description: '', function: async () => 'sunny', parameters: { ...parameters } }
    const run = () =>
      client.chat.completions.runTools(
        { model: MODEL, messages: [question], tools: [{ type: 'function', function: weather }] },
        { headers },
      )
    const answers = [await run().finalContent(), await run().finalContent()]
    expect(answers).toEqual(['It is sunny.', 'It is sunny.'])
    expect(asked()).toBe(2)
  })

  test('anthropic', async () => {
    script()
    const client = new Anthropic({ baseURL: gateway.url, apiKey: ANN })
    const weather = betaTool({ name: 'weather', description: '', inputSchema: parameters, run: async () => 'sunny' })
    const run = { model: MODEL, max_tokens: 500, messages: [question], tools: [weather] }
    const { content } = await client.beta.messages.toolRunner(run, { headers })
    expect(content).toMatchObject([{ type: 'text', text: 'It is sunny.' }])
    expect(asked()).toBe(2)
  })
})

test('sound comes back as the same bytes', async () => {
  const speak = async () => {
    const response = await fetch(`${gateway.url}/v1/audio/speech`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ANN}`, 'content-type': 'application/json', 'idempotency-key': 'sound' },
      body: JSON.stringify({ model: 'gpt-4o-mini-tts', voice: 'alloy', input: 'Hello', response_format: 'wav' }),
    })
    return [response.status, response.headers.get('content-type'), Buffer.from(await response.arrayBuffer())] as const
  }
  const first = await speak()
  expect(first[2].subarray(0, 4).toString()).toBe('RIFF')
  expect(await speak()).toEqual(first)
  expect(asked()).toBe(1)
})

test('a file is uploaded once, though a form is divided by another word each time', async () => {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: ANN, maxRetries: 0 })
  const upload = async (text: string) =>
    client.files.create(
      { file: await toFile(Buffer.from(text), 'a.txt'), purpose: 'user_data' },
      { headers: { 'Idempotency-Key': 'upload' } },
    )
  const first = await upload('one')
  const sent = gateway.simulated.requests.length
  expect((await upload('one')).id).toBe(first.id)
  expect(gateway.simulated.requests).toHaveLength(sent)
  expect((await upload('two')).id).not.toBe(first.id)
})

test('an answer that is too large to keep is not made twice', async () => {
  const variant: Variant = { protocol: 'messages', stream: false }
  const noise = randomBytes(1_200_000).toString('base64')
  gateway.simulated.script({ parts: [{ inlineData: { mimeType: 'image/png', data: noise } }] })
  const sent = { key: 'large', model: 'gemini-2.5-flash-image' }
  expect((await got(send(variant, sent))).text).toContain(noise)
  const response = await send(variant, sent)
  expect(response.status).toBe(409)
  expect(response.headers.get('x-should-retry')).toBe('false')
  expect(await response.json()).toMatchObject({ error: { type: 'conflict_error' } })
  expect(asked()).toBe(1)
})

test('without the table everybody is answered', async () => {
  const variant: Variant = { protocol: 'chat', stream: true }
  gateway.table.fault = 'down'
  const both = [await got(send(variant, { key: 'down' })), await got(send(variant, { key: 'down' }))]
  gateway.table.fault = undefined
  expect(both.map(({ status, replayed }) => [status, replayed])).toEqual([
    [200, null],
    [200, null],
  ])
})
