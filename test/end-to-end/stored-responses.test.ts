// Stored responses through the official SDK, one request a process as in Lambda: what one keeps another finds.
import { getRandomValues } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import type { Arrival } from '../../infra/local/simulated-gemini/index.ts'
import { faultsOf, faultsOfReply } from '../openai/responses/contract.ts'

let gateway: Gateway
let openai: OpenAI
let stranger: OpenAI
beforeAll(async () => {
  gateway = await startGateway({
    clientKeys: ['own-client-key', 'other-client-key'],
    geminiKeys: ['a', 'b', 'c'].map((name) => ({ key: `key-${name}`, project: name })),
    shared: false,
    simulation: { signatures: 'in their project' },
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

/** What came over the wire, without what the SDK adds. */
const plain = (value: object): object =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (ADDED.has(key) ? undefined : inner))) as object
const ADDED: ReadonlySet<string> = new Set(['output_text', 'parsed', 'output_parsed', 'parsed_arguments', 'options'])
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

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
    // The simulated Gemini refuses a first call without the signature it gave, and one that another project gave.
    expect(gateway.simulated.requests.map(({ status }) => status)).toEqual([200, 200])
    expect(signed.map(({ thoughtSignature }) => thoughtSignature)).toEqual([expect.stringMatching(/^[\w+/=]{40,}$/)])
  })

  test('goes on from the summary alone, where the conversation was made short', async () => {
    gateway.simulated.script(['one', 'A summary.', 'two', 'three'].map((text) => ({ text })))
    const first = await openai.responses.create({ model: MODEL, input: 'a' })
    const short = await openai.responses.create({
      model: MODEL,
      input: [{ type: 'compaction_trigger' }],
      previous_response_id: first.id,
    })
    const second = await openai.responses.create({ model: MODEL, input: 'b', previous_response_id: short.id })
    const third = await openai.responses.create({ model: MODEL, input: 'c', previous_response_id: second.id })
    expect(told(-1)).toEqual([expect.stringMatching(/A summary\.\n<\/summary>,b$/), 'model: two', 'user: c'])
    const { data } = await openai.responses.inputItems.list(third.id, { order: 'asc' })
    expect(data.map(({ type }) => type)).toEqual(['compaction', 'message', 'message', 'message'])
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

describe('what was kept', () => {
  test.each([true, false])('is retrieved as it was said, streamed: %s', async (stream) => {
    gateway.simulated.script({ thought: 'Hm.', text: 'Hello', calls: CALL.calls })
    const request = { model: MODEL, input: 'a', instructions: 'Rhyme.', tools: [...tools], metadata: { a: 'b' } }
    const said = stream
      ? await openai.responses.stream(request).finalResponse()
      : await openai.responses.create(request)
    const kept = await openai.responses.retrieve(said.id)
    expect(plain(kept)).toEqual(plain(said))
    expect(faultsOfReply(plain(kept), false)).toEqual([])
  })

  test('is gone when it is deleted, with all that stood on it', async () => {
    const first = await openai.responses.create({ model: MODEL, input: 'a' })
    const next = await openai.responses.create({ model: MODEL, input: 'b', previous_response_id: first.id })
    await expect(stranger.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 })
    await expect(stranger.responses.delete(first.id)).rejects.toMatchObject({ status: 404 })
    await openai.responses.delete(first.id)
    await expect(openai.responses.retrieve(first.id)).rejects.toMatchObject({
      status: 404,
      type: 'invalid_request_error',
    })
    await expect(openai.responses.delete(first.id)).rejects.toMatchObject({ status: 404 })
    const refused = openai.responses.create({ model: MODEL, input: 'c', previous_response_id: next.id })
    await expect(refused).rejects.toMatchObject({ code: 'previous_response_not_found' })
  })

  test('lists what the model was given, page by page', async () => {
    gateway.simulated.script([{ text: 'one' }, { text: 'two' }])
    const first = await openai.responses.create({ model: MODEL, input: 'a' })
    const picture = { type: 'input_image', image_url: PIXEL, detail: 'auto' } as const
    const { id } = await openai.responses.create({
      model: MODEL,
      previous_response_id: first.id,
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'b' }, picture] },
        { role: 'developer', content: 'c' },
      ],
    })
    const pages = await openai.responses.inputItems.list(id, { order: 'asc', limit: 1 })
    expect(faultsOf('ResponseItemList', Reflect.get(pages, 'body'))).toEqual([])
    const items: object[] = []
    for await (const item of pages) items.push(item)
    expect(items).toMatchObject([
      { role: 'user', content: [{ type: 'input_text', text: 'a' }] },
      { role: 'assistant', content: [{ type: 'output_text', text: 'one' }] },
      { role: 'user', content: [{ type: 'input_text', text: 'b' }, picture] },
      { role: 'developer', content: [{ type: 'input_text', text: 'c' }] },
    ])
    const latest = await openai.responses.inputItems.list(id)
    expect(latest.data.map((item) => item.id)).toEqual(items.map((item) => (item as { id: string }).id).toReversed())
    await expect(stranger.responses.inputItems.list(id)).rejects.toMatchObject({ status: 404 })
    const wrong = openai.responses.inputItems.list(id, { limit: 1000 })
    await expect(wrong).rejects.toMatchObject({ status: 400, param: 'limit' })
  })

  test('has no background: it can’t be cancelled, joined or asked for', async () => {
    const { id } = await openai.responses.create({ model: MODEL, input: 'a' })
    await expect(openai.responses.cancel(id)).rejects.toMatchObject({ status: 400 })
    await expect(openai.responses.cancel('resp_unknown')).rejects.toMatchObject({ status: 404 })
    await expect(openai.responses.retrieve(id, { stream: true })).rejects.toMatchObject({
      status: 400,
      param: 'stream',
    })
    const refused = openai.responses.create({ model: MODEL, input: 'a', background: true })
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'background' })
  })
})

