import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { replyJson } from './body.ts'
import type { Answer } from './runtime-api.ts'

/** How the runtime marks a response that starts with a prelude. */
const WITH_PRELUDE = 'application/vnd.awslambda.http-integration-response'
const DELIMITER = Buffer.alloc(8)
/** The delimiter has to come within this many bytes. */
const PRELUDE_LIMIT = 16 * 1024

interface Prelude {
  statusCode?: number
  headers?: Record<string, unknown>
  cookies?: string[]
}

/**
 * Passes a function's response on to the HTTP client, chunk by chunk and no faster than the client reads.
 * As in AWS, the function never learns that a client has gone: its response is read to the end. `failed` says what the
 * client gets when the function ends without a status.
 */
export const answerTo = (client: ServerResponse, failed = (): void => badGateway(client)): Answer => {
  const fail = (): void => {
    if (!client.headersSent) failed()
    else if (!client.writableEnded) client.destroy()
  }

  const start = (prelude: Prelude): void => {
    client.writeHead(prelude.statusCode ?? 200, {
      'content-type': 'application/octet-stream',
      ...responseHeaders(prelude),
    })
    client.flushHeaders()
  }

  const respond = (response: IncomingMessage): void => {
    let broken = false
    const breakOff = (): void => {
      broken = true
      fail()
    }
    const pass = (chunk: Buffer): void => {
      if (chunk.length === 0 || client.destroyed) return
      if (!client.write(chunk)) response.pause()
    }
    const resume = (): void => void response.resume()
    client.on('drain', resume)
    client.on('close', resume)

    const readPrelude = preludeReader()
    response.on('data', (chunk: Buffer) => {
      if (broken) return
      if (client.headersSent) return pass(chunk)
      try {
        if (response.headers['content-type'] !== WITH_PRELUDE) {
          start({ headers: { 'content-type': response.headers['content-type'] } })
          return pass(chunk)
        }
        const found = readPrelude(chunk)
        if (!found) return
        start(found.prelude)
        pass(found.rest)
      } catch {
        breakOff()
      }
    })
    response.on('end', () => {
      if (response.trailers['lambda-runtime-function-error-type'] || !client.headersSent) breakOff()
      else client.end()
    })
    response.on('error', breakOff)
    response.on('close', () => {
      if (!response.complete) breakOff()
    })
  }

  return { respond, fail }
}

/** What a Function URL says for a function that ends without a status. */
const badGateway = (client: ServerResponse): void => replyJson(client, 502, { message: 'Internal Server Error' })

/** Collects chunks up to the delimiter. Throws when that doesn't come, or isn't preceded by JSON. */
const preludeReader = (): ((chunk: Buffer) => { prelude: Prelude; rest: Buffer } | undefined) => {
  let seen = Buffer.alloc(0)
  return (chunk) => {
    seen = Buffer.concat([seen, chunk])
    const end = seen.indexOf(DELIMITER)
    if (end > PRELUDE_LIMIT || (end < 0 && seen.length > PRELUDE_LIMIT)) throw new Error('no end of prelude')
    if (end < 0) return undefined
    const prelude = JSON.parse(seen.toString('utf8', 0, end)) as Prelude
    return { prelude, rest: seen.subarray(end + DELIMITER.length) }
  }
}

const responseHeaders = ({ headers = {}, cookies = [] }: Prelude): OutgoingHttpHeaders => ({
  ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
  ...(cookies.length > 0 && { 'set-cookie': cookies }),
})
