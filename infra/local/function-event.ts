import type { IncomingMessage } from 'node:http'
import type { LambdaFunctionURLEvent } from 'aws-lambda'

/** Headers that belong to the connection, which ends before the function. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * An HTTP request as a Function URL hands it to the function, payload format 2.0:
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export const functionEvent = (
  request: IncomingMessage,
  body: Buffer,
  id: string,
  now: Date,
  added: Readonly<Record<string, string>> = {},
): LambdaFunctionURLEvent => {
  const [rawPath, rawQueryString] = splitOnce(request.url ?? '/', '?')
  const sourceIp = request.socket.remoteAddress ?? ''
  const headers: Record<string, string | undefined> = {
    ...lowerCased(request.rawHeaders),
    ...added,
    'x-forwarded-for': sourceIp,
    'x-forwarded-port': String(request.socket.localPort),
    'x-forwarded-proto': 'http',
  }
  const isText = /^\s*(text\/|application\/json\s*(;|$))/i.test(headers['content-type'] ?? '')
  const host = headers.host ?? 'localhost'
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: rawQueryString ?? '',
    ...(headers.cookie && { cookies: headers.cookie.split(/;\s*/) }),
    headers,
    ...(rawQueryString && { queryStringParameters: parametersOf(rawQueryString) }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: host,
      domainPrefix: host.split('.')[0] ?? host,
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: id,
      routeKey: '$default',
      stage: '$default',
      time: accessLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}

export const splitOnce = (text: string, mark: string): [string, string?] => {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** Names in lower case; several headers of one name are joined by a comma. */
const lowerCased = (rawHeaders: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = Object.create(null)
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const value = rawHeaders[index + 1] ?? ''
    if (!HOP_BY_HOP.has(name)) headers[name] = name in headers ? `${headers[name]},${value}` : value
  }
  return headers
}

const parametersOf = (query: string): Record<string, string> => {
  const parameters: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value
  }
  return parameters
}

/** `23/Nov/2026:09:40:40 +0000` */
export const accessLogTime = (now: Date): string => {
  const [, day, month, year, time] = now.toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}
