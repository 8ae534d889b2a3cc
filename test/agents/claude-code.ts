import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { addsUp, type Driver, heals, MALFORMED, MCP_SERVER, resumes } from './common.ts'
import { PACKAGES } from './install.ts'
import { exactly, expectGrowing, expectSigned, namesOf, play, resultsIn, seenOf, TWO_TURNS } from './model.ts'
import { run, tail } from './process.ts'
import { type Agent, expectFiles, expectIn, type Stage, write } from './stage.ts'

interface Usage {
  input_tokens: number
  output_tokens: number
  cache_read_input_tokens: number
  cache_creation_input_tokens: number
}

/** The last line of what it prints. */
interface Result {
  type: 'result'
  is_error: boolean
  result: string
  num_turns: number
  total_cost_usd: number
  usage: Usage & { server_tool_use?: { web_search_requests: number } }
  modelUsage: Record<string, { inputTokens: number; outputTokens: number; webSearchRequests: number }>
}

interface Said {
  type: string
  subtype?: string
  message?: { content: ({ type: string; text?: string; thinking?: string } & Record<string, unknown>)[] }
  tool_use_result?: unknown
}

interface Answer {
  result: Result
  said: Said[]
}

/** https://code.claude.com/docs/en/headless */
const claude = async (stage: Stage, args: readonly string[], env: Record<string, string> = {}): Promise<Answer> => {
  const flags = ['--output-format', 'stream-json', '--verbose', '--dangerously-skip-permissions']
  const ended = await run(stage, ['-p', ...args, ...flags], {
    ANTHROPIC_BASE_URL: stage.url,
    ANTHROPIC_API_KEY: 'your-api-key-1',
    IS_SANDBOX: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
    ...env,
  })
  const said = ended.output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Said)
  const result = said.at(-1)
  ok(result?.type === 'result', tail(ended))
  const answer = { result: result as Said & Result, said }
  ok(!answer.result.is_error, answer.result.result)
  equal(ended.errors, '')
  return answer
}

const editsFiles = async (stage: Stage): Promise<void> => {
  const at = (name: string): string => join(stage.project, name)
  write(stage.project, { 'a.txt': 'alpha\n', 'b.txt': 'beta\r\nßü\r\n' })
  play(stage.simulated, 'EDIT-TASK', [
    {
      thought: 'Both files first.',
      text: 'I read both.',
      calls: [
        { name: 'Read', args: { file_path: at('a.txt') } },
        { name: 'Read', args: { file_path: at('b.txt') } },
      ],
    },
    { calls: [{ name: 'Edit', args: { file_path: at('a.txt'), old_string: 'alpha', new_string: '"Ä"\\n' } }] },
    {
      thought: 'Now a new one.',
      calls: [
        { name: 'Write', args: { file_path: at('sub/c.txt'), content: 'línea\n\ttab ${x} 😀\n' } },
        { name: 'Bash', args: { command: 'printf done > d.txt', description: 'Mark it' } },
      ],
    },
    { calls: [{ name: 'Bash', args: { command: 'cat a.txt sub/c.txt', description: 'Look' } }] },
    { calls: [{ name: 'Edit', args: { file_path: at('b.txt'), old_string: 'beta', new_string: 'BETA' } }] },
    { thought: 'Over.', text: 'All three are as you want them.' },
  ])
  const { result, said } = await claude(stage, ['EDIT-TASK: bring these files in order'])
  equal(result.result, 'All three are as you want them.')
  expectFiles(stage.project, {
    'a.txt': '"Ä"\\n\n',
    'b.txt': 'BETA\r\nßü\r\n',
    'sub/c.txt': 'línea\n\ttab ${x} 😀\n',
    'd.txt': 'done',
  })
  const thoughts = said.flatMap(({ message }) => message?.content.flatMap(({ thinking }) => thinking || []) ?? [])
  deepEqual(thoughts, ['Both files first.', 'Now a new one.', 'Over.'])
  const conversation = seenOf(stage.simulated, 'EDIT-TASK')
  equal(conversation.length, 6)
  expectGrowing(conversation)
  expectSigned(conversation)
}

