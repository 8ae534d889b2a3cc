// End to end on the runtime client, against a handler that passes bytes through: CPU of the function's process for each
// event, and what comes on top of the time to the first text.
import { textEvents } from './events.ts'
import { cpuOf, hasProc } from './process.ts'
import { differences, interleave, medianOf, ratios, spreadOf } from './rounds.ts'
import type { Sandbox } from './sandbox.ts'
import { type Row, row } from './table.ts'
import type { Laboratory, Target } from './targets.ts'

type Running = Target & { sandbox: Sandbox }

const BATCH = 4000
const FIRST_WORDS = Buffer.from('the')

const cost = async ({ upstream }: Laboratory, running: readonly Running[], rounds: number): Promise<Row[]> => {
  if (!hasProc) return []
  upstream.answer(textEvents(BATCH, 40))
  for (const { event, sandbox } of running) for (let warm = 0; warm < 8; warm++) await sandbox.call(event())
  const figures = await interleave(rounds, running, async ({ event, sandbox }) => {
    const before = cpuOf(sandbox.pid)
    for (let repeat = 0; repeat < 2; repeat++) await sandbox.call(event())
    return ((cpuOf(sandbox.pid) - before) * 1000) / (2 * BATCH)
  })
  return compare('CPU an event, on the runtime client, all at once', figures, 'µs')
}

const paced = async ({ upstream }: Laboratory, running: readonly Running[], rounds: number): Promise<Row[]> => {
  if (!hasProc) return []
  const events = textEvents(100, 40)
  upstream.answer(events, 2)
  const figures = await interleave(rounds, running, async ({ event, sandbox }) => {
    const before = cpuOf(sandbox.pid)
    await sandbox.call(event())
    return ((cpuOf(sandbox.pid) - before) * 1000) / events.length
  })
  return compare('CPU an event, on the runtime client, one a packet', figures, 'µs')
}

const firstText = async ({ upstream }: Laboratory, running: readonly Running[], rounds: number): Promise<Row[]> => {
  upstream.answer(textEvents(3, 40), 1)
  const figures = await interleave(rounds, running, async ({ event, sandbox }) => {
    // The first call after another subject ran finds cold caches.
    await sandbox.call(event())
    const times = []
    for (let repeat = 0; repeat < 4; repeat++) times.push((await sandbox.call(event(), FIRST_WORDS)).markMs)
    return medianOf(times)
  })
  const base = figures.get('pipe') ?? []
  const rows = [row('time to first text', 'pipe', 'ms', spreadOf(base))]
  for (const [name, own] of figures) {
    if (name !== 'pipe') rows.push(row('time to first text', name, 'ms over pipe', differences(own, base)))
  }
  return rows
}

const compare = (measure: string, figures: ReadonlyMap<string, number[]>, unit: string): Row[] => {
  const base = figures.get('pipe') ?? []
  return [...figures].map(([name, own]) =>
    name === 'pipe' ? row(measure, name, unit, spreadOf(own)) : row(measure, name, '× pipe', ratios(own, base)),
  )
}

export const streaming = async (laboratory: Laboratory, quick: boolean): Promise<Row[]> => {
  const running: Running[] = []
  for (const target of laboratory.targets) running.push({ ...target, sandbox: await laboratory.start(target.folder) })
  try {
    const rounds = quick ? 5 : 15
    return [
      ...(await cost(laboratory, running, rounds)),
      ...(await paced(laboratory, running, rounds)),
      ...(await firstText(laboratory, running, quick ? 9 : 40)),
    ]
  } finally {
    await Promise.all(running.map(({ sandbox }) => sandbox.stop()))
  }
}
