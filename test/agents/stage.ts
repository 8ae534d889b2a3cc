// What a scenario plays on: a gateway with the simulated Gemini behind it, and an agent with a home and a project of its own.
import { deepEqual, ok } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Gateway } from '../../infra/local/gateway.ts'
import type { SimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { Package } from './install.ts'
import type { Program } from './process.ts'

export interface Agent {
  name: string
  package: Package
  /** What must hold → how it is tried; throws where it doesn't. */
  scenarios: Readonly<Record<string, (stage: Stage) => Promise<void>>>
}

export interface Stage extends Program {
  url: string
  simulated: SimulatedGemini
}

/** Plays one scenario; nothing is left of it. */
export const onStage = async (
  gateway: Gateway,
  program: string,
  play: (stage: Stage) => Promise<void>,
): Promise<void> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'triglot-agent-')))
  const [home, project] = [join(folder, 'home'), join(folder, 'project')]
  mkdirSync(home)
  mkdirSync(project)
  // A background process of the agent may still be writing.
  const clear = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  process.once('exit', clear)
  gateway.simulated.reset()
  try {
    await play({ program, url: gateway.url, simulated: gateway.simulated, home, project })
  } finally {
    process.off('exit', clear)
    clear()
  }
}

/** Writes files, by their names in a folder. */
export const write = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** What the files hold, byte for byte. */
export const expectFiles = (folder: string, expected: Readonly<Record<string, string>>): void => {
  const found = Object.fromEntries(
    Object.keys(expected).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )
  deepEqual(found, expected)
}

export const expectIn = (text: string, part: string): void => {
  ok(text.includes(part), `${JSON.stringify(part)} is not in:\n${text.slice(-4_000)}`)
}
