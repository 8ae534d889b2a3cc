import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Request } from './exchange.ts'
import { normalizePath } from './path.ts'

/** What a front door hands to a function: a Function URL (payload 2.0) or a REST API (payload 1.0). */
export type HttpEvent = APIGatewayProxyEventV2 | APIGatewayProxyEvent

type Parsed = Pick<Request, 'method' | 'path' | 'query' | 'headers' | 'body'>

const lowerCase = (entries: Iterable<readonly [string, string | undefined]>): Parsed['headers'] => {
  const headers: Record<string, string | undefined> = Object.create(null)
  for (const [name, value] of entries) headers[name.toLowerCase()] = value
  return headers
}

const bodyOf = ({ body, isBase64Encoded }: HttpEvent): string | Buffer =>
  isBase64Encoded ? Buffer.from(body ?? '', 'base64') : (body ?? '')

const isFunctionUrl = (event: HttpEvent): event is APIGatewayProxyEventV2 => 'rawPath' in event

const readFunctionUrl = (event: APIGatewayProxyEventV2): Parsed => ({
  method: event.requestContext.http.method,
  path: normalizePath(event.rawPath),
  query: event.rawQueryString ?? '',
  headers: lowerCase(Object.entries(event.headers ?? {})),
  body: bodyOf(event),
})

/** A REST API keeps the client's case, gives parameters decoded, and `path` without its stage. */
const readRest = (event: APIGatewayProxyEvent): Parsed => {
  const parameters = Object.entries(event.multiValueQueryStringParameters ?? {})
  const headers = Object.entries(event.multiValueHeaders ?? {})
  return {
    method: event.httpMethod,
    path: normalizePath(event.path),
    query: new URLSearchParams(
      parameters.flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value])),
    ).toString(),
    headers: lowerCase(headers.map(([name, values]) => [name, values?.join(', ')])),
    body: bodyOf(event),
  }
}

/** The event as a request, whichever front door it came through. Throws for an event that is no HTTP request. */
export const readEvent = (event: HttpEvent): Parsed => {
  if (isFunctionUrl(event)) return readFunctionUrl(event)
  if (typeof event.httpMethod === 'string') return readRest(event)
  throw new Error('This function answers HTTP requests only, from a Function URL or a REST API.')
}
