// What makes Gemini's prompt cache pay: each turn of a conversation asks with the bytes of the one before, and more.
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import type { GenerateContentRequest } from '../../lib/gemini/wire.ts'

let gateway: Gateway
let client: Anthropic

beforeAll(async () => {
  gateway = await startGateway()
  client = new Anthropic({ apiKey: 'your-api-key-1', baseURL: gateway.url, maxRetries: 0 })
}, 60_000)
afterEach(() => gateway.simulated.reset())
afterAll(() => gateway.close())

const CACHED = { cache_control: { type: 'ephemeral' as const } }
const TOOLS: Anthropic.Tool[] = [
  { name: 'Read', description: 'Reads.', input_schema: { type: 'object', properties: { path: { type: 'string' } } } },
  { name: 'Edit', description: 'Edits.', input_schema: { type: 'object', properties: {} }, ...CACHED },
]

/** A conversation as Claude Code has it: a line of its own in the system text changes with every request, the mark of its cache moves, reminders stand beside results now and then. */
const converse = async (questions: readonly string[], thinking?: Anthropic.ThinkingConfigParam): Promise<void> => {
  const messages: Anthropic.MessageParam[] = []
  const ask = async (request: number): Promise<Anthropic.Message> => {
    const latest = messages.length - 1
    return client.messages
      .stream({
        model: 'gemini-3.5-flash',
        max_tokens: 32_000,
        system: [
          { type: 'text', text: `x-anthropic-billing-header: cc_version=2.1.197.${request}; cch=${request};` },
          { type: 'text', text: 'You are a coding agent.', ...CACHED },
        ],
        tools: TOOLS,
        ...(thinking && { thinking }),
        metadata: { user_id: 'user_1_session_1' },
        messages: messages.map((message, index) => (index === latest ? marked(message) : message)),
      })
      .finalMessage()
  }
  let request = 0
  for (const question of questions) {
    messages.push({
      role: 'user',
      content: [
        { type: 'text', text: '<system-reminder>Today is Monday.</system-reminder>' },
        { type: 'text', text: question },
      ],
    })
    for (;;) {
      const { content } = await ask(request++)
      messages.push({ role: 'assistant', content })
      const calls = content.filter((block) => block.type === 'tool_use')
      if (calls.length === 0) break
      const reminders = request % 2 === 0 ? [{ type: 'text' as const, text: 'Mind the tests.' }] : []
      messages.push({ role: 'user', content: [...calls.map(resultOf), ...reminders] })
    }
  }
}

const marked = (message: Anthropic.MessageParam): Anthropic.MessageParam => {
  const content = structuredClone(message.content)
  if (Array.isArray(content)) Object.assign(content.at(-1) ?? {}, CACHED)
  return { ...message, content } as Anthropic.MessageParam
}

const resultOf = ({ id }: Anthropic.ToolUseBlock, index: number): Anthropic.ToolResultBlockParam =>
  index === 1
    ? { type: 'tool_result', tool_use_id: id, content: 'no such file', is_error: true }
    : {
        type: 'tool_result',
        tool_use_id: id,
        content: [
          { type: 'text', text: 'a file' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ],
      }

const step = (path: string) => ({
  thought: `I read ${path}.`,
  calls: [
    { name: 'Read', args: { path } },
    { name: 'Edit', args: {} },
  ],
})

test.each<[string, Anthropic.ThinkingConfigParam | undefined]>([
  ['thinking', { type: 'adaptive' }],
  ['thinking that is not shown', { type: 'adaptive', display: 'omitted' }],
  ['no thinking', undefined],
])('the same beginning each time, %s', async (_, thinking) => {
  const answer = { text: 'Done.' }
  gateway.simulated.script({
    agent: [step('a'), step('b'), answer, step('c'), { text: 'One more.', ...step('d') }, answer, answer],
  })
  await converse(['First.', 'Second.', 'Third.'], thinking)

  const asked = gateway.simulated.requests.map(({ body }) => body as GenerateContentRequest)
  expect(asked).toHaveLength(7)
  expect(JSON.stringify(asked[0]?.systemInstruction)).not.toContain('billing')
  const [first, ...later] = asked.map(({ contents, ...rest }) => ({ rest: JSON.stringify(rest), contents }))
  let before = first
  for (const { rest, contents } of later) {
    expect(rest).toBe(before?.rest)
    const beginning = contents.slice(0, before?.contents.length)
    expect(JSON.stringify(beginning)).toBe(JSON.stringify(before?.contents))
    before = { rest, contents }
  }
  const projects = new Set(gateway.simulated.requests.map(({ project }) => project))
  expect(projects.size).toBe(1)
})
