// OpenAI's conversations through its SDK, one request a process as in Lambda.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { faultsOf, faultsOfReply } from '../openai/responses/contract.ts'

let gateway: Gateway
let openai: OpenAI
let stranger: OpenAI
beforeAll(async () => {
  gateway = await startGateway({ clientKeys: ['own-client-key', 'other-client-key'], shared: false })
  const clientFor = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  openai = clientFor('own-client-key')
  stranger = clientFor('other-client-key')
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => gateway.simulated.reset())

const MODEL = 'gemini-3.6-flash'
const says = (content: string) => ({ role: 'user', content }) as const
const NOT_FOUND = { status: 404, type: 'invalid_request_error' }

interface Asked {
  contents: { role: string; parts: { text?: string }[] }[]
}
const told = (at: number): string[] => {
  const asked = gateway.simulated.requests.at(at)?.body as Asked | undefined
  return (asked?.contents ?? []).map(
    ({ role, parts }) => `${role}: ${parts.map(({ text }) => text ?? '[call or result]').join()}`,
  )
}
const allIn = async (conversation: string): Promise<OpenAI.Conversations.ConversationItem[]> => {
  const items: OpenAI.Conversations.ConversationItem[] = []
  for await (const item of openai.conversations.items.list(conversation, { order: 'asc', limit: 3 })) items.push(item)
  return items
}
const textOf = (item: object): string =>
  ((item as { content?: { text: string }[] }).content ?? []).map(({ text }) => text).join()

describe('a conversation', () => {
  test('is made, noted on and deleted', async () => {
    const made = await openai.conversations.create({ metadata: { a: 'b' } })
    expect(faultsOf('ConversationResource', made)).toEqual([])
    expect(made).toMatchObject({ object: 'conversation', metadata: { a: 'b' } })
    expect(await openai.conversations.update(made.id, { metadata: { c: 'd' } })).toEqual({
      ...made,
      metadata: { c: 'd' },
    })
    expect(await openai.conversations.retrieve(made.id)).toEqual({ ...made, metadata: { c: 'd' } })
    const deleted = { id: made.id, object: 'conversation.deleted', deleted: true }
    expect(await openai.conversations.delete(made.id)).toEqual(deleted)
    await expect(openai.conversations.retrieve(made.id)).rejects.toMatchObject(NOT_FOUND)
    await expect(openai.conversations.delete(made.id)).rejects.toMatchObject(NOT_FOUND)
    const bare = await openai.conversations.create()
    expect(bare.metadata).toEqual({})
  })

  test('keeps items, which are added, listed, found and deleted one by one', async () => {
    const { id } = await openai.conversations.create({ items: [says('a'), says('b')] })
    const added = await openai.conversations.items.create(id, {
      items: [
        { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'seen' },
        { role: 'assistant', content: 'c' },
      ],
    })
    expect(faultsOf('ConversationItemList', added)).toEqual([])
    const items = await allIn(id)
    expect(items.map(({ type }) => type)).toEqual([
      'message',
      'message',
      'function_call',
      'function_call_output',
      'message',
    ])
    expect(items.slice(2)).toEqual(added.data)
    const [first, second] = items
    if (!first?.id || !second?.id) throw new Error('items without ids')
    expect(await openai.conversations.items.retrieve(second.id, { conversation_id: id })).toEqual(second)
    const left = await openai.conversations.items.delete(first.id, { conversation_id: id })
    expect(left).toMatchObject({ id, object: 'conversation' })
    await openai.conversations.items.delete(second.id, { conversation_id: id })
    expect((await allIn(id)).map((item) => item.id)).toEqual(added.data.map((item) => item.id))
    const gone = openai.conversations.items.retrieve(first.id, { conversation_id: id })
    await expect(gone).rejects.toMatchObject(NOT_FOUND)
    const again = openai.conversations.items.delete(first.id, { conversation_id: id })
    await expect(again).rejects.toMatchObject(NOT_FOUND)
  })

  test('lists an item that came twice once, and deletes it wholly', async () => {
    const { id } = await openai.conversations.create()
    const spoken = (name: string) => ({
      id: `msg_${name}`,
      type: 'message' as const,
      role: 'assistant' as const,
      status: 'completed' as const,
      content: [{ type: 'output_text' as const, text: name, annotations: [] }],
    })
    await openai.conversations.items.create(id, { items: [spoken('a'), spoken('b')] })
    await openai.conversations.items.create(id, { items: [spoken('a'), spoken('c'), spoken('d')] })
    const shellCall = { id: 'l', call_id: 'l', type: 'local_shell_call' as const, status: 'completed' as const }
    const action = { type: 'exec' as const, command: ['ls'], env: {} }
    const output = { id: 'l', type: 'local_shell_call_output' as const, output: '' }
    await openai.conversations.items.create(id, { items: [{ ...shellCall, action }, output] })
    expect((await allIn(id)).map((item) => item.id)).toEqual(['msg_a', 'msg_b', 'msg_c', 'msg_d', 'l', 'l'])
    const pages: (string | undefined)[] = []
    for await (const item of openai.conversations.items.list(id, { limit: 1 })) pages.push(item.id)
    expect(pages).toEqual(['l', 'msg_d', 'msg_c', 'msg_b', 'msg_a'])
    await openai.conversations.items.delete('msg_a', { conversation_id: id })
    expect((await allIn(id)).map((item) => item.id)).toEqual(['msg_b', 'msg_c', 'msg_d', 'l', 'l'])
  })

  test('takes no items that are none', async () => {
    const { id } = await openai.conversations.create()
    const wrong = openai.conversations.items.create(id, { items: [{ type: 'nonsense' } as never] })
    await expect(wrong).rejects.toMatchObject({ status: 400, param: 'items[0].type' })
    const named = openai.conversations.items.create(id, { items: [{ type: 'item_reference', id: 'msg_1' }] })
    await expect(named).rejects.toMatchObject({ status: 400, param: 'items[0]' })
  })

  test('is its client’s alone', async () => {
    const { id } = await openai.conversations.create({ items: [says('a')] })
    const [item] = await allIn(id)
    const place = { conversation_id: id }
    for (const refused of [
      stranger.conversations.retrieve(id),
      stranger.conversations.update(id, { metadata: {} }),
      stranger.conversations.delete(id),
      stranger.conversations.items.list(id),
      stranger.conversations.items.create(id, { items: [says('b')] }),
      stranger.conversations.items.retrieve(item?.id ?? '', place),
      stranger.conversations.items.delete(item?.id ?? '', place),
      stranger.responses.create({ model: MODEL, input: 'b', conversation: id }),
      openai.conversations.retrieve('conv_unknown'),
      openai.responses.create({ model: MODEL, input: 'b', conversation: { id: 'other#conv_x' } }),
    ]) {
      await expect(refused).rejects.toMatchObject(NOT_FOUND)
    }
    expect((await allIn(id)).map(textOf)).toEqual(['a'])
  })
})

describe('turns of a conversation', () => {
  test('are told what was said before, and add what they say', async () => {
    const { id } = await openai.conversations.create({ items: [says('a')] })
    gateway.simulated.script([{ text: 'one' }, { text: 'two' }])
    const first = await openai.responses.create({ model: MODEL, input: 'b', conversation: id })
    expect(first.conversation).toEqual({ id })
    const { output_text: _, ...reply } = first
    expect(faultsOfReply(reply, true)).toEqual([])
    const second = await openai.responses
      .stream({ model: MODEL, input: 'c', conversation: { id }, store: false })
      .finalResponse()
    expect(second).toMatchObject({ conversation: { id }, store: false })
    expect(told(-1)).toEqual(['user: a,b', 'model: one', 'user: c'])
    const messages = (await allIn(id)).filter(({ type }) => type === 'message')
    expect(messages.map(textOf)).toEqual(['a', 'b', 'one', 'c', 'two'])
    await expect(openai.responses.retrieve(second.id)).rejects.toMatchObject(NOT_FOUND)
    expect(await openai.responses.retrieve(first.id)).toMatchObject({ conversation: { id } })
  })

  test('are gone on with by their ids, with all that the conversation was', async () => {
    const { id: conversation } = await openai.conversations.create({ items: [says('a')] })
    gateway.simulated.script(['one', 'two', 'three', 'four'].map((text) => ({ text })))
    await openai.responses.create({ model: MODEL, input: 'b', conversation })
    const second = await openai.responses.create({ model: MODEL, input: 'c', conversation })
    await openai.responses.create({ model: MODEL, input: 'later', conversation })
    const beside = { model: MODEL, input: 'd', previous_response_id: second.id }
    const { id } = await openai.responses.create(beside)
    expect(told(-1)).toEqual(['user: a,b', 'model: one', 'user: c', 'model: two', 'user: d'])
    const { data } = await openai.responses.inputItems.list(id, { order: 'asc' })
    expect(data.map(textOf)).toEqual(['a', 'b', 'one', 'c', 'two', 'd'])
    await openai.conversations.delete(conversation)
    await expect(openai.responses.create(beside)).rejects.toMatchObject({ code: 'previous_response_not_found' })
    expect((await openai.responses.inputItems.list(second.id)).data.map(textOf)).toEqual(['c'])
  })

  test('leave nothing behind in one that is deleted meanwhile', async () => {
    const { id } = await openai.conversations.create()
    gateway.simulated.script(async () => {
      await openai.conversations.delete(id)
      return { text: 'one' }
    })
    gateway.table.calls.splice(0)
    const { conversation } = await openai.responses.create({ model: MODEL, input: 'a', conversation: id, store: false })
    expect(conversation).toBeNull()
    const changes = gateway.table.calls.filter(({ body }) => body.includes(`#${id}"`))
    const keysOf = (operation: string) =>
      changes
        .filter((change) => change.operation === operation)
        .map(({ body }) => /"sk":\{"S":"(items#[^"]+)"/.exec(body)?.[1])
        .filter((sk) => sk !== undefined)
    expect(keysOf('PutItem')).toHaveLength(1)
    expect(keysOf('DeleteItem')).toEqual(keysOf('PutItem'))
  })

  test('bring the signatures of calls along', async () => {
    const tools = [{ type: 'function', name: 'look', parameters: { type: 'object' }, strict: false } as const]
    const { id: conversation } = await openai.conversations.create()
    gateway.simulated.script([{ calls: [{ name: 'look' }] }, { text: 'seen' }])
    const asked = await openai.responses.create({ model: MODEL, input: 'a', conversation, tools })
    const call = asked.output.find((item) => item.type === 'function_call')
    const output = { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'it' } as const
    const answered = await openai.responses.create({ model: MODEL, input: [output], conversation, tools })
    expect(answered.output_text).toBe('seen')
    expect(
      faultsOf('ConversationItemList', Reflect.get(await openai.conversations.items.list(conversation), 'body')),
    ).toEqual([])
  })

  test('at the same time lose nothing', async () => {
    const { id } = await openai.conversations.create()
    const inputs = ['a', 'b', 'c', 'd', 'e']
    gateway.simulated.script(inputs.map(() => ({ text: 'ok' })))
    await Promise.all(inputs.map((input) => openai.responses.create({ model: MODEL, input, conversation: id })))
    const said = (await allIn(id)).map(textOf)
    expect(said.filter((_, index) => index % 2 === 0).toSorted()).toEqual(inputs)
    expect(said.filter((_, index) => index % 2 === 1)).toEqual(inputs.map(() => 'ok'))
  })

  test('go on with a conversation or with a response, not with both', async () => {
    const { id } = await openai.conversations.create()
    const both = openai.responses.create({ model: MODEL, input: 'a', conversation: id, previous_response_id: 'resp_1' })
    await expect(both).rejects.toMatchObject({ status: 400, param: 'previous_response_id' })
  })
})
