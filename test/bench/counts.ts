// Counts don't depend on the machine: promises, writes and heap bytes for each event. Runs in a process of its own, whose
// young generation is so large that no collection falls into a measurement.

import { createHook } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { textEvents } from './events.ts'
import { convert, SUBJECTS, type Subject } from './in-process.ts'
import { medianOf } from './rounds.ts'
import { type Row, row } from './table.ts'

const FLAGS = ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512', '--single-threaded-gc']
const EVENTS = 2000

const heapBytes = (subject: Subject, reads: readonly Buffer[]): number => {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  convert(subject, reads)
  return (process.memoryUsage().heapUsed - before) / EVENTS
}

const promises = (subject: Subject, reads: readonly Buffer[]): number => {
  let made = 0
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') made++
    },
  }).enable()
  convert(subject, reads)
  hook.disable()
  return made / EVENTS
}

const writes = (subject: Subject, reads: readonly Buffer[]): number => {
  let made = 0
  convert(subject, reads, () => {
    made++
  })
  return made / reads.length
}

const count = (): Row[] => {
  const reads = textEvents(EVENTS, 40)
  return SUBJECTS.flatMap((subject) => {
    const isFloor = subject.name === 'floor'
    for (let warm = 0; warm < 20; warm++) convert(subject, reads)
    const windows = [1, 2, 3].map(() => heapBytes(subject, reads))
    return [
      row('promises an event', subject.name, '', promises(subject, reads), isFloor ? undefined : 0),
      row('writes a network read', subject.name, '', writes(subject, reads), isFloor ? undefined : 1.01),
      row('heap bytes an event, 40 characters', subject.name, 'B', medianOf(windows)),
    ]
  })
}

/** The counts, from a child. */
export const counts = (): Row[] => {
  const { status, stdout } = spawnSync(process.execPath, [...FLAGS, import.meta.filename], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error('counting failed')
  return JSON.parse(stdout) as Row[]
}

if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(count()))
