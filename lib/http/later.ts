import type { Handler } from './exchange.ts'

/** A handler whose code is loaded by the first request that needs it: every environment pays for what is loaded at its start. */
export const later = (load: () => Promise<Handler>): Handler => {
  let loading: Promise<Handler> | undefined
  return async (request) => {
    loading ??= load()
    return (await loading)(request)
  }
}
