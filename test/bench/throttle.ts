// A share of one CPU, as Lambda gives with little memory: 128 MB are 7 % of the 1,769 MB that are a whole one.
// By the kernel's quota where this user may set one, with 20 ms to a period. Else by stopping and continuing the process, which
// is coarser: no period shorter than 100 ms keeps to its share, so single times come out up to one period longer.
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'

export interface Throttle {
  how: 'cgroup v1' | 'cgroup v2' | 'stop and continue'
  /** Holds a process to the share. What it returns is to be called when the process has ended. */
  hold(pid: number, share: number): () => void
}

const PERIOD_US = 20_000
const LEAST_US = 1000

const quotaOf = (share: number): number => Math.max(LEAST_US, Math.round(PERIOD_US * share))

/** Undefined where this user may not, or where there is no such hierarchy. */
const byQuota = (how: Throttle['how'], folder: string, set: (share: number) => void): Throttle | undefined => {
  try {
    mkdirSync(folder)
    set(1)
    rmdirSync(folder)
  } catch {
    return undefined
  }
  const hold = (pid: number, share: number) => {
    mkdirSync(folder)
    set(share)
    writeFileSync(`${folder}/cgroup.procs`, String(pid))
    return () => rmdirSync(folder)
  }
  return { how, hold }
}

const v1 = (): Throttle | undefined => {
  const folder = `/sys/fs/cgroup/cpu/triglot-bench-${process.pid}`
  return byQuota('cgroup v1', folder, (share) => {
    writeFileSync(`${folder}/cpu.cfs_period_us`, String(PERIOD_US))
    writeFileSync(`${folder}/cpu.cfs_quota_us`, String(quotaOf(share)))
  })
}

const v2 = (): Throttle | undefined => {
  const folder = `/sys/fs/cgroup/triglot-bench-${process.pid}`
  return byQuota('cgroup v2', folder, (share) => writeFileSync(`${folder}/cpu.max`, `${quotaOf(share)} ${PERIOD_US}`))
}

const byStopping: Throttle = {
  how: 'stop and continue',
  hold: (pid, share) => {
    const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
      try {
        process.kill(pid, name)
      } catch {
        clearInterval(timer)
      }
    }
    const timer = setInterval(() => {
      signal('SIGCONT')
      setTimeout(signal, 100 * share, 'SIGSTOP')
    }, 100)
    return () => clearInterval(timer)
  },
}

/** The best way there is here. */
export const findThrottle = (): Throttle => v1() ?? v2() ?? byStopping
