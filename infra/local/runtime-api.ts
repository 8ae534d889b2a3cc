import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen } from './listen.ts'

/** Takes what a function answers. `fail` may come before, instead of or after `respond`; only the first end counts. */
export interface Answer {
  /** The function's response as it comes, trailers and cuts included. */
  respond(response: IncomingMessage): void
  /** The function ended without a whole response. */
  fail(): void
}

export interface Invocation {
  id: string
  /** The event as JSON. */
  event: Buffer
  answer: Answer
}

/** What the runtime tells of itself. */
export interface RuntimeEvents {
  /** It asks for work: whatever it did before is over, background work included. */
  polled(): void
  /** A response, or an error instead, is complete. */
  responded(): void
  /** Loading the function failed. */
  initFailed(error: string): void
  /** An invocation ran into its deadline. */
  timedOut(): void
}

export interface RuntimeApi {
  /** `host:port`, as the runtime interface client takes it. */
  address: string
  /** Invocations that wait or run. */
  active(): number
  invoke(invocation: Invocation): void
  /** The runtime is gone: fails what runs, takes no more, and gives back what was never handed over. */
  close(): Invocation[]
}

const INVOCATION = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/

/** A response that breaks off mostly means that the process is ending; for this long nothing more is handed to it. */
const DOUBT_MS = 200

/** Lambda's Runtime API for one execution environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export const startRuntimeApi = async (
  functionArn: string,
  timeoutMs: number,
  events: RuntimeEvents,
): Promise<RuntimeApi> => {
  const waiting: Invocation[] = []
  const running = new Map<string, { invocation: Invocation; timer: NodeJS.Timeout }>()
  let poll: ServerResponse | undefined
  let [closed, doubtful] = [false, false]

  const handOver = (): void => {
    if (!poll || doubtful) return
    const invocation = waiting.shift()
    if (!invocation) return
    const response = poll
    poll = undefined
    const timer = setTimeout(() => {
      finish(invocation.id)
      invocation.answer.fail()
      events.timedOut()
    }, timeoutMs)
    running.set(invocation.id, { invocation, timer })
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': invocation.event.length,
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': Date.now() + timeoutMs,
      'lambda-runtime-invoked-function-arn': functionArn,
      'lambda-runtime-trace-id': `Root=1-${invocation.id.slice(0, 8)}-${invocation.id.replaceAll('-', '').slice(8)}`,
    })
    response.end(invocation.event)
  }

  const finish = (id: string): Invocation | undefined => {
    const entry = running.get(id)
    clearTimeout(entry?.timer)
    running.delete(id)
    return entry?.invocation
  }

  const doubt = (): void => {
    doubtful = true
    setTimeout(() => {
      doubtful = false
      handOver()
    }, DOUBT_MS).unref()
  }

  const takeResponse = (id: string, request: IncomingMessage, response: ServerResponse): void => {
    const entry = running.get(id)
    if (!entry) request.resume()
    else entry.invocation.answer.respond(request)
    request.on('close', () => {
      finish(id)
      if (request.complete) response.writeHead(entry ? 202 : 400).end()
      else doubt()
      events.responded()
    })
  }

  const takeError = async (id: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await text(request)
    finish(id)?.answer.fail()
    response.writeHead(202).end()
    events.responded()
  }

  const takeInitError = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    events.initFailed(await text(request))
    response.writeHead(202).end()
  }

  // A runtime that dies while it posts takes its connection with it: its exit is what counts, and is seen elsewhere.
  const unlessGone = (work: Promise<void>): void => void work.catch(() => undefined)

  const server = createServer((request, response) => {
    const [, id, kind] = INVOCATION.exec(request.url ?? '') ?? []
    if (id && kind === 'response') takeResponse(id, request, response)
    else if (id) unlessGone(takeError(id, request, response))
    else if (request.url?.endsWith('/init/error')) unlessGone(takeInitError(request, response))
    else if (request.url?.endsWith('/invocation/next')) {
      poll = response
      response.on('close', () => {
        if (poll === response) poll = undefined
      })
      events.polled()
      handOver()
    } else response.writeHead(404).end()
  })
  // A response is a request here, and may last as long as the function may run.
  server.requestTimeout = 0
  const listening = await listen(server)

  return {
    address: `127.0.0.1:${listening.port}`,
    active: () => waiting.length + running.size,
    invoke: (invocation) => {
      if (closed) return invocation.answer.fail()
      waiting.push(invocation)
      handOver()
    },
    close: () => {
      closed = true
      poll = undefined
      void listening.close()
      for (const id of running.keys()) finish(id)?.answer.fail()
      return waiting.splice(0)
    },
  }
}