describe('beside responses', () => {
  test('input tokens are counted with everything the model would be given', async () => {
    const { id } = await openai.responses.create({ model: MODEL, input: 'a long, long story' })
    const counted = await openai.responses.inputTokens.count({
      model: MODEL,
      instructions: 'Rhyme.',
      input: 'and?',
      previous_response_id: id,
      tools: [...tools],
    })
    expect(counted).toEqual({ object: 'response.input_tokens', input_tokens: expect.any(Number) })
    const { generateContentRequest } = asked(-1) as unknown as { generateContentRequest: Asked & { tools: object[] } }
    expect(generateContentRequest).toMatchObject({
      contents: [{ parts: [{ text: 'a long, long story' }] }, { role: 'model' }, { parts: [{ text: 'and?' }] }],
      systemInstruction: { parts: [{ text: 'Rhyme.' }] },
      tools: [{ functionDeclarations: [{ name: 'look' }] }],
    })
  })

  test('a conversation is compacted, and goes on from there', async () => {
    gateway.simulated.script([{ text: 'Understood.' }, { text: 'Launch on Tuesday.' }, { text: 'Tuesday.' }])
    const first = await openai.responses.create({ model: MODEL, input: 'We launch on Tuesday.' })
    const compacted = await openai.responses.compact({
      model: MODEL,
      previous_response_id: first.id,
      input: 'Tell support.',
    })
    expect(faultsOf('CompactResource', plain(compacted))).toEqual([])
    expect(compacted.output).toMatchObject([
      { type: 'message', role: 'user', content: [{ text: 'We launch on Tuesday.' }] },
      { type: 'message', role: 'user', content: [{ text: 'Tell support.' }] },
      { type: 'compaction' },
    ])
    expect(JSON.stringify(compacted)).not.toContain('Launch on Tuesday.')
    expect(told(-1).slice(0, 2)).toEqual(['user: We launch on Tuesday.', 'model: Understood.'])
    await openai.responses.create({
      model: MODEL,
      input: [...(compacted.output as OpenAI.Responses.ResponseInputItem[]), { role: 'user', content: 'When?' }],
    })
    expect(told(-1)).toEqual([expect.stringMatching(/We launch.*Tell support.*Launch on Tuesday\..*When\?$/s)])
    gateway.simulated.script({ text: 'Launch on', finishReason: 'MAX_TOKENS' })
    await expect(openai.responses.compact({ model: MODEL, input: 'a' })).rejects.toMatchObject({ status: 502 })
    const foreign = { type: 'compaction', encrypted_content: 'gAAAA' } as const
    const refused = openai.responses.create({ model: MODEL, input: [foreign] })
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'input[0].encrypted_content' })
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
    gateway.table.fault = 'down'
    const reply = stream
      ? await openai.responses.stream(request).finalResponse()
      : await openai.responses.create(request)
    const refused = openai.responses.create({ model: MODEL, input: 'b', previous_response_id: reply.id })
    await expect(refused).rejects.toMatchObject({ status: 503 })
    gateway.table.fault = undefined
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

test('another environment goes on with a turn, by another key when its own is dead', async () => {
  gateway.simulated.script([CALL, { text: 'seen' }])
  const first = await openai.responses.create({ model: MODEL, input: 'a', tools: [...tools] })
  await gateway.restart()
  gateway.simulated.keys.set(gateway.simulated.requests.at(-1)?.key ?? '', 'suspended')
  const call = first.output.find((item) => item.type === 'function_call')
  const second = await openai.responses.create({
    model: MODEL,
    previous_response_id: first.id,
    input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'it' }],
    tools: [...tools],
  })
  expect(second.output_text).toBe('seen')
  expect(told(-1)).toEqual(['user: a', 'model: [call or result]', 'user: [call or result]'])
})
