import { deepEqual, equal, ok } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawPng } from '../../infra/local/simulated-gemini/media/png.ts'
import { type Driver, heals } from './common.ts'
import { PACKAGES } from './install.ts'
import { exactly, expectGrowing, expectSigned, partsOf, play, resultsIn, seenOf, TWO_TURNS } from './model.ts'
import { run, tail } from './process.ts'
import { type Agent, expectFiles, expectIn, type Stage, write } from './stage.ts'

/** One line of what it prints. */
interface Said {
  type: string
  role?: string
  content?: string
  status?: string
  stats?: { input_tokens: number; output_tokens: number; cached: number }
}

interface Answer {
  said: Said[]
  text: string
}

/** https://geminicli.com/docs/cli/headless */
const gemini = async (stage: Stage, args: readonly string[], settings: object = {}): Promise<Answer> => {
  const auth = { security: { auth: { selectedType: 'gemini-api-key' } }, privacy: { usageStatisticsEnabled: false } }
  write(stage.home, { '.gemini/settings.json': JSON.stringify({ ...auth, ...settings }) })
  const ended = await run(stage, ['--yolo', '--output-format', 'stream-json', ...args], {
    GOOGLE_GEMINI_BASE_URL: stage.url,
    GEMINI_API_KEY: 'your-api-key-1',
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    GEMINI_CLI_NO_RELAUNCH: 'true',
  })
  const said = ended.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Said)
  equal(said.at(-1)?.status, 'success', tail(ended))
  deepEqual(
    said.filter(({ type, status }) => type === 'error' || status === 'error'),
    [],
  )
  const texts = said.flatMap(({ role, content }) => (role === 'assistant' ? (content ?? '') : []))
  return { said, text: texts.join('') }
}

const shell = (command: string) => ({ name: 'run_shell_command', args: { command, description: 'A command' } })

const editsFiles = async (stage: Stage): Promise<void> => {
  const at = (name: string): string => join(stage.project, name)
  write(stage.project, { 'a.txt': 'alpha\n', 'b.txt': 'beta\nßü\n' })
  play(stage.simulated, 'EDIT-TASK', [
    {
      thought: '**Both files** first.',
      calls: [
        { name: 'read_file', args: { file_path: at('a.txt') } },
        { name: 'read_file', args: { file_path: at('b.txt') } },
      ],
    },
    {
      calls: [
        {
          name: 'replace',
          args: { file_path: at('a.txt'), old_string: 'alpha', new_string: '"Ä"\\n', instruction: 'Change it' },
        },
      ],
    },
    {
      calls: [
        { name: 'write_file', args: { file_path: at('sub/c.txt'), content: 'línea\n\ttab ${x} 😀\n' } },
        shell('printf done > d.txt'),
      ],
    },
    { calls: [shell('cat a.txt sub/c.txt')] },
    { text: 'All as you want it.' },
  ])
  const { text } = await gemini(stage, ['-p', 'EDIT-TASK: bring these files in order'])
  equal(text, 'All as you want it.')
  expectFiles(stage.project, {
    'a.txt': '"Ä"\\n\n',
    'b.txt': 'beta\nßü\n',
    'sub/c.txt': 'línea\n\ttab ${x} 😀\n',
    'd.txt': 'done',
  })
  const conversation = seenOf(stage.simulated, 'EDIT-TASK')
  equal(conversation.length, 5)
  expectGrowing(conversation)
  expectSigned(conversation)
}

const counts = async (stage: Stage): Promise<void> => {
  play(stage.simulated, 'COUNT-TASK', [
    exactly({ functionCall: shell('true'), thoughtSignature: 'c2lnbmVk' }, TWO_TURNS[0]),
    exactly({ text: 'Counted.' }, TWO_TURNS[1]),
  ])
  const { said } = await gemini(stage, ['-m', 'gemini-3.6-flash', '-p', 'COUNT-TASK'])
  const usage = said.at(-1)?.stats
  // It takes what Gemini's tools read, and thoughts, for neither.
  deepEqual([usage?.input_tokens, usage?.cached, usage?.output_tokens], [24_500, 11_900, 35])
}

