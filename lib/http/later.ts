import type { AdmittedRequest } from './exchange.ts'
import type { RouteHandler } from './routes.ts'

/** A handler whose code is loaded by the first request that needs it: every environment pays for what is loaded at its start. */
export const later = <Name extends string>(
  load: () => Promise<RouteHandler<AdmittedRequest, Name>>,
): RouteHandler<AdmittedRequest, Name> => {
  let loading: Promise<RouteHandler<AdmittedRequest, Name>> | undefined
  return async (request, parameters) => {
    loading ??= load()
    return (await loading)(request, parameters)
  }
}
