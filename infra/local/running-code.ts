import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isAlive } from './alive.ts'

/** The code of functions as it was when they were started. */
export interface RunningCode {
  folder(name: string): string
  close(): Promise<void>
}

const RUNS = '.running'
let count = 0

/** Runs that were killed leave their folders, named by their process. */
const sweep = async (runs: string): Promise<void> => {
  const found = await readdir(runs).catch(() => [])
  const dead = found.filter((name) => !isAlive(Number.parseInt(name, 10)))
  await Promise.all(dead.map((name) => rm(join(runs, name), { recursive: true, force: true })))
}

/**
 * Holds on to bundles, name → folder, while they run. Functions load parts of their code only when they are needed, and a
 * bundle that is made anew meanwhile, by a test in another shell say, would have taken them away. Costs no copy where the
 * disk has links.
 */
export const holdCode = async (folders: ReadonlyMap<string, string>): Promise<RunningCode> => {
  const [first = ''] = folders.values()
  const runs = join(dirname(first), RUNS)
  const own = join(runs, `${process.pid}-${count++}`)
  await sweep(runs)
  await Promise.all(
    [...folders].map(async ([name, folder]) => {
      const held = join(own, name)
      await mkdir(held, { recursive: true })
      const files = (await readdir(folder)).filter((file) => file.endsWith('.mjs'))
      await Promise.all(
        files.map((file) =>
          link(join(folder, file), join(held, file)).catch(() => copyFile(join(folder, file), join(held, file))),
        ),
      )
    }),
  )
  return {
    folder: (name) => join(own, name),
    close: () => rm(own, { recursive: true, force: true }),
  }
}
