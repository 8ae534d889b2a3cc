import type { Reply, Request } from '../../lib/http/exchange.ts'

/** A request as the adapter makes it, with what a test says of it. */
export const requestOf = (parts: Partial<Request> = {}): Request => ({
  id: 'request-1',
  method: 'GET',
  path: '/',
  query: '',
  headers: {},
  body: '',
  receivedAt: 0,
  deadline: 60_000,
  after: () => undefined,
  ...parts,
})

/** A whole body as text; a stream is none. */
export const textOf = ({ body }: Reply): string => {
  if (typeof body === 'string') return body
  if (body instanceof Buffer) return body.toString()
  throw new Error('The body is a stream.')
}
