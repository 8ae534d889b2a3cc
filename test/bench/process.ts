// Counters of another process, read from /proc: they cost that process nothing and need nothing from it. Linux only.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

export const hasProc = process.platform === 'linux'

/** Milliseconds on a CPU so far, over all threads: garbage collector and compiler count too. */
export const cpuOf = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6

const megabytes = (pid: number, field: string): number =>
  Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024

/** Megabytes of memory in use now. */
export const memoryOf = (pid: number): number => megabytes(pid, 'VmRSS')
/** The most megabytes in use since `resetPeak`. */
export const peakOf = (pid: number): number => megabytes(pid, 'VmHWM')
export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5')
