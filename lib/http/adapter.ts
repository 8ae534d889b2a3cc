import { Readable, type Writable } from 'node:stream'
import middy from '@middy/core'
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse'
import type { Context } from 'aws-lambda'
import type { Log } from '../contract/log.ts'
import { type HttpEvent, readEvent } from './event.ts'
import type { Ending, Reply, Request } from './exchange.ts'

export interface AdapterParts {
  answer(request: Request): Promise<Reply>
  /** The last of a request: its reply is sent and the work after it is done. */
  close?(request: Request, ending: Ending): void
  /** Milliseconds since 1970. */
  clock(): number
  log: Log
}

/** What the runtime calls: the reply goes into the stream, and the promise ends with the invocation. */
export type LambdaHandler = (event: HttpEvent, stream: Writable, context: Context) => Promise<void>

/** One request on its way. middy carries it where the event was. */
interface Invocation {
  request: Request
  /** What must be over before the invocation ends. Grows while the reply is being sent. */
  pending: Promise<unknown>[]
  ending?: Ending
}

const open = (event: HttpEvent, context: Context, now: number): Invocation => {
  const pending: Promise<unknown>[] = []
  return {
    pending,
    request: {
      ...readEvent(event),
      id: context.awsRequestId,
      receivedAt: now,
      deadline: now + context.getRemainingTimeInMillis(),
      after: (work) => {
        pending.push(work)
      },
    },
  }
}

const settle = async ({ pending, request }: Invocation, log: Log): Promise<void> => {
  while (pending.length > 0) {
    for (const outcome of await Promise.allSettled(pending.splice(0))) {
      if (outcome.status === 'fulfilled') continue
      const message = 'Work after the reply failed.'
      log({ level: 'error', message, requestId: request.id, error: outcome.reason })
    }
  }
}

/**
 * The same stream, but one that can't fail: middy would destroy the runtime's stream, which ends the whole environment.
 * Hands on each chunk as it comes, and stops the source while the client is slow. `blank` stands in for nothing at all.
 */
const guard = (source: Readable, blank: string, onError: (error: unknown) => void): Readable => {
  let over = false
  let empty = true
  const guarded = new Readable({
    read: () => {
      source.resume()
    },
    destroy: (_error, done) => {
      source.destroy()
      done(null)
    },
  })
  const end = (): void => {
    if (over) return
    over = true
    if (empty && blank !== '') guarded.push(blank)
    guarded.push(null)
  }
  source.on('data', (chunk) => {
    empty = false
    if (!over && !guarded.push(chunk)) source.pause()
  })
  source.once('end', end)
  source.once('close', end)
  source.on('error', (error) => {
    onError(error)
    end()
  })
  if (source.closed) end()
  return guarded
}

/** These never have a body, as replies to HEAD never have, so nobody waits for one. */
const BODILESS: ReadonlySet<number> = new Set([204, 304])

/** Lambda keeps a connection on which no byte of a body comes open for minutes. https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/95 */
const BLANK = '\n'

/** A whole body as one chunk: of a string, middy would make pieces. */
const bodyOf = ({ status, body }: Reply, { request }: Invocation, log: Log): string | Readable => {
  const blank = request.method === 'HEAD' || BODILESS.has(status) ? '' : BLANK
  if (body instanceof Readable) {
    return guard(body, blank, (error) => {
      log({ level: 'error', message: 'A reply broke off.', requestId: request.id, error })
    })
  }
  if (body.length > 0) return Readable.from(body)
  return blank
}

/** What breaks where nobody waits for it is logged; without a listener Node would end the environment. */
const surviveRejections = (log: Log): void => {
  process.on('unhandledRejection', (error) => {
    log({ level: 'error', message: 'A promise failed unheard.', error })
  })
}

/** The one place that knows middy and Lambda: events come in, `answer` is asked, its reply is streamed out. */
export const lambdaHandler = ({ answer, close, clock, log }: AdapterParts): LambdaHandler => {
  surviveRejections(log)
  const handler = middy({
    executionMode: executionModeStreamifyResponse,
    // middy's own deadline ends with the handler, before the body: ours is Request.deadline
    timeoutEarlyInMillis: 0,
    requestEnd: async ({ event }) => {
      const invocation = event as Invocation
      await settle(invocation, log)
      if (invocation.ending) close?.(invocation.request, invocation.ending)
    },
  })
    .before((call) => {
      call.event = open(call.event as HttpEvent, call.context, clock())
    })
    .handler(async (event) => {
      const invocation = event as Invocation
      const reply = await answer(invocation.request)
      invocation.ending = { status: reply.status, repliedAt: clock() }
      return { statusCode: reply.status, headers: reply.headers, body: bodyOf(reply, invocation, log) }
    })
  // middy's types know its buffered mode only
  return handler as unknown as LambdaHandler
}
