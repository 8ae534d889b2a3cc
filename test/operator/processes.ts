// The operator's commands as an operator runs them: processes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Result {
  code: number | null
  stdout: string
  stderr: string
}

const launch = (file: string, words: readonly string[], variables: Record<string, string>): ChildProcess =>
  spawn(process.execPath, [join(root, 'infra/launch.mjs'), file, ...words], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...variables },
  })

/** Runs a command to its end. */
export const command = async (
  file: string,
  words: readonly string[],
  { input = '', variables = {} }: { input?: string; variables?: Record<string, string> } = {},
): Promise<Result> => {
  const child = launch(file, words, variables)
  const result = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      result[name] += text
    })
  }
  child.stdin?.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...result }
}

export interface LocalRun {
  url: string
  /** All that it printed so far. */
  output(): string
  stop(): Promise<unknown>
}

/** `npm start` on a free port, once it is ready. */
export const startLocalRun = async (variables: Record<string, string> = {}): Promise<LocalRun> => {
  const child = launch('infra/local/start.ts', [], { PORT: '0', ...variables })
  let output = ''
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>()
  const take = (text: string): void => {
    output += text
    const url = /is ready on (\S+)/.exec(output)?.[1]
    if (url) resolve(url)
  }
  child.stdout?.setEncoding('utf8').on('data', take)
  child.stderr?.setEncoding('utf8').on('data', take)
  child.once('exit', () => reject(new Error(`npm start ended: ${output}`)))
  const url = await ready
  return {
    url,
    output: () => output,
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
