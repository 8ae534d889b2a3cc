import { GatewayError } from '../errors.ts'
import type { AdmittedRequest, Reply, Request } from './exchange.ts'

/** The names between braces in a route: `GET /v1/models/{id}` → `id`. */
type NamesIn<Route> = Route extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${infer Bare}+` ? Bare : Name) | NamesIn<Rest>
  : never

export type RouteHandler<R extends Request = AdmittedRequest, Name extends string = string> = (
  request: R,
  parameters: Readonly<Record<Name, string>>,
) => Promise<Reply> | Reply

/**
 * `POST /v1/chat/completions` or `GET /v1/models/{id}` → handler. `{id}` is one segment (or what stands before the next
 * character of the route), percent-decoded; `{rest+}`, only at the end, is all that follows, as it was sent.
 */
export type RouteTable<R extends Request, Route extends string> = {
  readonly [Path in Route]: RouteHandler<R, NamesIn<Path>>
}

interface CompiledRoute<R extends Request> {
  method: string
  pattern: RegExp
  /** The parameter that takes all that follows. */
  tail: string | undefined
  handler: RouteHandler<R>
}

export type Match<R extends Request> =
  | { kind: 'found'; handle: (request: R) => Promise<Reply> | Reply }
  | { kind: 'wrong method'; allow: readonly string[] }
  | { kind: 'unknown' }

export type Routes<R extends Request = AdmittedRequest> = (method: string, path: string) => Match<R>

/** Each parameter stops at the first character that the route has after it, so that matching takes one pass. */
const compile = (path: string): RegExp => {
  const source = path.replace(
    /\{(\w+)(\+?)\}(?=([^/]?))|[.*+?^$()|[\]\\]/g,
    (part: string, name?: string, greedy?: string, next = '') => {
      if (name === undefined) return `\\${part}`
      return greedy ? `(?<${name}>.+)` : `(?<${name}>[^/${next}]+)`
    },
  )
  return new RegExp(`^${source}$`, 's')
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The path holds a malformed percent-encoding.', { cause })
  }
}

const bind = <R extends Request>({ handler, pattern, tail }: CompiledRoute<R>, path: string) => {
  const groups = Object.entries(pattern.exec(path)?.groups ?? {})
  return (request: R): Promise<Reply> | Reply => {
    const parameters = groups.map(([name, text]) => [name, name === tail ? text : decode(text)])
    return handler(request, Object.fromEntries(parameters))
  }
}

/** Compiles a table. Of routes that fit the same path, the one without parameters wins, then the one that stands first. */
export const routes = <R extends Request = AdmittedRequest, const Route extends string = string>(
  table: RouteTable<R, Route>,
): Routes<R> => {
  const literal = new Map<string, CompiledRoute<R>[]>()
  const patterns: CompiledRoute<R>[] = []
  for (const [route, handler] of Object.entries<RouteHandler<R>>(table)) {
    const [method = '', path = ''] = route.split(' ')
    const compiled = { method, pattern: compile(path), tail: /\{(\w+)\+\}$/.exec(path)?.[1], handler }
    if (path.includes('{')) patterns.push(compiled)
    else literal.set(path, [...(literal.get(path) ?? []), compiled])
  }
  return (method, path) => {
    const fitting = [...(literal.get(path) ?? []), ...patterns.filter(({ pattern }) => pattern.test(path))]
    const chosen = fitting.find((route) => route.method === method)
    if (chosen) return { kind: 'found', handle: bind(chosen, path) }
    if (fitting.length === 0) return { kind: 'unknown' }
    return { kind: 'wrong method', allow: [...new Set(fitting.map((route) => route.method))] }
  }
}
