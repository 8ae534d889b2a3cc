import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, replyJson } from './body.ts'
import type { Environments } from './environments.ts'
import { answerTo } from './function-answer.ts'
import { functionEvent } from './function-event.ts'

/** The largest event that Lambda takes, in bytes of its JSON. */
export const EVENT_LIMIT = 6_291_456

export interface FunctionUrlOptions {
  environments: Environments
  /** What a client is told whose request makes too large an event, as JSON. */
  tooLarge(requestId: string): unknown
  /** What a front before the function adds to each request's headers. */
  added?: Readonly<Record<string, string>>
}

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void

/** A function behind its Function URL, in response streaming mode. */
export const functionUrl = ({ environments, tooLarge, added }: FunctionUrlOptions): HttpHandler => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = randomUUID()
    response.setHeader('x-amzn-requestid', id)
    const body = await readBody(request, EVENT_LIMIT)
    const event = body && Buffer.from(JSON.stringify(functionEvent(request, body, id, new Date(), added)))
    if (!event || event.length > EVENT_LIMIT) return replyJson(response, 413, tooLarge(id))
    const taken = await environments.invoke({ id, event, answer: answerTo(response) })
    if (!taken) replyJson(response, 429, THROTTLED)
  }
  return (request, response) => {
    // Only a request that breaks off gets here: nobody is left to be told.
    handle(request, response).catch(() => response.destroy())
  }
}

const THROTTLED = {
  Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  Type: 'User',
  message: 'Rate Exceeded.',
}
