import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export interface Program {
  /** The file that starts it: a script for Node, by its name, or a program. */
  program: string
  home: string
  /** Where it runs. */
  project: string
}

export interface Ended {
  code: number
  output: string
  errors: string
}

const PATIENCE_MS = 180_000
const SHOWN = 2_000

/** Runs a program to its end, with all that it started, and nothing of our environment but PATH; throws if it hangs. */
export const run = async (
  { program, home, project }: Program,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> => {
  const PATH = [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter)
  const TMPDIR = join(home, 'tmp')
  mkdirSync(TMPDIR, { recursive: true })
  const [command, ...first] = /\.c?js$/.test(program) ? [process.execPath, program] : [program]
  const child = spawn(command, [...first, ...args], {
    cwd: project,
    env: { PATH, HOME: home, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const killAll = (): void => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  let output = ''
  let errors = ''
  let hung = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const timer = setTimeout(() => {
    hung = true
    killAll()
  }, PATIENCE_MS)
  process.once('exit', killAll)
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    if (hung) throw new Error(`It did not end within ${PATIENCE_MS / 1000} s.\n${tail({ output, errors })}`)
    return { code: code ?? (signal ? 128 : 1), output, errors }
  } finally {
    clearTimeout(timer)
    process.off('exit', killAll)
    killAll()
  }
}

/** The last of what it said. */
export const tail = ({ output, errors }: Omit<Ended, 'code'>): string =>
  [output, errors].map((text) => text.trim().slice(-SHOWN)).join('\n')
