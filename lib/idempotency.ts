import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Log } from './contract/log.ts'
import { GatewayError } from './errors.ts'
import type { AdmittedRequest, Handler, Once, Reply } from './http/exchange.ts'
import { ReplyBody } from './reply-body.ts'
import type { Earlier, ReplyState, Single } from './state/replies.ts'

export interface IdempotencyParts {
  replies: ReplyState
  clock(): number
  sleep(milliseconds: number): Promise<unknown>
  log: Log
}

/** Milliseconds that a repeated request waits for the first one. A client that is told to come back does so a few times. */
const PATIENCE = 20_000
const FIRST_LOOK = 100
const LONGEST_PAUSE = 2_000
/** Bytes: what is longer would never fit into what is kept. */
const LONGEST = 4 * 1024 * 1024

const hashOf = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('base64url')
}

/** A form's parts are divided by a word that is another one each time it is sent. */
const withoutBoundary = (body: string | Buffer, type = ''): string | Buffer => {
  const [, quoted, plain] = /^multipart\/.*?;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? []
  const boundary = quoted ?? plain
  return boundary ? body.toString('latin1').replaceAll(boundary, '-') : body
}

/** A client's key may travel in the query, and is no part of what is asked for. */
const withoutKey = (query: string): string => {
  const asked = new URLSearchParams(query)
  asked.delete('key')
  return asked.toString()
}

/** By these, too, one body asks for different things, or for its answer in another form. */
const TELLING = [
  'anthropic-version',
  'anthropic-beta',
  'x-goog-upload-protocol',
  'x-goog-upload-command',
  'x-goog-upload-header-content-type',
  'x-goog-upload-header-content-length',
] as const

/** Whose SDK asks: of paths that several families have, nothing else may tell. */
const KEY_OF_GOOGLES = 'x-goog-api-key'

/** The SDKs' tool runners send one key with every step, so the key alone says too little. */
const singleOf = ({ client, method, path, query, headers, body, deadline }: AdmittedRequest): Single => {
  const type = headers['content-type'] ?? ''
  return {
    client: client.name,
    key: hashOf(
      headers['idempotency-key'] ?? '',
      method,
      path,
      withoutKey(query),
      type.split(';')[0]?.trim().toLowerCase() ?? '',
      headers[KEY_OF_GOOGLES] === undefined ? '' : KEY_OF_GOOGLES,
      ...TELLING.map((name) => headers[name] ?? ''),
      withoutBoundary(body, type),
    ),
    until: deadline,
  }
}

/** A part of an upload tells by its offset whether it was there before, and how far one came is another answer each time. */
const goesOnUploading = ({ headers }: AdmittedRequest): boolean =>
  !/^(?:start)?$/i.test(headers['x-goog-upload-command']?.trim() ?? '')

/**
 * The same body, gathered on its way, also when its client has gone: that one will ask again. `over` comes with the whole,
 * with nothing of one that is too long, or with `broken`.
 */
const gathered = (body: Readable, over: (taken: Buffer | undefined | 'broken') => void): Readable => {
  const pieces: Buffer[] = []
  let size = 0
  const out = new Readable({
    read: () => body.resume(),
    destroy(error, done) {
      body.resume()
      done(error)
    },
  })
  body.on('data', (piece: Buffer | string) => {
    size += piece.length
    if (size <= LONGEST) pieces.push(Buffer.from(piece))
    else pieces.splice(0)
    if (!out.destroyed && !out.push(piece)) body.pause()
  })
  body.once('close', () => {
    if (!out.destroyed) out.push(null)
    const whole = body.readableEnded && !(body instanceof ReplyBody && body.broken)
    over(whole ? (size <= LONGEST ? Buffer.concat(pieces) : undefined) : 'broken')
  })
  return out
}

const inUse = (): GatewayError =>
  new GatewayError('conflict', 'A request with this Idempotency-Key is still being answered.', {
    param: 'Idempotency-Key',
    retryAfter: 5,
  })
const notKept = (): GatewayError =>
  new GatewayError(
    'conflict',
    'A request with this Idempotency-Key has been answered, and the answer was too large to be kept. Ask with another key.',
    { param: 'Idempotency-Key' },
  )

/**
 * Answers a request with an Idempotency-Key once: who sends it again, because a connection broke, say, gets what the first
 * got, word by word, and Gemini is not asked. What failed may be tried anew. A table that fails makes no request fail.
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export const idempotent = ({ replies, clock, sleep, log }: IdempotencyParts): Once => {
  const noted = (work: Promise<unknown>, id: string): Promise<unknown> =>
    work.catch((error: unknown) =>
      log({ level: 'warn', message: 'What became of an Idempotency-Key could not be kept.', requestId: id, error }),
    )

  const answer = async (single: Single, request: AdmittedRequest, handle: Handler): Promise<Reply> => {
    const { id, after } = request
    const release = (): Promise<unknown> => noted(replies.release(single), id)
    const keep = ({ status, headers }: Reply, body: Buffer | undefined): Promise<unknown> =>
      noted(replies.keep(single, body && { status, headers, body }), id)
    // Some handlers refuse before there is a promise.
    const reply = await (async () => handle(request))().catch((error: unknown) => {
      after(release())
      throw error
    })
    const { status, body } = reply
    if (status >= 300) {
      after(release())
      return reply
    }
    if (!(body instanceof Readable)) {
      after(keep(reply, body.length <= LONGEST ? Buffer.from(body) : undefined))
      return reply
    }
    return {
      ...reply,
      body: gathered(body, (taken) => after(taken === 'broken' ? release() : keep(reply, taken))),
    }
  }

  return async (request, handle) => {
    if (goesOnUploading(request)) return handle(request)
    const single = singleOf(request)
    const last = Math.min(request.receivedAt + PATIENCE, request.deadline - PATIENCE / 2)
    for (let pause = FIRST_LOOK; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      let earlier: Earlier | undefined
      try {
        earlier = await replies.claim(single)
      } catch (error) {
        log({ level: 'warn', message: 'An Idempotency-Key could not be looked up.', requestId: request.id, error })
        return handle(request)
      }
      if (earlier === undefined) return answer(single, request, handle)
      if (earlier === 'not kept') throw notKept()
      if (earlier !== 'running') return { ...earlier, headers: { ...earlier.headers, 'idempotent-replayed': 'true' } }
      if (clock() + pause > last) throw inUse()
      await sleep(pause)
    }
  }
}
