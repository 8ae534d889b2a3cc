// Cold start: from the start of the process to its first call for work, each bundle against a handler that does nothing.
import { interleave, medianOf, ratios } from './rounds.ts'
import { type Row, row } from './table.ts'
import type { Laboratory } from './targets.ts'

const LIMIT = 2.7

export const coldStart = async ({ folders, start }: Laboratory, quick: boolean): Promise<Row[]> => {
  const subjects = [...folders].map(([name, folder]) => ({ name, folder }))
  const figures = await interleave(quick ? 5 : 15, subjects, async ({ folder }) => {
    const sandbox = await start(folder)
    await sandbox.stop()
    return sandbox.readyMs
  })
  const base = figures.get('empty') ?? []
  return subjects.flatMap(({ name }) => {
    const own = figures.get(name) ?? []
    const time = row('cold start', name, 'ms', medianOf(own))
    return name === 'empty' ? [time] : [time, row('cold start', name, '× empty', ratios(own, base), LIMIT)]
  })
}
