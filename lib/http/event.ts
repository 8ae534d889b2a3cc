import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'
import { UPLOAD_SESSION, UPLOAD_SESSION_HEADER } from '../contract/front-door.ts'
import type { Request } from './exchange.ts'
import { normalizePath } from './path.ts'

/** What a front door hands to a function: a Function URL (payload 2.0) or a REST API (payload 1.0). */
export type HttpEvent = APIGatewayProxyEventV2 | APIGatewayProxyEvent

type Parsed = Pick<Request, 'method' | 'path' | 'query' | 'headers' | 'body' | 'uploadSession'>

/** One name may come in several cases. */
const lowerCase = (entries: Iterable<readonly [string, string | undefined]>): Parsed['headers'] => {
  const headers: Record<string, string | undefined> = Object.create(null)
  for (const [anyCase, value] of entries) {
    const name = anyCase.toLowerCase()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}

const bodyOf = ({ body, isBase64Encoded }: HttpEvent): string | Buffer =>
  isBase64Encoded ? Buffer.from(body ?? '', 'base64') : (body ?? '')

const isFunctionUrl = (event: HttpEvent): event is APIGatewayProxyEventV2 => 'rawPath' in event

/** Segments of plain characters: nobody can announce a place that is not a path of this host. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/

const readFunctionUrl = (event: APIGatewayProxyEventV2): Parsed => {
  const headers = lowerCase(Object.entries(event.headers ?? {}))
  const announced = headers[UPLOAD_SESSION_HEADER] ?? ''
  return {
    method: event.requestContext.http.method,
    path: normalizePath(event.rawPath),
    query: event.rawQueryString ?? '',
    headers,
    body: bodyOf(event),
    uploadSession: PLAIN_PATH.test(announced) && announced.endsWith(UPLOAD_SESSION) ? announced : undefined,
  }
}

/**
 * The path as the API's resources have it: a domain's base path stands before it in the event, the stage does not.
 * Unlike the query it comes as it was sent.
 */
const pathWithin = ({ path, resource, pathParameters }: APIGatewayProxyEvent): string => {
  const own = resource.replace('{proxy+}', () => pathParameters?.proxy ?? '')
  return path.endsWith(own) ? own : path
}

/**
 * API Gateway decodes names and values of the query, and encodes the per cent signs that are left:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const queryOf = ({ multiValueQueryStringParameters }: APIGatewayProxyEvent): string => {
  const plain = (text: string): string => text.replaceAll('%25', '%')
  const pairs = Object.entries(multiValueQueryStringParameters ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [plain(name), plain(value)]),
  )
  return new URLSearchParams(pairs).toString()
}

/** A REST API keeps the case of the client's headers. Its stage, or its domain's base path, is what it has before its paths. */
const readRest = (event: APIGatewayProxyEvent): Parsed => {
  const path = pathWithin(event)
  const { path: whole } = event.requestContext
  const base = whole.endsWith(path) ? whole.slice(0, whole.length - path.length) : ''
  return {
    method: event.httpMethod,
    path: normalizePath(path),
    query: queryOf(event),
    headers: lowerCase(
      Object.entries(event.multiValueHeaders ?? {}).map(([name, values]) => [name, values?.join(', ')]),
    ),
    body: bodyOf(event),
    uploadSession: `${base}${UPLOAD_SESSION}`,
  }
}

/** The event as a request, whichever front door it came through. Throws for an event that is no HTTP request. */
export const readEvent = (event: HttpEvent): Parsed => {
  if (isFunctionUrl(event)) return readFunctionUrl(event)
  if (typeof event.httpMethod === 'string') return readRest(event)
  throw new Error('This function answers HTTP requests only, from a Function URL or a REST API.')
}
