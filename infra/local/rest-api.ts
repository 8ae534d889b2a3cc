import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Family } from '../family.ts'
import { GATEWAY_REPLIES, type GatewayReplyName, gatewayReplyBody } from '../front-door/gateway-replies.ts'
import { routeOf, STAGE } from '../front-door/routes.ts'
import { UPLOAD_LIMIT } from '../front-door/upload-session.ts'
import { readBody, replyJson } from './body.ts'
import type { Environments } from './environments.ts'
import { answerTo } from './function-answer.ts'
import { EVENT_LIMIT, type HttpHandler } from './function-url.ts'
import { restEvent } from './rest-event.ts'

/** Bytes that API Gateway takes in one request. */
const REQUEST_LIMIT = UPLOAD_LIMIT

export interface RestApiOptions {
  environments: Record<Family, Environments>
  /** Answers what goes to Google with no function between. */
  uploadSession: HttpHandler
}

/** The three functions behind one REST API, response transfer mode STREAM, with its stage before every path. */
export const restApi = ({ environments, uploadSession }: RestApiOptions): HttpHandler => {
  const handle: (...exchange: Parameters<HttpHandler>) => Promise<void> = async (request, response) => {
    const id = randomUUID()
    response.setHeader('x-amzn-requestid', id)
    const [whole = '/'] = (request.url ?? '/').split('?', 1)
    const path = pathBelow(`/${STAGE}`, whole)
    if (path === undefined) return replyJson(response, 403, { message: 'Forbidden' })
    const route = routeOf(request.method ?? 'GET', path)
    if (route.target === 'google') return uploadSession(request, response)
    const body = await readBody(request, REQUEST_LIMIT)
    const event = body && Buffer.from(JSON.stringify(restEvent(request, path, route, body, id, new Date())))
    if (!event || event.length > EVENT_LIMIT) return replyGateway(response, 'REQUEST_TOO_LARGE', id)
    const failed = (): void => replyGateway(response, 'INTEGRATION_FAILURE', id)
    const taken = await environments[route.target].invoke({ id, event, answer: answerTo(response, failed) })
    if (!taken) replyGateway(response, 'THROTTLED', id)
  }
  return (request, response) => {
    // Only a request that breaks off gets here: nobody is left to be told.
    handle(request, response).catch(() => response.destroy())
  }
}

/** A path without what it begins with; undefined where it begins otherwise. */
const pathBelow = (base: string, path: string): string | undefined => {
  if (path === base) return '/'
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined
}

/** What API Gateway answers by itself. */
export const replyGateway = (response: ServerResponse, name: GatewayReplyName, id: string): void => {
  const reply = GATEWAY_REPLIES[name]
  response.setHeader('x-request-id', id)
  if (reply.retryAfter !== undefined) response.setHeader('retry-after', reply.retryAfter)
  replyJson(response, reply.status ?? 500, gatewayReplyBody(reply, id))
}
