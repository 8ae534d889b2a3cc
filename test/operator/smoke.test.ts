import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { command } from './processes.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ simulation: { pace: { chunkCharacters: 8 } } })
}, 30_000)
afterAll(() => gateway.close())

const smoke = (words: readonly string[], key = 'your-api-key-1') =>
  command('infra/operator/smoke.ts', words, { variables: { TRIGLOT_API_KEY: key } })

// Behind the one address of npm start it is run by readme.test.ts.
test('every call of every family is well behind the REST API', async () => {
  const door = await startGateway({ frontDoor: 'api' })
  const { code, stdout, stderr } = await smoke(['--url', `${door.url}/`])
  await door.close()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').filter((line) => line.startsWith('ok'))).toHaveLength(18)
  expect(stdout).toContain('\nAll 18 calls are well.\n')
  expect(stdout).toMatch(/^ok +OpenAI +chat, streamed +\d+ .*\(\d+ pieces\)$/m)
}, 30_000)

test('each family is called where it is; what fails is named, and the exit code tells', async () => {
  const { openai, gemini } = gateway.urls
  const nowhere = 'http://127.0.0.1:9'
  gateway.simulated.fail({ fault: 'end', after: 3 }, { method: 'streamGenerateContent' })
  const { code, stdout } = await smoke(['--openai-url', openai, '--anthropic-url', nowhere, '--gemini-url', gemini])
  expect(code).toBe(1)
  const failed = stdout.split('\n').filter((line) => line.startsWith('FAILED'))
  const [cut = '', ...unreachable] = failed
  expect(cut).toMatch(/^FAILED +OpenAI +chat, streamed +\d+ +\S/)
  expect(unreachable).toHaveLength(5)
  for (const line of unreachable) expect(line).toMatch(/^FAILED +Anthropic .*Connection error/)
}, 30_000)

test.each([
  [['--url', 'http://127.0.0.1:9'], '', 'A client key is needed: --key, or TRIGLOT_API_KEY.\n'],
  [[], 'k', 'Where is openai? Give --url, --stack or --openai-url.\n'],
  [['--openai-url', 'http://127.0.0.1:9'], 'k', 'Where is anthropic? Give --url, --stack or --anthropic-url.\n'],
  [['--adress', 'x'], 'k', "Unknown option '--adress'\n"],
  [['--stack', 'Triglot'], 'k', expect.stringMatching(/^No region is set: AWS_REGION=.*\n$/)],
])('what is missing or wrong is said in a line: %j', async (words, key, stderr) => {
  expect(await smoke(words, key)).toMatchObject({ code: 1, stderr })
})
