// What an environment keeps of the requests it has answered: nothing, so that its memory is flat.
import { textEvents } from './events.ts'
import { hasProc, memoryOf } from './process.ts'
import { medianOf } from './rounds.ts'
import { type Row, row } from './table.ts'
import type { Laboratory, Target } from './targets.ts'

const REQUESTS = 10_000
const SOME = 3_000
/** The share of the requests after which a young environment has grown to its size. */
const YOUNG = 0.4
/** MB, of the smallest function: there the collector has no room to wait. */
const MEMORY = 128
const MOST_GROWTH = 5

const growth = async (laboratory: Laboratory, target: Target, requests: number): Promise<number> => {
  const sandbox = await laboratory.start(target.folder, { memory: MEMORY, variables: {} })
  const sizes: number[] = []
  try {
    laboratory.upstream.answer(textEvents(3, 40))
    for (let i = 0; i < requests; i++) {
      await sandbox.call(target.event(`question ${i}`))
      if (i % 50 === 49) sizes.push(memoryOf(sandbox.pid))
    }
  } finally {
    await sandbox.stop()
  }
  const grown = sizes.slice(Math.floor(sizes.length * YOUNG))
  const half = Math.floor(grown.length / 2)
  return medianOf(grown.slice(half)) - medianOf(grown.slice(0, half))
}

export const lasting = async (laboratory: Laboratory, quick: boolean): Promise<Row[]> => {
  if (!hasProc) return []
  const requests = quick ? SOME : REQUESTS
  const rows: Row[] = []
  const targets = laboratory.targets.filter(({ name }) => name !== 'pipe')
  for (const target of quick ? targets.slice(0, 1) : targets) {
    const figure = await growth(laboratory, target, requests)
    rows.push(row(`growth over ${requests} requests`, target.name, 'MB', figure, MOST_GROWTH))
  }
  return rows
}
