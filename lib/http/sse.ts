/** Headers of a reply that is an event stream. The last keeps proxies from gathering it. */
export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
}

/** A line that every reader of event streams skips; it keeps an idle connection alive. */
export const PING_COMMENT = ': ping\n\n'

/** A frame without a name. `json` is one line, as JSON.stringify writes it. */
export const dataFrame = (json: string): string => `data: ${json}\n\n`

/** A frame with a name. `json` is one line, as JSON.stringify writes it. */
export const eventFrame = (name: string, json: string): string => `event: ${name}\ndata: ${json}\n\n`
