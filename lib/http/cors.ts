import type { Reply, Request } from './exchange.ts'

/**
 * Browsers may call from anywhere: keys travel in headers, there are no cookies. The same behind every front door, so it
 * is done here and not in AWS. https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export interface Cors {
  /** The answer to a preflight, which never carries a key. */
  preflight(request: Request): Reply
  /** What every other reply, errors too, carries. */
  headers(request: Request): Record<string, string>
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

const EXPOSED = [
  'x-goog-upload-url',
  'x-goog-upload-status',
  'x-goog-upload-chunk-granularity',
  'x-goog-upload-size-received',
  'x-goog-upload-control-url',
  'x-request-id',
  'request-id',
  'retry-after',
  'x-should-retry',
  'idempotent-replayed',
].join(', ')

/** What the SDKs of the three families send; for a preflight that names nothing. */
const ALLOWED = `
  authorization content-type accept idempotency-key x-session-id x-client-request-id x-claude-code-session-id
  x-stainless-lang x-stainless-package-version x-stainless-os x-stainless-arch x-stainless-runtime
  x-stainless-runtime-version x-stainless-retry-count x-stainless-timeout x-stainless-read-timeout x-stainless-async
  x-stainless-helper x-stainless-helper-method x-stainless-poll-helper x-stainless-custom-poll-interval
  openai-organization openai-project openai-beta
  x-api-key anthropic-version anthropic-beta anthropic-dangerous-direct-browser-access
  x-goog-api-key x-goog-api-client x-goog-user-project x-server-timeout
  x-goog-upload-protocol x-goog-upload-command x-goog-upload-offset x-goog-upload-header-content-length
  x-goog-upload-header-content-type x-goog-upload-file-name x-goog-upload-content-type x-goog-upload-raw-size
`
  .trim()
  .split(/\s+/)
  .join(', ')

/** The characters of a header's name. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i
const MOST_NAMES = 100

/** The headers that a preflight asks for, if all of them could be names of headers. */
const askedFor = (list: string | undefined): string | undefined => {
  const names = (list ?? '').split(',').map((name) => name.trim())
  return names.length <= MOST_NAMES && names.every((name) => TOKEN.test(name)) ? names.join(', ') : undefined
}

/** `origins` is a list of `scheme://host[:port]`, or holds `*`. */
export const corsFor = (origins: readonly string[]): Cors => {
  const anyOrigin = origins.includes('*')
  const allowOrigin = ({ headers }: Request): Record<string, string> => {
    if (anyOrigin) return { 'access-control-allow-origin': '*' }
    const origin = headers.origin
    const known = origin !== undefined && origins.includes(origin)
    return { vary: 'Origin', ...(known && { 'access-control-allow-origin': origin }) }
  }
  return {
    preflight: (request) => {
      const origin = allowOrigin(request)
      return {
        status: 204,
        headers: {
          ...origin,
          ...(origin['access-control-allow-origin'] !== undefined && {
            'access-control-allow-methods': METHODS,
            'access-control-allow-headers': askedFor(request.headers['access-control-request-headers']) ?? ALLOWED,
            'access-control-max-age': '7200',
            ...(request.headers['access-control-request-private-network'] === 'true' && {
              'access-control-allow-private-network': 'true',
            }),
          }),
          vary: [origin.vary, 'Access-Control-Request-Headers'].filter(Boolean).join(', '),
        },
        body: '',
      }
    },
    headers: (request) => ({ ...allowOrigin(request), 'access-control-expose-headers': EXPOSED }),
  }
}
