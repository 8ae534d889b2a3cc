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

/**
 * The same stream without Unicode's own line ends, at which some clients cut its lines: escaped, as Google has them. Its
 * frames are JSON, so that they stand in strings alone.
 */
export const withoutLineEnds = (frames: string): string =>
  LINE_ENDS.some((end) => frames.includes(end)) ? frames.replace(/[\u0085\u2028\u2029]/g, escaped) : frames

const LINE_ENDS = ['\u0085', '\u2028', '\u2029']
const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