/** Without thinking there is no block that signatures could travel in: the table keeps them. */
const doesNotThink = async (stage: Stage): Promise<void> => {
  play(stage.simulated, 'QUICK-TASK', [
    { calls: [driver.command('echo one'), driver.command('echo two')] },
    { calls: [driver.command('echo three')] },
    { text: 'Done.' },
  ])
  const { result, said } = await claude(stage, ['QUICK-TASK'], { CLAUDE_CODE_DISABLE_THINKING: '1' })
  equal(result.result, 'Done.')
  ok(!said.some(({ message }) => message?.content.some(({ type }) => type === 'thinking')))
  const conversation = seenOf(stage.simulated, 'QUICK-TASK')
  expectGrowing(conversation)
  expectSigned(conversation)
}

const countsAsGemini = async (stage: Stage): Promise<void> => {
  const functionCall = { name: 'Bash', args: { command: 'true', description: 'Nothing' } }
  play(stage.simulated, 'COUNT-TASK', [
    exactly({ functionCall, thoughtSignature: 'c2lnbmVk' }, TWO_TURNS[0]),
    exactly({ text: 'Counted.' }, TWO_TURNS[1]),
  ])
  const { result } = await claude(stage, ['COUNT-TASK'])
  const counted = { inputTokens: 12_640, outputTokens: 105, cacheReadInputTokens: 11_900, cacheCreationInputTokens: 0 }
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = result.usage
  deepEqual([input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens], Object.values(counted))
  for (const usage of Object.values(result.modelUsage)) deepEqual({ ...usage, ...counted }, usage)
  ok(result.total_cost_usd > 0, `it cost ${result.total_cost_usd}`)
}

