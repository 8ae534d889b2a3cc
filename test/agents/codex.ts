import { deepEqual, equal, ok } from 'node:assert/strict'
import { addsUp, type Driver, heals, MALFORMED, MCP_SERVER, resumes } from './common.ts'
import { PACKAGES } from './install.ts'
import { exactly, expectGrowing, expectSigned, play, resultsIn, seenOf, TWO_TURNS } from './model.ts'
import { run, tail } from './process.ts'
import { type Agent, expectFiles, expectIn, type Stage, write } from './stage.ts'

/** One line of what it prints. */
interface Said {
  type: string
  item?: { type: string; text?: string; message?: string; command?: string; query?: string }
  usage?: Record<'input_tokens' | 'cached_input_tokens' | 'output_tokens' | 'reasoning_output_tokens', number>
  message?: string
}

interface Answer {
  said: Said[]
  /** The last that it tells the user. */
  text: string | undefined
}

const PROVIDER = (url: string): string => `
model_provider = "triglot"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.triglot]
name = "Triglot"
base_url = "${url}/v1"
model_catalog_url = "${url}/v1/models"
env_key = "TRIGLOT_API_KEY"
wire_api = "responses"
`

/** It says so always, and where it first tries a WebSocket. */
const EXPECTED = /^Reading additional input from stdin|responses_websocket: failed to connect/

/** https://developers.openai.com/codex/noninteractive */
const codex = async (
  stage: Stage,
  args: readonly string[],
  { settings = 'model = "gemini-3.6-flash"', provider = PROVIDER(stage.url) } = {},
): Promise<Answer> => {
  write(stage.home, { '.codex/config.toml': `${settings}\n${provider}` })
  const flags = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox']
  const ended = await run(stage, ['exec', ...flags, ...args], {
    TRIGLOT_API_KEY: 'your-api-key-1',
    // What it takes for OpenAI itself.
    CODEX_API_KEY: 'your-api-key-1',
  })
  const said = ended.output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Said)
  equal(said.at(-1)?.type, 'turn.completed', tail(ended))
  const complaints = said.filter(({ type, item }) => type === 'error' || item?.type === 'error')
  deepEqual(complaints, [])
  deepEqual(
    ended.errors.split('\n').filter((line) => line !== '' && !EXPECTED.test(line)),
    [],
  )
  const texts = said.flatMap(({ item }) => (item?.type === 'agent_message' ? (item.text ?? '') : []))
  return { said, text: texts.at(-1) }
}

const itemsOf = ({ said }: Answer, kind: string): NonNullable<Said['item']>[] =>
  said.flatMap(({ type, item }) => (type === 'item.completed' && item?.type === kind ? item : []))

const editsFiles = async (stage: Stage): Promise<void> => {
  write(stage.project, { 'a.txt': 'alpha\nomega\n', 'gone.txt': '' })
  const patch = [
    '*** Begin Patch',
    '*** Update File: a.txt',
    '@@',
    '-alpha',
    '+"Ä"\\n 😀',
    ' omega',
    '*** Add File: sub/b.txt',
    '+línea',
    '+\ttab ${x}',
    '*** Delete File: gone.txt',
    '*** End Patch',
    '',
  ].join('\n')
  play(stage.simulated, 'EDIT-TASK', [
    {
      thought: 'Look first.',
      text: 'I look around.',
      calls: [
        { name: 'exec_command', args: { cmd: 'cat a.txt' } },
        { name: 'exec_command', args: { cmd: 'ls' } },
      ],
    },
    { thought: 'Now change it.', calls: [{ name: 'apply_patch', args: { input: patch } }] },
    { calls: [{ name: 'exec_command', args: { cmd: 'printf done > c.txt' } }] },
    { calls: [{ name: 'exec_command', args: { cmd: 'cat sub/b.txt' } }] },
    { calls: [{ name: 'exec_command', args: { cmd: 'cat c.txt' } }] },
    { text: 'All as you want it.' },
  ])
  const answer = await codex(stage, ['EDIT-TASK: bring these files in order'])
  equal(answer.text, 'All as you want it.')
  expectFiles(stage.project, { 'a.txt': '"Ä"\\n 😀\nomega\n', 'sub/b.txt': 'línea\n\ttab ${x}\n', 'c.txt': 'done' })
  deepEqual(
    itemsOf(answer, 'reasoning').map(({ text }) => text),
    ['Look first.', 'Now change it.'],
  )
  equal(itemsOf(answer, 'file_change').length, 1)
  const conversation = seenOf(stage.simulated, 'EDIT-TASK')
  equal(conversation.length, 6)
  expectGrowing(conversation)
  expectSigned(conversation)
  expectIn(JSON.stringify(resultsIn(conversation.at(-1))), 'gone.txt')
}

