import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { UPLOAD_SESSION } from '../../lib/contract/front-door.ts'
import {
  corsHeaders,
  OTHER_STATUS,
  PASSED_HEADERS,
  PASSED_QUERY,
  RETURNED_HEADERS,
  RETURNED_STATUSES,
  UPLOAD_LIMIT,
} from '../front-door/upload-session.ts'
import { readBody } from './body.ts'
import type { HttpHandler } from './function-url.ts'
import { replyGateway } from './rest-api.ts'

export interface UploadSessionOptions {
  /** Google's, or whoever stands for it. */
  origin: string
  allowedOrigins: readonly string[]
}

/** The REST API's route to Google's upload: part by part of a file, with no function between and nothing of the client but what is named. */
export const uploadSession = ({ origin, allowedOrigins }: UploadSessionOptions): HttpHandler => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = randomUUID()
    const body = await readBody(request, UPLOAD_LIMIT)
    if (!body) return replyGateway(response, 'REQUEST_TOO_LARGE', id)
    const target = targetOf(origin, request.url ?? '/')
    if (!target) return replyGateway(response, 'MISSING_AUTHENTICATION_TOKEN', id)
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...named(PASSED_HEADERS, (name) => request.headers[name]) },
      body: new Uint8Array(body),
      redirect: 'manual',
    }).catch(() => undefined)
    if (!answer) return replyGateway(response, 'INTEGRATION_FAILURE', id)
    const status = RETURNED_STATUSES.find((one) => one === answer.status) ?? OTHER_STATUS
    response.writeHead(status, {
      ...named(RETURNED_HEADERS, (name) => answer.headers.get(name)),
      ...corsHeaders(allowedOrigins),
    })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }
  return (request, response) => {
    // Only a connection that breaks off gets here: nobody is left to be told.
    handle(request, response).catch(() => response.destroy())
  }
}

/** Nothing for a path that would leave Google's `/upload/`. */
const targetOf = (origin: string, url: string): URL | undefined => {
  const { pathname, searchParams } = new URL(url, origin)
  const [, rest] = pathname.split(`${UPLOAD_SESSION}/`)
  const target = new URL(`${origin}/upload/${rest}`)
  if (!target.pathname.startsWith('/upload/')) return undefined
  target.search = new URLSearchParams(named(PASSED_QUERY, (name) => searchParams.get(name))).toString()
  return target
}

/** Of these names, those that have a value. */
const named = (
  names: readonly string[],
  valueOf: (name: string) => string | string[] | null | undefined,
): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = valueOf(name)
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