const searches = async (stage: Stage): Promise<void> => {
  play(stage.simulated, 'SEARCH-TASK', [
    { calls: [{ name: 'ToolSearch', args: { query: 'select:WebSearch' } }] },
    { calls: [{ name: 'WebSearch', args: { query: 'what a triglot is' } }] },
    { text: 'Found it.' },
  ])
  const { result, said } = await claude(stage, ['SEARCH-TASK'])
  equal(result.result, 'Found it.')
  const conversation = seenOf(stage.simulated, 'SEARCH-TASK')
  deepEqual(
    conversation.map((seen) => namesOf(seen).includes('WebSearch')),
    [false, true, true],
  )
  expectSigned(conversation)
  const links = resultsIn(conversation.at(-1)).find(([name]) => name === 'WebSearch')?.[1] ?? ''
  expectIn(links, 'https://vertexaisearch.cloud.google.com/grounding-api-redirect/')
  const shown = said.map(({ tool_use_result }) => tool_use_result as { searchCount?: number; results?: unknown[] })
  deepEqual(
    shown.flatMap((shown) => shown?.searchCount ?? []),
    [1],
  )
  equal(sum(Object.values(result.modelUsage).map(({ webSearchRequests }) => webSearchRequests)), 1)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

const delegates = async (stage: Stage): Promise<void> => {
  write(stage.project, { 'one.txt': '', 'two.txt': '' })
  const agent = { description: 'Count', prompt: 'SUB-TASK', subagent_type: 'general-purpose', run_in_background: false }
  play(stage.simulated, 'MAIN-TASK', [{ calls: [{ name: 'Agent', args: agent }] }, { text: 'There are two.' }])
  play(stage.simulated, 'SUB-TASK', [
    { calls: [{ name: 'Bash', args: { command: 'ls | wc -l', description: 'Count' } }] },
    { text: 'COUNTED: 2' },
  ])
  const { result } = await claude(stage, ['MAIN-TASK'])
  equal(result.result, 'There are two.')
  const main = seenOf(stage.simulated, 'MAIN-TASK')
  expectIn(JSON.stringify(resultsIn(main.at(-1))), 'COUNTED: 2')
  for (const conversation of [main, seenOf(stage.simulated, 'SUB-TASK').filter((seen) => !main.includes(seen))]) {
    equal(conversation.length, 2)
    expectGrowing(conversation)
    expectSigned(conversation)
  }
}

/** What the model is asked for when a conversation is to become short. */
const SUMMARY = 'Your task is to create a detailed summary'

const summarizes = (stage: Stage): void => {
  stage.simulated.script(
    { text: '<analysis>Long.</analysis>\n<summary>\nSUMMED-UP: the user wants the numbers.\n</summary>' },
    { text: SUMMARY },
  )
  stage.simulated.script({ text: 'Went on.' }, { text: 'SUMMED-UP' })
}

const compacts = async (stage: Stage): Promise<void> => {
  const names = Array.from({ length: 8 }, (_, index) => `${index}.txt`)
  write(stage.project, Object.fromEntries(names.map((name) => [name, `${name} of the numbers: äöü\n`.repeat(2_500)])))
  summarizes(stage)
  play(stage.simulated, 'LONG-TASK', [
    { calls: names.map((name) => ({ name: 'Read', args: { file_path: join(stage.project, name) } })) },
    { text: 'First part done.' },
  ])
  await claude(stage, ['LONG-TASK'])
  const long = seenOf(stage.simulated, 'LONG-TASK')
  ok(JSON.stringify(long.at(-1)).length > 400_000)
  await claude(stage, ['/compact', '--continue'])
  equal((await claude(stage, ['Go on', '--continue'])).result.result, 'Went on.')
  const [last] = seenOf(stage.simulated, 'SUMMED-UP').slice(-1)
  ok(JSON.stringify(last).length < 400_000)
  expectGrowing(seenOf(stage.simulated, 'LONG-TASK'))
}

const compactsWhenFull = async (stage: Stage): Promise<void> => {
  summarizes(stage)
  play(stage.simulated, 'FULL-TASK', [
    { calls: [{ name: 'Bash', args: { command: 'seq 1 5000', description: 'Numbers' } }] },
  ])
  stage.simulated.fail({ fault: 'error', error: 'input-too-long' }, { text: '4999' })
  const { result, said } = await claude(stage, ['FULL-TASK'])
  equal(result.result, 'Went on.')
  equal(said.filter(({ subtype }) => subtype === 'compact_boundary').length, 1)
}

/** Tools of MCP servers wait, too, until they are searched for. */
const callsMcp = async (stage: Stage): Promise<void> => {
  const config = JSON.stringify({ mcpServers: { sums: MCP_SERVER } })
  const ask = async (prompt: string) => (await claude(stage, [prompt, '--mcp-config', config])).result.result
  const search = { name: 'ToolSearch', args: { query: 'select:mcp__sums__add' } }
  await addsUp(stage, ask, search, { name: 'mcp__sums__add', args: { terms: [2, 3] } })
}

const driver: Driver = {
  ask: async (stage, prompt, again = false) =>
    (await claude(stage, [prompt, ...(again ? ['--continue'] : [])])).result.result,
  command: (command) => ({ name: 'Bash', args: { command, description: 'A command' } }),
}

export const claudeCode: Agent = {
  name: 'Claude Code',
  package: PACKAGES.claudeCode,
  scenarios: {
    'reads, edits and creates files over six turns': editsFiles,
    'works without thinking': doesNotThink,
    'counts tokens right': countsAsGemini,
    'loads a deferred tool and searches the web': searches,
    'calls a tool of an MCP server': callsMcp,
    'has a sub-agent do a part': delegates,
    'goes on with an earlier session': resumes(driver),
    'does not notice faults upstream': heals(driver, MALFORMED),
    'compacts a long conversation when told to': compacts,
    'compacts by itself when the prompt is too long': compactsWhenFull,
  },
}
