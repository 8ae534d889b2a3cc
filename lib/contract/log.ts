export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One thing worth a line. No prompt, no answer and no key belongs into it. */
export interface LogRecord {
  level: LogLevel
  message: string
  requestId?: string
  /** Anything thrown; its causes are printed with it. */
  error?: unknown
  [field: string]: unknown
}

export type Log = (record: LogRecord) => void

/** What a key looks like, wherever it stands: Google's two forms, a bearer token, a query parameter. */
const KEY = /AIza[\w-]{10,}|AQ\.[\w-]{10,}|(?<=\bBearer )[^\s"\\]+|(?<=[?&]key=)[^&\s"\\]+/gi

const CAUSES = 5

const describe = (error: unknown, left = CAUSES): unknown =>
  error instanceof Error
    ? {
        name: error.name,
        message: error.message,
        stack: error.stack,
        ...(error.cause !== undefined && left > 0 && { cause: describe(error.cause, left - 1) }),
      }
    : String(error)

/**
 * The line that CloudWatch reads: one JSON object, in the field names of Lambda's own JSON log format. `at` is in
 * milliseconds since 1970. What looks like a key is blotted out: vendors' error texts have held some.
 */
export const toLogLine = ({ error, ...record }: LogRecord, at: number): string =>
  JSON.stringify({
    timestamp: new Date(at).toISOString(),
    ...record,
    ...(error !== undefined && { error: describe(error) }),
  }).replace(KEY, '[redacted]')
