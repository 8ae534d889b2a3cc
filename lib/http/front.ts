import { Readable } from 'node:stream'
import type { Log } from '../contract/log.ts'
import { asGatewayError, type ErrorKind, type ErrorReply, GatewayError } from '../errors.ts'
import type { Admit } from './admit.ts'
import { checkBody } from './body.ts'
import type { Cors } from './cors.ts'
import type { Notes, Once, Reply, Request } from './exchange.ts'
import { type Routes, routes } from './routes.ts'

/** What a family's clients expect of every reply, whatever it answers. */
export interface Form {
  error(error: GatewayError, requestId: string): ErrorReply
  /** Where its clients look for the request's id, besides `x-request-id`. */
  requestIdHeader?: string
}

export interface FrontParts {
  routes: Routes
  admit: Admit
  /** What answers requests that say an Idempotency-Key. */
  once?: Once
  /** Which family a request belongs to, by its path and headers. */
  formOf(request: Request): Form
  cors: Cors
  /** Bytes. */
  bodyLimit: number
  /** Keeps what turns out about a request. */
  note?(requestId: string, notes: Notes): void
  log: Log
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const greeting = (): Reply => json(200, { name: 'triglot', health: '/health' })
const health = (): Reply => json(200, { status: 'ok' })

/** What anybody may ask, and what answers without the secret, the table or Gemini. */
const OPEN: Routes<Request> = routes<Request>({
  'GET /': greeting,
  'HEAD /': greeting,
  // Claude Code opens its connection with this before it has anything to ask.
  'GET /api/hello': greeting,
  'HEAD /api/hello': greeting,
  'GET /health': health,
  'HEAD /health': health,
})

const SECURITY = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

/** Kinds that tell of the gateway's own state, and how loudly. The others are the caller's, or are settled elsewhere. */
const LOUD: ReadonlyMap<ErrorKind, 'warn' | 'error'> = new Map([
  ['internal', 'error'],
  ['unavailable', 'warn'],
  ['pool_dead', 'error'],
])

const withoutBody = (reply: Reply): Reply => {
  if (reply.body instanceof Readable) reply.body.destroy()
  return { ...reply, body: '' }
}

/** Reading twice is no harm. */
const saysKey = ({ method, headers }: Request): boolean => method === 'POST' && Boolean(headers['idempotency-key'])

/** The whole way of a request through one function: CORS, routes, body limit, admission, handler. Never throws. */
export const front = ({ routes: own, admit, once, formOf, cors, bodyLimit, note, log }: FrontParts) => {
  const serve = async (request: Request): Promise<Reply> => {
    const open = OPEN(request.method, request.path)
    if (open.kind === 'found') return open.handle(request)
    const match = own(request.method, request.path)
    if (match.kind === 'unknown' && open.kind === 'unknown') {
      throw new GatewayError('not_found', `Unknown path: ${request.method} ${request.path}`)
    }
    if (match.kind !== 'found') {
      throw new GatewayError('method_not_allowed', `${request.path} does not answer ${request.method}.`)
    }
    checkBody(request, bodyLimit)
    const admitted = await admit(request)
    note?.(request.id, { client: admitted.client })
    return once && saysKey(admitted) ? once(admitted, match.handle) : match.handle(admitted)
  }

  /** 405 must say what would have been right. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6 */
  const allowOf = ({ path }: Request): Record<string, string> => {
    const matches = [OPEN('', path), own('', path)]
    const methods = matches.flatMap((match) => (match.kind === 'wrong method' ? match.allow : []))
    return { allow: [...new Set([...methods, 'OPTIONS'])].join(', ') }
  }

  const refuse = (thrown: unknown, request: Request, form: Form): Reply => {
    const error = asGatewayError(thrown)
    note?.(request.id, { error: error.kind })
    const level = LOUD.get(error.kind)
    if (level) log({ level, message: error.message, kind: error.kind, requestId: request.id, error })
    const { status, headers, body } = form.error(error, request.id)
    return json(status, body, { ...headers, ...(error.kind === 'method_not_allowed' && allowOf(request)) })
  }

  const answer = async (request: Request): Promise<Reply> => {
    const isPreflight = request.method === 'OPTIONS'
    const form = formOf(request)
    const reply = isPreflight
      ? cors.preflight(request)
      : await serve(request).catch((thrown: unknown) => refuse(thrown, request, form))
    const headers = {
      ...reply.headers,
      ...SECURITY,
      ...(!isPreflight && cors.headers(request)),
      'x-request-id': request.id,
      ...(form.requestIdHeader !== undefined && { [form.requestIdHeader]: request.id }),
    }
    return request.method === 'HEAD' ? withoutBody({ ...reply, headers }) : { ...reply, headers }
  }

  return (request: Request): Promise<Reply> =>
    answer(request).catch((error: unknown) => {
      log({ level: 'error', message: 'An error could not be put into its form.', requestId: request.id, error })
      return json(500, { error: { message: 'The gateway failed.' } }, { 'x-request-id': request.id, ...SECURITY })
    })
}
