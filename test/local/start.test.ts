import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals'
import { listen } from '../../infra/local/listen.ts'
import { command } from '../operator/processes.ts'
import { startFixture } from './fixtures/gateway.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

interface Run {
  child: ChildProcess
  output: { stdout: string; stderr: string }
}

/** `npm start`, from some other folder. */
const run = (variables: Record<string, string>, words: readonly string[] = []): Run => {
  const output = { stdout: '', stderr: '' }
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../infra/launch.mjs'), 'infra/local/start.ts', ...words],
    {
      cwd: tmpdir(),
      env: { PATH: process.env.PATH, PORT: '0', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  started.push(child)
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  return { child, output }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (let wait = 0; wait < 2000 && !condition(); wait += 1) await sleep(20)
  expect(condition()).toBe(true)
}

/** Process → its parent. Slim images have no `ps`. */
const parents = (): Map<number, number> => {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n')
    return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]))
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Map(pids.map((pid) => [Number(pid), parentOf(pid)]))
}
const parentOf = (pid: string): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? 0 : Number(parent)
  } catch {
    return 0
  }
}
const childrenOf = (pid: number | undefined): number[] =>
  [...parents()].filter(([, parent]) => parent === pid).map(([child]) => child)
const lives = (pid: number): boolean => (parents().get(pid) ?? 0) !== 0

describe('npm start', () => {
  test('says what to do, answers what it says as its settings say, and leaves nothing behind', async () => {
    const { child, output } = run({}, ['-c', 'modelAliases={"house":"gemini-2.5-flash"}', '-c', 'defaultModel=house'])
    await until(() => output.stdout.includes('messages'))
    expect(output.stdout).toContain('simulated Gemini')
    const [, url = ''] = /^curl (\S+) /m.exec(output.stdout) ?? []
    const [, authorization = ''] = /'Authorization: ([^']+)'/.exec(output.stdout) ?? []
    const [, body] = /-d '(.+)'/.exec(output.stdout) ?? []
    const headers = { authorization, 'content-type': 'application/json' }
    const reply = await fetch(url, { method: 'POST', headers, body })
    expect([reply.status, await reply.json()]).toMatchObject([200, { object: 'chat.completion' }])
    const nameless = JSON.stringify({ ...(JSON.parse(body ?? '') as object), model: undefined })
    const usual = await fetch(url, { method: 'POST', headers, body: nameless })
    expect([usual.status, await usual.json()]).toMatchObject([200, { model: 'house' }])

    const variables = { PORT: new URL(url).port }
    const keys = await command('infra/operator/keys.ts', ['list', '--local'], { variables })
    expect(keys).toMatchObject({ code: 0, stdout: expect.stringMatching(/^gemini-1 +simulated-project-1 +1 +…$/m) })

    const [main = 0] = childrenOf(child.pid)
    await until(() => childrenOf(main).length === 3)
    const functions = childrenOf(main)
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect([main, ...functions].filter(lives)).toEqual([])
    expect(output.stderr).toBe('')
  })

  test.each(['the launcher', 'what it launched'])('leaves nothing behind when %s is killed outright', async (which) => {
    const { child, output } = run({})
    await until(() => output.stdout.includes('curl'))
    const [main = 0] = childrenOf(child.pid)
    await until(() => childrenOf(main).length === 3)
    const everything = [child.pid ?? 0, main, ...childrenOf(main)]
    process.kill(which === 'the launcher' ? (child.pid ?? 0) : main, 'SIGKILL')
    await until(() => !everything.some(lives))
  })

  test('says what the usual client key is worth, where there is something to lose', async () => {
    const usual = run({ GEMINI_API_KEYS: 'k' }).output
    const own = run({ GEMINI_API_KEYS: 'k', API_KEYS: 'mine' }).output
    await until(() => [usual, own].every(({ stdout }) => stdout.includes('Try it')))
    expect(usual.stdout).toMatch(/client key {2}your-api-key-1 \(known to any web page/)
    expect(own.stdout).toMatch(/client key {2}ONE_OF_YOUR_API_KEYS$/m)
  })

  describe('can’t, and says so in one line', () => {
    const server = createServer()
    const taken = listen(server)
    afterAll(async () => (await taken).close())

    const refusalOf = async (variables: Record<string, string>, ...words: string[]): Promise<string> => {
      const { child, output } = run(variables, words)
      expect(await once(child, 'close')).toEqual([1, null])
      expect(output.stdout).toBe('')
      return output.stderr
    }

    test('the port is in use', async () => {
      const { port } = await taken
      expect(await refusalOf({ PORT: String(port) })).toMatch(new RegExp(`^Port ${port} is in use.*\n$`))
    })

    test('the address is somebody else’s', async () => {
      expect(await refusalOf({ HOST: '192.0.2.1', API_KEYS: 'k' })).toBe(
        'HOST 192.0.2.1 is no address of this machine.\n',
      )
    })

    test('a setting of the deployment is wrong', async () => {
      expect(await refusalOf({}, '-c', 'memory=12')).toBe(
        'Setting memory must be a whole number from 128 to 10240; it is "12".\n',
      )
      expect(await refusalOf({}, '--memory', '12')).toMatch(/^Unknown option '--memory'.*\n$/)
    })

    test('a variable is wrong', async () => {
      expect(await refusalOf({ PORT: 'http' })).toBe('PORT must be a whole number from 0 to 65535, not "http".\n')
    })
  })
})

test.each([
  ['is missing', '.', /There is no function "\w+": \S+index\.ts is missing\./],
  ['fails to load', 'broken', /Function "openai" fails to load: no such thing/],
])('a function that %s is named', async (_case, folder, message) => {
  const functions = join(import.meta.dirname, 'fixtures', folder)
  const output = join(import.meta.dirname, '../../dist/.broken')
  await expect(startFixture({ functions, output })).rejects.toThrow(message)
})
