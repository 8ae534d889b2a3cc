import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { upstreamError } from '../errors.ts'

/** One HTTP request to Google. The origin is fixed; nothing in here is a client's to choose but path, query and body. */
export interface Outgoing {
  method: string
  /** With its query. */
  path: string
  headers: Readonly<Record<string, string>>
  body: string | Buffer | undefined
  /** Milliseconds until the first byte must be here. Waiting is no fault of anyone's before that. */
  patience: number
}

/** Resolves with the response as soon as its head is here, whatever its status; rejects with a network fault. */
export type Send = (outgoing: Outgoing) => Promise<IncomingMessage>

const CONNECT_MS = 3000
/** A socket that was closed while we were frozen says so at once; one that breaks later took the request with it. */
const STALE_MS = 3000

/**
 * `node:https` with kept-alive sockets: `fetch` costs half a millisecond of CPU a request and 30 ms of cold start. A
 * socket that Google closed while Lambda had frozen us fails at once, and the request goes out again on a new one.
 */
export const nodeSend = (origin: string): Send => {
  const { protocol, hostname, port } = new URL(origin)
  const plain = protocol === 'http:'
  const agent = plain ? new HttpAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
  const start = plain ? httpRequest : request

  const once = (outgoing: Outgoing, reuse: boolean): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method, path, headers, body, patience } = outgoing
      const begun = performance.now()
      const sent: ClientRequest & { res?: IncomingMessage } = start({
        hostname,
        port,
        method,
        path,
        headers,
        agent: reuse ? agent : false,
      })
      const connecting = setTimeout(() => sent.destroy(new Error('connect timeout')), CONNECT_MS)
      const waiting = setTimeout(() => sent.destroy(new Error(TOO_SLOW)), patience)
      const stop = (): void => {
        clearTimeout(connecting)
        clearTimeout(waiting)
      }
      sent.on('socket', (socket) => {
        if (socket.connecting) socket.once(plain ? 'connect' : 'secureConnect', () => clearTimeout(connecting))
        else clearTimeout(connecting)
      })
      sent.on('response', (response) => {
        stop()
        resolve(response)
      })
      sent.on('error', (error: NodeJS.ErrnoException) => {
        stop()
        // Once there is a response its own reader hears of what breaks.
        if (sent.res) return
        const waited = performance.now() - begun
        if (reuse && sent.reusedSocket && error.message !== TOO_SLOW && waited < STALE_MS) {
          forgetIdle(agent)
          resolve(once({ ...outgoing, patience: Math.max(1, patience - waited) }, false))
        } else reject(networkError(error))
      })
      sent.end(body)
    })

  /** Google redirects downloads within itself; a key goes nowhere else. */
  const followed = async (outgoing: Outgoing, left = REDIRECTS): Promise<IncomingMessage> => {
    const response = await once(outgoing, true)
    const path = left > 0 ? movedTo(response, origin) : undefined
    if (path === undefined) return response
    response.resume()
    return await followed({ ...outgoing, path }, left - 1)
  }

  return (outgoing) =>
    outgoing.method === 'GET' || outgoing.method === 'HEAD' ? followed(outgoing) : once(outgoing, true)
}

const REDIRECTS = 3

/** The path, with its query, that a redirect within the origin leads to. */
const movedTo = ({ statusCode = 0, headers }: IncomingMessage, origin: string): string | undefined => {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return undefined
  const target = URL.parse(headers.location ?? '', origin)
  if (target?.origin !== new URL(origin).origin) return undefined
  target.searchParams.delete('key')
  return `${target.pathname}${target.search}`
}

/** One socket that was closed while we were frozen means that all were: no later try shall meet another. */
const forgetIdle = ({ freeSockets }: HttpAgent): void => {
  for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}

const TOO_SLOW = 'no answer in time'

const networkError = (error: Error): Error =>
  error.message === TOO_SLOW
    ? upstreamError({ class: 'deadline' }, 'The model took too long to answer.')
    : upstreamError({ class: 'network' }, 'The model service could not be reached.')
