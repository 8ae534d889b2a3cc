import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { type Driver, heals, MALFORMED, resumes } from './common.ts'
import { PACKAGES } from './install.ts'
import { exactly, expectGrowing, expectSigned, play, resultsIn, seenOf, TWO_TURNS } from './model.ts'
import { run, tail } from './process.ts'
import { type Agent, expectFiles, expectIn, type Stage, write } from './stage.ts'

/** One line of what it prints. */
interface Said {
  type: string
  part?: { text?: string; tokens?: Tokens }
}

interface Tokens {
  input: number
  output: number
  reasoning: number
  cache: { read: number }
}

interface Answer {
  said: Said[]
  text: string | undefined
}

/** The providers of the AI SDK that it speaks each API by, and what their base URL ends in. */
const PROVIDERS = {
  chat: ['@ai-sdk/openai-compatible', '/v1'],
  responses: ['@ai-sdk/openai', '/v1'],
  messages: ['@ai-sdk/anthropic', '/v1'],
  gemini: ['@ai-sdk/google', '/v1beta'],
} as const

type Api = keyof typeof PROVIDERS

const MODEL = 'gemini-3.6-flash'

/** https://opencode.ai/docs/cli */
const opencodeRun = async (stage: Stage, api: Api, args: readonly string[]): Promise<Answer> => {
  const [npm, path] = PROVIDERS[api]
  const options = { baseURL: stage.url + path, apiKey: 'your-api-key-1' }
  const models = { [MODEL]: { reasoning: true, tool_call: true, limit: { context: 1_000_000, output: 65_000 } } }
  const provider = { triglot: { npm, options, models } }
  write(stage.home, { 'opencode.json': JSON.stringify({ permission: { '*': 'allow' }, provider }) })
  const ended = await run(stage, ['run', '--format', 'json', '--model', `triglot/${MODEL}`, ...args], {
    OPENCODE_CONFIG: join(stage.home, 'opencode.json'),
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  })
  equal(ended.code, 0, tail(ended))
  const said = ended.output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Said)
  ok(!said.some(({ type }) => type === 'error'), tail(ended))
  return { said, text: said.flatMap(({ type, part }) => (type === 'text' ? (part?.text ?? '') : [])).at(-1) }
}

const bash = (command: string) => ({ name: 'bash', args: { command, description: 'A command' } })

const editsFilesBy =
  (api: Api) =>
  async (stage: Stage): Promise<void> => {
    const at = (name: string): string => join(stage.project, name)
    write(stage.project, { 'a.txt': 'alpha\n', 'b.txt': 'beta\nßü\n' })
    play(stage.simulated, 'EDIT-TASK', [
      {
        thought: 'Both files first.',
        text: 'I read both.',
        calls: [
          { name: 'read', args: { filePath: at('a.txt') } },
          { name: 'read', args: { filePath: at('b.txt') } },
        ],
      },
      {
        thought: 'Now change one.',
        calls: [
          { name: 'edit', args: { filePath: at('a.txt'), oldString: 'alpha', newString: '"Ä"\\n 😀' } },
          bash('printf done > c.txt'),
        ],
      },
      { calls: [bash('cat a.txt')] },
      { text: 'All as you want it.' },
    ])
    const { text } = await opencodeRun(stage, api, ['EDIT-TASK: bring these files in order'])
    equal(text, 'All as you want it.')
    expectFiles(stage.project, { 'a.txt': '"Ä"\\n 😀\n', 'b.txt': 'beta\nßü\n', 'c.txt': 'done' })
    const conversation = seenOf(stage.simulated, 'EDIT-TASK')
    equal(conversation.length, 4)
    expectGrowing(conversation)
    expectSigned(conversation)
    expectIn(JSON.stringify(resultsIn(conversation.at(-1))), 'ßü')
  }

const counts = async (stage: Stage): Promise<void> => {
  play(stage.simulated, 'COUNT-TASK', [
    exactly({ functionCall: bash('true'), thoughtSignature: 'c2lnbmVk' }, TWO_TURNS[0]),
    exactly({ text: 'Counted.' }, TWO_TURNS[1]),
  ])
  const { said } = await opencodeRun(stage, 'chat', ['COUNT-TASK'])
  deepEqual(
    said
      .flatMap(({ type, part }) => (type === 'step_finish' ? (part?.tokens ?? []) : []))
      .map(({ input, output, reasoning, cache }) => [input, cache.read, output, reasoning]),
    [
      [12_000, 0, 30, 70],
      [640, 11_900, 5, 0],
    ],
  )
}

const driver: Driver = {
  ask: async (stage, prompt, again = false) =>
    (await opencodeRun(stage, 'chat', [...(again ? ['--continue'] : []), prompt])).text,
  command: bash,
}

export const opencode: Agent = {
  name: 'opencode',
  package: PACKAGES.opencode,
  scenarios: {
    'edits files by Chat': editsFilesBy('chat'),
    'edits files by Responses': editsFilesBy('responses'),
    'edits files by Messages': editsFilesBy('messages'),
    "edits files by Gemini's own API": editsFilesBy('gemini'),
    'counts tokens right': counts,
    'goes on with an earlier session': resumes(driver),
    'does not notice faults upstream': heals(driver, MALFORMED),
  },
}
