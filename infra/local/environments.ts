import { type Environment, type EnvironmentOptions, startEnvironment } from './runtime.ts'
import type { Invocation } from './runtime-api.ts'

/** All execution environments of one function. */
export interface Environments {
  /** False when the function already serves as many requests as it may: Lambda's 429. */
  invoke(invocation: Invocation): Promise<boolean>
  /** Has one process for all requests loaded before the first; rejects when the function can't be loaded. */
  warm(): Promise<void>
  /** Kills every process: the next request is a cold start. */
  stop(): Promise<void>
}

export interface EnvironmentsOptions extends EnvironmentOptions {
  /** Requests at a time, over all processes. */
  concurrency: number
}

/**
 * A runtime asks for work a moment after the client has the whole response. In AWS the client's next request takes longer than
 * that to arrive; here it waits this long for an environment that is about to be free.
 */
const SETTLE_MS = 25

export const createEnvironments = (options: EnvironmentsOptions): Environments =>
  options.shared ? oneForAll(options) : oneForEach(options)

/** One process takes all requests at once. */
const oneForAll = (options: EnvironmentsOptions): Environments => {
  let current: Promise<Environment> | undefined
  const environment = (): Promise<Environment> => {
    current ??= start()
    return current
  }
  const start = async (): Promise<Environment> => {
    const started = await startEnvironment(options, { idle: () => undefined, responded: () => undefined })
    void started.ended.then((orphans) => {
      current = undefined
      rehome(orphans, invoke)
    })
    return started
  }
  const invoke: Environments['invoke'] = async (invocation) => {
    const { active, invoke } = await environment()
    if (active() >= options.concurrency) return false
    invoke(invocation)
    return true
  }
  return {
    invoke,
    warm: async () => (await environment()).ready,
    stop: async () => void (await (await current)?.stop()),
  }
}

/** A process takes one request at a time and is kept for the next: Lambda's way. */
const oneForEach = (options: EnvironmentsOptions): Environments => {
  const all = new Set<Promise<Environment>>()
  const idle: Environment[] = []
  const settling = new Set<Environment>()
  const waiting: ((environment: Environment) => void)[] = []

  const start = (): Promise<Environment> => {
    const started = startEnvironment(options, {
      idle: (environment) => {
        settling.delete(environment)
        const next = waiting.shift()
        if (next) next(environment)
        else idle.push(environment)
      },
      responded: (environment) => settling.add(environment),
    })
    all.add(started)
    void started.then(async (environment) => {
      const orphans = await environment.ended
      all.delete(started)
      settling.delete(environment)
      if (idle.includes(environment)) idle.splice(idle.indexOf(environment), 1)
      rehome(orphans, invoke)
    })
    return started
  }

  const settled = async (): Promise<Environment | undefined> => {
    if (settling.size <= waiting.length) return undefined
    const { promise, resolve } = Promise.withResolvers<Environment | undefined>()
    waiting.push(resolve)
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(resolve), 1)
      resolve(undefined)
    }, SETTLE_MS)
    const environment = await promise
    clearTimeout(timer)
    return environment
  }

  const invoke: Environments['invoke'] = async (invocation) => {
    const free = idle.pop() ?? (await settled())
    if (!free && all.size >= options.concurrency) return false
    const environment = free ?? (await start())
    environment.invoke(invocation)
    return true
  }

  return {
    invoke,
    warm: async () => undefined,
    stop: async () => {
      await Promise.all([...all].map(async (started) => (await started).stop()))
    },
  }
}

/** Requests that a process took with it before it had seen them go to another. */
const rehome = (orphans: readonly Invocation[], invoke: Environments['invoke']): void => {
  for (const orphan of orphans) {
    void invoke(orphan).then((taken) => {
      if (!taken) orphan.answer.fail()
    })
  }
}
