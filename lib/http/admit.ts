import { GatewayError } from '../errors.ts'
import type { Client } from '../keys/source.ts'
import type { AdmittedRequest, Request } from './exchange.ts'

/** A client, or nothing for a key that nobody has. Takes the same time for every key; fails with `unavailable`. */
export type FindClient = (key: string) => Promise<Client | undefined>

export type Admit = (request: Request) => Promise<AdmittedRequest>

const CARRIERS = 'Authorization: Bearer, x-api-key, x-goog-api-key or ?key='

/** The keys that a request shows, in the order they count. */
const keysOf = ({ headers, query }: Request): string[] =>
  [
    /^bearer\s+(.*)$/i.exec(headers.authorization?.trim() ?? '')?.[1],
    headers['x-api-key'],
    headers['x-goog-api-key'],
    ...new URLSearchParams(query).getAll('key'),
  ]
    .map((key) => key?.trim())
    .filter((key): key is string => Boolean(key))

/** Lets in who shows a known key: `authentication` for all others. Every key shown is looked up, whichever fits first. */
export const admitBy =
  (findClient: FindClient): Admit =>
  async (request) => {
    const keys = keysOf(request)
    if (keys.length === 0) {
      throw new GatewayError('authentication', `An API key is required, in one of: ${CARRIERS}.`)
    }
    const clients = await Promise.all(keys.map(findClient))
    const client = clients.find((found) => found !== undefined)
    if (!client) {
      throw new GatewayError('authentication', `The API key is not valid here. Keys are read from: ${CARRIERS}.`)
    }
    return { ...request, client }
  }
