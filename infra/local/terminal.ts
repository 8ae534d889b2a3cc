import type { LogLine } from './runtime.ts'

/** What is worth a person's attention unasked. */
const LOUD: ReadonlySet<string> = new Set(['WARN', 'ERROR', 'FATAL'])

/**
 * A function's log line for a person: `openai ERROR text`. Undefined for one that needs no attention, unless all are wanted.
 * Functions log JSON, with instructions for CloudWatch in it; what isn't (a crash, mostly) comes from Node itself.
 */
export const terminalLine = ({ function: name, source, text }: LogLine, all: boolean): string | undefined => {
  const record = parse(text)
  if (!record) return all || source !== 'stdout' ? `${name} ${text}` : undefined
  const { level: anyCase, timestamp: _, _aws: __, message, ...rest } = record
  const level = typeof anyCase === 'string' ? anyCase.toUpperCase() : 'INFO'
  if (!all && !LOUD.has(level)) return undefined
  return [name, level, plain(message), Object.keys(rest).length > 0 && JSON.stringify(rest)].filter(Boolean).join(' ')
}

const parse = (text: string): Record<string, unknown> | undefined => {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

const plain = (message: unknown): string => (typeof message === 'string' ? message : (JSON.stringify(message) ?? ''))
