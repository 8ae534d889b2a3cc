import { type Log, toLogLine } from '../lib/contract/log.ts'

/** Milliseconds since 1970. */
export const clock = (): number => Date.now()

export const log: Log = (record) => {
  process.stdout.write(`${toLogLine(record, clock())}\n`)
}

/** What only the environment of a deployed (or local) function can give; missing ones are a broken deployment. */
export const setting = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`The environment variable ${name} is missing.`)
  return value
}
