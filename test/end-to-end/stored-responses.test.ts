// Stored responses through the official SDK, one request a process as in Lambda: what one keeps another finds.
import { getRandomValues } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import type { Arrival } from '../../infra/local/simulated-gemini/index.ts'

let gateway: Gateway
let openai: OpenAI
let stranger: OpenAI
beforeAll(async () => {
  gateway = await startGateway({
    clientKeys: ['own-client-key', 'other-client-key'],
    geminiKeys: ['a', 'b', 'c'].map((name) => ({ key: `key-${name}`, project: name })),
    shared: false,
  })
  const clientFor = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  openai = clientFor('own-client-key')
  stranger = clientFor('other-client-key')
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => gateway.simulated.reset())

const MODEL = 'gemini-3.6-flash'
const tools = [{ type: 'function', name: 'look', parameters: { type: 'object' }, strict: false }] as const
const CALL = { thought: 'Let me look.', calls: [{ name: 'look', args: { at: 'it' } }] }

interface Asked {
  contents: { role: string; parts: { text?: string; functionCall?: object; thoughtSignature?: string }[] }[]
  systemInstruction?: object
}
const asked = (at: number): Asked => gateway.simulated.requests.at(at)?.body as Asked
const told = (at: number): string[] =>
  asked(at).contents.map(({ role, parts }) => `${role}: ${parts.map(({ text }) => text ?? '[call or result]').join()}`)

/** What a piece of work asks of the table, besides the pool's own looks. */
const tableCallsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
  gateway.table.calls.splice(0)
  await work()
  return gateway.table.calls.filter(({ body }) => !body.includes('"POOL"')).map(({ operation }) => operation)
}

describe('previous_response_id', () => {
  test('goes on with all that was said, in the project that said it, without the instructions of before', async () => {
    gateway.simulated.script([{ text: 'one' }, { text: 'two' }, { text: 'three' }])
    const first = await openai.responses.create({ model: MODEL, input: 'a', instructions: 'Rhyme.' })
    const second = await openai.responses.create({ model: MODEL, input: 'b', previous_response_id: first.id })
    expect(asked(-1).systemInstruction).toBeUndefined()
    const third = await openai.responses
      .stream({ model: MODEL, input: 'c', previous_response_id: second.id })
      .finalResponse()
    expect(told(-1)).toEqual(['user: a', 'model: one', 'user: b', 'model: two', 'user: c'])
    expect(third).toMatchObject({ output_text: 'three', previous_response_id: second.id, store: true })
    const projects = gateway.simulated.requests.map(({ project }: Arrival) => project)
    expect(new Set(projects).size).toBe(1)
  })

  test('brings back the signatures of calls, though the client never had them', async () => {
    gateway.simulated.script([CALL, { text: 'seen' }, { text: 'and more' }])
    const first = await openai.responses.stream({ model: MODEL, input: 'a', tools: [...tools] }).finalResponse()
    expect(JSON.stringify(first)).not.toContain('encrypted_content')
    const call = first.output.find((item) => item.type === 'function_call')
    const output = { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'it' } as const
    const second = await openai.responses.create({
      model: MODEL,
      previous_response_id: first.id,
      input: [output],
      tools: [...tools],
    })
    expect(second.output_text).toBe('seen')
    const signed = asked(-1).contents.flatMap(({ parts }) => parts.filter(({ functionCall }) => functionCall))
    // The simulated Gemini refuses a first call without the signature it gave.
    expect(signed.map(({ thoughtSignature }) => thoughtSignature)).toEqual([expect.stringMatching(/^[\w+/=]{40,}$/)])
  })

  test.each([
    ['unknown', 'resp_abcdefghijklmnopqrstuvwx'],
    ['of nobody’s making', 'nonsense#1'],
  ])('an id that is %s', async (_, id) => {
    const refused = openai.responses.create({ model: MODEL, input: 'b', previous_response_id: id })
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    })
  })

  test('another client’s id is unknown', async () => {
    const { id } = await openai.responses.create({ model: MODEL, input: 'a' })
    const refused = stranger.responses.create({ model: MODEL, input: 'b', previous_response_id: id })
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
  })
})