const searches = async (stage: Stage): Promise<void> => {
  play(stage.simulated, 'SEARCH-TASK', [
    { calls: [{ name: 'google_web_search', args: { query: 'what a triglot is' } }] },
    // By its number, so that no name is looked up.
    { calls: [{ name: 'web_fetch', args: { prompt: 'Read https://8.8.8.8/ for me' } }] },
    { text: 'Found it.' },
  ])
  equal((await gemini(stage, ['-p', 'SEARCH-TASK'])).text, 'Found it.')
  const results = JSON.stringify(resultsIn(seenOf(stage.simulated, 'SEARCH-TASK').at(-1)))
  expectIn(results, 'https://vertexaisearch.cloud.google.com/grounding-api-redirect/')
  const tools = stage.simulated.requests.flatMap(({ body }) => (body as { tools?: object[] } | undefined)?.tools ?? [])
  deepEqual(
    ['googleSearch', 'urlContext'].map((name) => tools.some((tool) => name in tool)),
    [true, true],
  )
}

const looksAtPictures = async (stage: Stage): Promise<void> => {
  const picture = drawPng('a cat', '1:1', '1K')
  writeFileSync(join(stage.project, 'cat.png'), picture)
  play(stage.simulated, 'LOOK-TASK', [{ text: 'A cat.' }])
  equal((await gemini(stage, ['-p', 'LOOK-TASK: what is in @cat.png'])).text, 'A cat.')
  const [seen] = seenOf(stage.simulated, 'LOOK-TASK')
  const data = seen && partsOf(seen).flatMap(({ inlineData }) => inlineData?.data ?? [])
  deepEqual(data, [picture.toString('base64')])
  ok(stage.simulated.requests.some(({ path }) => path.endsWith(':countTokens')))
}

const delegates = async (stage: Stage): Promise<void> => {
  write(stage.project, { 'one.txt': '', 'two.txt': '' })
  play(stage.simulated, 'MAIN-TASK', [
    { calls: [{ name: 'invoke_agent', args: { agent_name: 'generalist', prompt: 'SUB-TASK' } }] },
    { text: 'There are two.' },
  ])
  play(stage.simulated, 'SUB-TASK', [
    { calls: [shell('ls | wc -l')] },
    { calls: [{ name: 'complete_task', args: { result: { response: 'COUNTED: 2' } } }] },
  ])
  equal((await gemini(stage, ['-p', 'MAIN-TASK'])).text, 'There are two.')
  expectIn(JSON.stringify(resultsIn(seenOf(stage.simulated, 'MAIN-TASK').at(-1))), 'COUNTED: 2')
}

/** What is resumed holds no call: of those this version repeats the result, which Gemini refuses. */
const resumes = async (stage: Stage): Promise<void> => {
  play(stage.simulated, 'RESUME-TASK', [
    { thought: 'Hm.', text: 'First part done.' },
    { calls: [shell('echo two')] },
    { text: 'Second part done.' },
  ])
  equal((await gemini(stage, ['-p', 'RESUME-TASK'])).text, 'First part done.')
  equal((await gemini(stage, ['--resume', 'latest', '-p', 'Go on'])).text, 'Second part done.')
  expectSigned(seenOf(stage.simulated, 'RESUME-TASK').slice(1))
}

/** Some 16,000 tokens that don't repeat themselves, which it would take for a loop. */
const NUMBERS = Array.from({ length: 8_000 }, (_, index) => (index * 7_919) % 999_983).join(' ')

const compresses = async (stage: Stage): Promise<void> => {
  const snapshot = { text: '<state_snapshot>SUMMED-UP: the user wants the numbers.</state_snapshot>' }
  stage.simulated.script([snapshot, snapshot], { text: '<state_snapshot>' })
  stage.simulated.script({ text: 'Went on.' }, { text: 'SUMMED-UP', method: 'streamGenerateContent' })
  play(stage.simulated, 'LONG-TASK', [{ text: NUMBERS }])
  await gemini(stage, ['-p', 'LONG-TASK'])
  const { text } = await gemini(stage, ['--resume', 'latest', '-p', 'Go on'], { model: { compressionThreshold: 0.01 } })
  equal(text, 'Went on.')
  ok(Number(stage.simulated.requests.at(-1)?.bytes) < NUMBERS.length)
}

const driver: Driver = {
  // By its name, since else a small model is asked first which one to take.
  ask: async (stage, prompt) => (await gemini(stage, ['-m', 'gemini-3.6-flash', '-p', prompt])).text,
  command: shell,
}

export const geminiCli: Agent = {
  name: 'Gemini CLI',
  package: PACKAGES.geminiCli,
  scenarios: {
    'reads, edits and creates files over five turns': editsFiles,
    'counts tokens right': counts,
    'searches the web and reads a page': searches,
    'looks at a picture': looksAtPictures,
    'has a sub-agent do a part': delegates,
    'goes on with an earlier session': resumes,
    'does not notice faults upstream': heals(driver),
    'compresses a long conversation': compresses,
  },
}
