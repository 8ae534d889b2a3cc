import type { IncomingMessage } from 'node:http'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { type Route, STAGE } from '../front-door/routes.ts'
import { accessLogTime, HOP_BY_HOP, splitOnce } from './function-event.ts'

type Values = Record<string, string[]>

/**
 * An HTTP request as a REST API hands it to a function, payload format 1.0, with every media type declared binary:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 * `path` is without the stage, and as it was sent; the query's names and values are decoded.
 */
export const restEvent = (
  request: IncomingMessage,
  path: string,
  { resource, proxy }: Route,
  body: Buffer,
  id: string,
  now: Date,
): APIGatewayProxyEvent => {
  const headers = headersOf(request)
  const [, query] = splitOnce(request.url ?? '/', '?')
  const parameters = parametersOf(query ?? '')
  const method = request.method ?? 'GET'
  const context = {
    accountId: '123456789012',
    apiId: 'local',
    authorizer: null,
    domainName: request.headers.host ?? 'localhost',
    httpMethod: method,
    identity: { sourceIp: request.socket.remoteAddress ?? '', userAgent: request.headers['user-agent'] ?? null },
    path: `/${STAGE}${path}`,
    protocol: `HTTP/${request.httpVersion}`,
    requestId: id,
    requestTime: accessLogTime(now),
    requestTimeEpoch: now.getTime(),
    resourceId: 'local',
    resourcePath: resource,
    stage: STAGE,
  }
  return {
    resource,
    path,
    httpMethod: method,
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: query ? lastOf(parameters) : null,
    multiValueQueryStringParameters: query ? parameters : null,
    pathParameters: proxy === undefined ? null : { proxy: decoded(proxy) },
    stageVariables: null,
    requestContext: context as APIGatewayProxyEvent['requestContext'],
    body: body.length > 0 ? body.toString('base64') : null,
    isBase64Encoded: body.length > 0,
  }
}

/** Names in the client's case; those of the connection are dropped. */
const headersOf = ({ rawHeaders, socket }: IncomingMessage): Values => {
  const headers: Values = Object.create(null)
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers[name] = [...(headers[name] ?? []), rawHeaders[index + 1] ?? '']
  }
  return {
    ...headers,
    'X-Forwarded-For': [socket.remoteAddress ?? ''],
    'X-Forwarded-Port': [String(socket.localPort)],
    'X-Forwarded-Proto': ['https'],
  }
}

/**
 * A semicolon splits like an ampersand, and of what was decoded a per cent sign is encoded again:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const parametersOf = (query: string): Values => {
  const parameters: Values = Object.create(null)
  for (const [name, value] of new URLSearchParams(query.replaceAll(';', '&'))) {
    const shown = name.replaceAll('%', '%25')
    parameters[shown] = [...(parameters[shown] ?? []), value.replaceAll('%', '%25')]
  }
  return parameters
}

const lastOf = (values: Values): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1) ?? '']))

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
