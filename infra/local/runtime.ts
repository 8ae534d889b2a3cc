import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { type Invocation, startRuntimeApi } from './runtime-api.ts'

const root = resolve(import.meta.dirname, '../..')
const REGION = 'us-east-1'
const ACCOUNT = '123456789012'
/** How long Lambda lets a function load. */
const INIT_LIMIT_MS = 10_000

export interface LogLine {
  function: string
  /** `platform`: what Lambda itself would say, such as that the process ended. */
  source: 'stdout' | 'stderr' | 'platform'
  text: string
}

export interface EnvironmentOptions {
  /** The function's name. */
  name: string
  /** Its code: a folder with an `index.mjs` that exports `handler`. */
  folder: string
  memory: number
  timeoutMs: number
  /** Many requests at a time in one process, in the runtime's own multi-concurrency mode; else one, as in Lambda. */
  shared: boolean
  /** The function's own environment variables. */
  variables: Readonly<Record<string, string>>
  log(line: LogLine): void
}

/** One execution environment: a process with the real runtime interface client in it, and the Runtime API it talks to. */
export interface Environment {
  readonly pid: number | undefined
  /** The function is loaded. Rejects, saying why, when it can't be. */
  readonly ready: Promise<void>
  /** The process is gone, whatever made it go. Gives back what had been handed to it in vain. */
  readonly ended: Promise<Invocation[]>
  active(): number
  invoke(invocation: Invocation): void
  /** Kills the process. */
  stop(): Promise<unknown>
}

export interface EnvironmentEvents {
  idle(environment: Environment): void
  /** A response went out, but the environment is not idle yet. */
  responded(environment: Environment): void
}

export const startEnvironment = async (
  options: EnvironmentOptions,
  events: EnvironmentEvents,
): Promise<Environment> => {
  const { name, timeoutMs, shared } = options
  const { promise: ready, resolve: loaded, reject: broken } = Promise.withResolvers<void>()
  ready.catch(() => undefined)
  let [wasLoaded, stopping] = [false, false]
  const platform = (text: string): void => options.log({ function: name, source: 'platform', text })

  const api = await startRuntimeApi(`arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`, timeoutMs, {
    polled: () => {
      clearTimeout(initTimer)
      wasLoaded = true
      loaded()
      if (api.active() === 0) events.idle(environment)
    },
    responded: () => events.responded(environment),
    initFailed: (error) => broken(new Error(`Function "${name}" fails to load: ${messageOf(error)}`)),
    timedOut: () => {
      platform(`Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`)
      if (!shared) kill()
    },
  })

  const client = realpathSync(join(root, 'node_modules/aws-lambda-ric/index.mjs'))
  const preload = join(import.meta.dirname, 'preload.cjs')
  const child = spawn(process.execPath, [...memoryFlags(options), '--require', preload, client], {
    env: { ...lambdaVariables(options, api.address), ...options.variables },
    cwd: options.folder,
    // The last one is the lifeline: it closes with this process, however that ends, and the child leaves.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // Out of the terminal's process group: Ctrl-C is for us alone.
    detached: true,
  })
  const initTimer = setTimeout(() => {
    broken(new Error(`Function "${name}" is not loaded after ${INIT_LIMIT_MS / 1000} s.`))
    child.kill('SIGKILL')
  }, INIT_LIMIT_MS)
  readLines(child.stdout as Readable, (text) => options.log({ function: name, source: 'stdout', text }))
  readLines(child.stderr as Readable, (text) => options.log({ function: name, source: 'stderr', text }))

  // `close` rather than `exit`: whatever it wrote has been read.
  const ended = once(child, 'close').then(([code, signal]) => {
    clearTimeout(initTimer)
    const how = signal ? `was killed by ${signal}` : `ended with code ${code}`
    if (!stopping) platform(`The process ${how}; the next request starts a new one.`)
    broken(new Error(`Function "${name}" fails to load: its process ${how}.`))
    const orphans = api.close()
    if (wasLoaded && !stopping) return orphans
    for (const { answer } of orphans) answer.fail()
    return []
  })

  const kill = (): void => {
    stopping = true
    child.kill('SIGKILL')
  }
  const environment: Environment = {
    pid: child.pid,
    ready,
    ended,
    active: api.active,
    invoke: api.invoke,
    stop: () => {
      kill()
      return ended
    },
  }
  return environment
}

/** How Lambda's own start-up script shares out the memory. A process that all requests share is not held to it. */
const memoryFlags = ({ memory, shared }: EnvironmentOptions): string[] =>
  shared
    ? []
    : [
        '--expose-gc',
        `--max-semi-space-size=${Math.floor(memory * 0.05)}`,
        `--max-old-space-size=${Math.floor(memory * 0.9)}`,
      ]

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const lambdaVariables = (options: EnvironmentOptions, address: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  _HANDLER: 'index.handler',
  LAMBDA_TASK_ROOT: options.folder,
  AWS_LAMBDA_RUNTIME_API: address,
  AWS_LAMBDA_FUNCTION_NAME: options.name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memory),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${options.name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  AWS_LAMBDA_LOG_FORMAT: 'JSON',
  AWS_LAMBDA_LOG_LEVEL: 'INFO',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: 'local',
  // Nothing of the person who runs this leaks into the functions.
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  ...(options.shared && { AWS_LAMBDA_MAX_CONCURRENCY: '1000' }),
})

/** The runtime reports an error as JSON. */
const messageOf = (report: string): string => {
  try {
    return (JSON.parse(report) as { errorMessage: string }).errorMessage
  } catch {
    return report
  }
}

const readLines = (stream: Readable, take: (line: string) => void): void => {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line) take(line)
  })
  stream.on('end', () => {
    if (rest) take(rest)
  })
}