/** What Codex knows by OpenAI's names calls its tools from JavaScript, and can have others work for it. */
const worksInATeam = async (stage: Stage): Promise<void> => {
  write(stage.project, { 'a.txt': 'alpha\n' })
  const script =
    "text((await Promise.all(['cat a.txt', 'ls'].map((cmd) => tools.exec_command({ cmd })))).map((r) => r.output))"
  play(stage.simulated, 'MAIN-TASK', [
    { thought: 'Both at once.', calls: [{ name: 'functions__exec', args: { input: script } }] },
    {
      calls: [
        { name: 'collaboration__spawn_agent', args: { task_name: 'sub', message: 'SUB-TASK', fork_turns: 'none' } },
      ],
    },
    { calls: [{ name: 'collaboration__wait_agent', args: { timeout_ms: 20_000 } }] },
    { text: 'There is one.' },
  ])
  play(stage.simulated, 'SUB-TASK', [
    { calls: [{ name: 'functions__exec', args: { input: "text(await tools.exec_command({ cmd: 'ls | wc -l' }))" } }] },
    { text: 'COUNTED: 1' },
  ])
  const provider = PROVIDER(stage.url).replace(/model_catalog_url.*\n/, '')
  const answer = await codex(stage, ['MAIN-TASK'], { settings: 'model = "gpt-6-sol"', provider })
  equal(answer.text, 'There is one.')
  deepEqual(itemsOf(answer, 'command_execution').length, 2)
  const main = seenOf(stage.simulated, 'MAIN-TASK')
  expectIn(JSON.stringify(main.at(-1)?.contents), 'COUNTED: 1')
  for (const conversation of [main, seenOf(stage.simulated, 'SUB-TASK').filter((seen) => !main.includes(seen))]) {
    ok(conversation.length > 1)
    expectGrowing(conversation)
    expectSigned(conversation)
  }
}

const countsAsGemini = async (stage: Stage): Promise<void> => {
  const functionCall = { name: 'exec_command', args: { cmd: 'true' } }
  play(stage.simulated, 'COUNT-TASK', [
    exactly({ functionCall, thoughtSignature: 'c2lnbmVk' }, TWO_TURNS[0]),
    exactly({ text: 'Counted.' }, TWO_TURNS[1]),
  ])
  const { said } = await codex(stage, ['COUNT-TASK'])
  const usage = said.at(-1)?.usage
  deepEqual(
    [usage?.input_tokens, usage?.cached_input_tokens, usage?.output_tokens, usage?.reasoning_output_tokens],
    [24_540, 11_900, 105, 70],
  )
}

const searches = async (stage: Stage): Promise<void> => {
  const uri = 'https://vertexaisearch.cloud.google.com/grounding-api-redirect/ONE'
  const groundingMetadata = {
    webSearchQueries: ['what a triglot is'],
    groundingChunks: [{ web: { uri, title: 'example.com' } }],
    groundingSupports: [{ segment: { endIndex: 11, text: 'Three tongues.' }, groundingChunkIndices: [0] }],
  }
  play(stage.simulated, 'SEARCH-TASK', [exactly({ text: 'Three tongues.' }, TWO_TURNS[0], { groundingMetadata })])
  const answer = await codex(stage, ['SEARCH-TASK'])
  equal(answer.text, 'Three tongues.')
  deepEqual(
    itemsOf(answer, 'web_search').map(({ query }) => query),
    ['what a triglot is'],
  )
}

const compacts = async (stage: Stage): Promise<void> => {
  const asked = 'CONTEXT CHECKPOINT COMPACTION'
  stage.simulated.script({ text: 'SUMMED-UP: the user wants the numbers.' }, { text: asked })
  play(stage.simulated, 'SUMMED-UP', [{ text: 'Went on.' }])
  play(stage.simulated, 'LONG-TASK', [{ calls: [{ name: 'exec_command', args: { cmd: 'seq 1 4000' } }] }])
  const answer = await codex(stage, ['LONG-TASK'], {
    settings: 'model = "gemini-3.6-flash"\nmodel_auto_compact_token_limit = 10000',
  })
  equal(answer.text, 'Went on.')
  const [last] = seenOf(stage.simulated, 'SUMMED-UP').slice(-1)
  ok(last && !JSON.stringify(last.contents).includes('3999'))
}

/** With OpenAI's address changed and nothing else it tries a WebSocket, and has the API compact. */
const takesItForOpenai = async (stage: Stage): Promise<void> => {
  const exec = { name: 'functions__exec', args: { input: "text(await tools.exec_command({ cmd: 'seq 1 9000' }))" } }
  stage.simulated.script({ text: 'SUMMED-UP: the user wants the numbers.' }, { text: 'replaced by a summary' })
  play(stage.simulated, 'SUMMED-UP', [{ text: 'Went on.' }])
  play(stage.simulated, 'LONG-TASK', [{ calls: [exec] }])
  const provider = `openai_base_url = "${stage.url}/v1"\nmodel_auto_compact_token_limit = 17000`
  const answer = await codex(stage, ['LONG-TASK'], { settings: '', provider })
  equal(answer.text, 'Went on.')
  equal(seenOf(stage.simulated, 'SUMMED-UP').length, 1)
}

const callsMcp = async (stage: Stage): Promise<void> => {
  const server = Object.entries(MCP_SERVER).map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
  const provider = [PROVIDER(stage.url), '[mcp_servers.sums]', ...server].join('\n')
  const ask = async (prompt: string) => (await codex(stage, [prompt], { provider })).text
  await addsUp(stage, ask, { name: 'mcp__sums__add', args: { terms: [2, 3] } })
}

const driver: Driver = {
  ask: async (stage, prompt, again = false) =>
    (await codex(stage, [...(again ? ['resume', '--last'] : []), prompt])).text,
  command: (cmd) => ({ name: 'exec_command', args: { cmd } }),
}

export const codexCli: Agent = {
  name: 'Codex CLI',
  package: PACKAGES.codex,
  scenarios: {
    'edits files by commands and patches over six turns': editsFiles,
    'calls tools from code, and has an agent do a part': worksInATeam,
    'takes it for OpenAI when only the address is changed': takesItForOpenai,
    'calls a tool of an MCP server': callsMcp,
    'counts tokens right': countsAsGemini,
    'searches the web': searches,
    'goes on with an earlier session': resumes(driver),
    'does not notice faults upstream': heals(driver, MALFORMED),
    'compacts by itself when its limit is reached': compacts,
  },
}
