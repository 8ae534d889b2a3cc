// What passes between a client and Google on the way of large files, where no function is between that could look.
// Whatever is not named here stays behind, above all the client's key.

export const PASSED_HEADERS = ['content-type', 'x-goog-upload-command', 'x-goog-upload-offset'] as const

/** The session's id is what lets its holder write to it. */
export const PASSED_QUERY = ['upload_id', 'upload_protocol'] as const

export const RETURNED_HEADERS = [
  'content-type',
  'x-goog-upload-status',
  'x-goog-upload-size-received',
  'x-goog-upload-chunk-granularity',
] as const

/** Each of Google's statuses has to be named to come through. */
export const RETURNED_STATUSES = [200, 400, 403, 404, 409, 410, 412, 429, 500, 503] as const

/** What stands for a status that is not named. */
export const OTHER_STATUS = 502

/** Bytes of one request: API Gateway's limit. Google wants parts of a file in multiples of 8 MiB. */
export const UPLOAD_LIMIT = 10 * 1024 * 1024

/** For browsers. API Gateway can't look at who asks, so a list of several origins comes to none. */
export const corsHeaders = (allowedOrigins: readonly string[]): Record<string, string> => {
  const origin = allowedOrigins.includes('*') ? '*' : allowedOrigins.length === 1 ? allowedOrigins[0] : undefined
  if (origin === undefined) return {}
  const exposed = RETURNED_HEADERS.filter((name) => name !== 'content-type').join(', ')
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed }
}
