// Where a running `npm start` can be found by the operator's commands. It holds addresses, and no key.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from './alive.ts'

export interface RunFile {
  secretsManager: string
  secretArn: string
  geminiBaseUrl: string
  /** The process that runs it: one that was killed leaves its file behind. */
  pid: number
}

const folder = join(import.meta.dirname, '../../dist/.local')
const fileOf = (port: number): string => join(folder, `${port}.json`)

export const writeRunFile = async (port: number, run: RunFile): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await writeFile(fileOf(port), JSON.stringify(run))
}

export const removeRunFile = (port: number): Promise<void> => rm(fileOf(port), { force: true })

/** Undefined where no local run has that port. */
export const readRunFile = async (port: number): Promise<RunFile | undefined> => {
  const text = await readFile(fileOf(port), 'utf8').catch(() => undefined)
  const run = text === undefined ? undefined : (JSON.parse(text) as RunFile)
  return run && isAlive(run.pid) ? run : undefined
}
