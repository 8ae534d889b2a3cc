// A deployed bundle under the real runtime interface client. The bench is the Runtime API itself: no front stands between,
// so that what is measured is the function and the runtime, as in Lambda.
import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { startEnvironment } from '../../infra/local/runtime.ts'
import { requestOf, type Streamed } from './product.ts'

const CLIENT_KEY = 'bench-client-key'

/** What the functions find in Secrets Manager. */
export const SECRET = JSON.stringify({
  geminiKeys: [{ id: 'bench', key: 'bench-gemini-key', project: 'bench' }],
  clientKeys: [{ id: 'bench', sha256: createHash('sha256').update(CLIENT_KEY).digest('hex') }],
})

export interface Sandbox {
  readonly pid: number
  /** From the start of the process to its first call for work. */
  readonly readyMs: number
  /** Waits until the function is idle, then sends it a request. */
  call(event: Buffer, marker?: Buffer): Promise<Timing>
  stop(): Promise<unknown>
}

export interface Timing {
  /** From the moment the runtime is handed the event until `marker` is in the response: the first text, not the first byte. */
  markMs: number
  totalMs: number
  bytes: number
  /** The response's first kilobyte, its prelude in front. */
  head: string
}

export interface SandboxOptions {
  /** The bundle's folder. */
  folder: string
  variables: Readonly<Record<string, string>>
  /** MB, as the runtime shares them out. */
  memory?: number
}

export const startSandbox = async ({ folder, variables, memory = 512 }: SandboxOptions): Promise<Sandbox> => {
  let becameIdle: (() => void) | undefined
  let idle = new Promise<void>((resolve) => {
    becameIdle = resolve
  })
  const log: string[] = []
  const startedAt = performance.now()
  const environment = await startEnvironment(
    {
      name: 'bench',
      folder,
      memory,
      timeoutMs: 60_000,
      shared: false,
      variables,
      log: ({ text }) => log.push(text),
    },
    { idle: () => becameIdle?.(), responded: () => undefined },
  )
  await environment.ready
  const readyMs = performance.now() - startedAt
  const { pid } = environment
  if (pid === undefined) throw new Error('the function has no process')

  const lastWords = (): string => `no answer from the function:\n${log.slice(-5).join('\n')}`
  const gone = environment.ended.then(() => {
    throw new Error(lastWords())
  })
  gone.catch(() => undefined)

  const call = async (event: Buffer, marker?: Buffer): Promise<Timing> => {
    await idle
    idle = new Promise((resolve) => {
      becameIdle = resolve
    })
    const answered = Promise.withResolvers<Timing>()
    const from = performance.now()
    environment.invoke({
      id: randomUUID(),
      event,
      answer: {
        respond: (response) => readTiming(response, from, marker, answered.resolve),
        fail: () => answered.reject(new Error(lastWords())),
      },
    })
    return Promise.race([answered.promise, gone])
  }
  return { pid, readyMs, call, stop: environment.stop }
}

const readTiming = (
  response: IncomingMessage,
  from: number,
  marker: Buffer | undefined,
  done: (timing: Timing) => void,
): void => {
  let markMs = Number.NaN
  let bytes = 0
  let head = Buffer.alloc(0)
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (head.length < 1024) head = Buffer.concat([head, chunk])
    if (marker && Number.isNaN(markMs) && (chunk.includes(marker) || head.includes(marker))) {
      markMs = performance.now() - from
    }
  })
  response.on('end', () =>
    done({ markMs, totalMs: performance.now() - from, bytes, head: head.toString('utf8', 0, 1024) }),
  )
}

const PATHS: Record<Streamed, string> = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
}

const event = (path: string, body: unknown): Buffer =>
  Buffer.from(
    JSON.stringify({
      version: '2.0',
      rawPath: path,
      rawQueryString: '',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${CLIENT_KEY}`,
        'anthropic-version': '2023-06-01',
      },
      requestContext: { http: { method: 'POST', path } },
      body: JSON.stringify(body),
      isBase64Encoded: false,
    }),
  )

/** The event of a request for a streamed answer. */
export const streamEvent = (protocol: Streamed, question?: string): Buffer =>
  event(PATHS[protocol], requestOf(protocol, question))

/** The same for the byte pipe, which takes Gemini's own form. */
export const pipeEvent = (question = 'hi'): Buffer =>
  event('/v1beta/models/gemini-2.5-flash:streamGenerateContent', {
    contents: [{ role: 'user', parts: [{ text: question }] }],
  })