describe('items by their ids', () => {
  test('stand for what was stored, with its signature', async () => {
    gateway.simulated.script([CALL, { text: 'seen' }])
    const first = await openai.responses.create({ model: MODEL, input: 'a', tools: [...tools] })
    const call = first.output.find((item) => item.type === 'function_call')
    const named = first.output.map(({ id }) => ({ type: 'item_reference', id: id ?? '' }) as const)
    const output = { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'it' } as const
    const second = await openai.responses.create({
      model: MODEL,
      tools: [...tools],
      input: [{ role: 'user', content: 'a' }, ...named, output],
    })
    expect(second.output_text).toBe('seen')
    const [reference] = named
    if (!reference) throw new Error('nothing to name')
    await expect(stranger.responses.create({ model: MODEL, input: [reference] })).rejects.toMatchObject({ status: 404 })
  })
})

describe('the table', () => {
  test('is asked nothing with `store: false` and no earlier state', async () => {
    const calls = await tableCallsOf(async () => {
      const stored = await openai.responses.create({ model: MODEL, input: 'a', store: false })
      expect(stored).toMatchObject({ store: false })
    })
    expect(calls).toEqual([])
  })

  test('gets one write for a turn, and one read and one write for the next', async () => {
    let id = ''
    const first = await tableCallsOf(async () => {
      id = (await openai.responses.create({ model: MODEL, input: 'a' })).id
    })
    expect(first).toEqual(['PutItem'])
    const next = await tableCallsOf(async () => {
      await openai.responses.create({ model: MODEL, input: 'b', previous_response_id: id })
    })
    expect(next).toEqual(['Query', 'PutItem'])
  })
})

test('a turn that is too large to keep says so, and is answered', async () => {
  const noise = Array.from({ length: 40 }, () =>
    Buffer.from(getRandomValues(new Uint8Array(60_000))).toString('base64'),
  )
  const reply = await openai.responses.create({ model: MODEL, input: noise.join('') })
  expect(reply).toMatchObject({ status: 'completed', store: false })
  const refused = openai.responses.create({ model: MODEL, input: 'b', previous_response_id: reply.id })
  await expect(refused).rejects.toMatchObject({ code: 'previous_response_not_found' })
})

test.each([true, false])(
  'with the table down, streamed: %s, the reply is given and says it is not stored',
  async (stream) => {
    const request = { model: MODEL, input: 'a' }
    gateway.table.down = true
    const reply = stream
      ? await openai.responses.stream(request).finalResponse()
      : await openai.responses.create(request)
    const refused = openai.responses.create({ model: MODEL, input: 'b', previous_response_id: reply.id })
    await expect(refused).rejects.toMatchObject({ status: 503 })
    gateway.table.down = false
    expect(reply).toMatchObject({ status: 'completed', store: false })
    const warned = gateway.logs.filter(({ text }) => text.includes('A turn could not be kept; its reply says so.'))
    expect(warned.length).toBeGreaterThan(0)
  },
)

test('a turn is kept though its client has gone away', async () => {
  gateway.simulated.script({ text: 'one two three four five six seven eight nine ten' })
  gateway.simulated.pace({ chunkMs: 20, chunkCharacters: 5 })
  const stream = await openai.responses.create({ model: MODEL, input: 'a', stream: true })
  let id = ''
  for await (const event of stream) {
    if (event.type === 'response.created') id = event.response.id
    if (event.type === 'response.output_text.delta') break
  }
  gateway.simulated.pace({ chunkMs: 0 })
  const next = async () => openai.responses.create({ model: MODEL, input: 'b', previous_response_id: id })
  const deadline = Date.now() + 10_000
  while (!gateway.table.calls.some(({ body }) => body.includes(id.slice(5))) && Date.now() < deadline) {
    await new Promise((done) => setTimeout(done, 20))
  }
  await next()
  expect(told(-1)[1]).toBe('model: one two three four five six seven eight nine ten')
})
