import { GatewayError } from '../errors.ts'
import { affinityKey } from '../gemini/request/affinity.ts'
import { type Named, namesIn, resourceOf } from '../gemini/resource-names.ts'
import type { UpstreamCall } from '../gemini/upstream/client.ts'
import type { GenerateContentRequest, Json } from '../gemini/wire.ts'
import { readPassedJson } from '../http/body.ts'
import type { AdmittedRequest } from '../http/exchange.ts'
import { type NativePath, pathOf, resourceName } from './path.ts'

/** Of a client's headers, what Google needs to know. Keys and hosts are ours to choose. */
const PASSED = ['content-type', 'x-goog-api-client', 'x-goog-api-version', 'api-revision', 'range'] as const

/** A body that was looked through as JSON is read as JSON: as a form, say, it could name something else. */
export const JSON_TYPE = { 'content-type': 'application/json' } as const

/** Bodies come with these; with the others they mean nothing. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PATCH', 'PUT'])

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The body's JSON; undefined where there is none. Throws `invalid_request` for anything else, and what could be read in two ways. */
export const jsonOf = (request: AdmittedRequest): unknown =>
  WITH_BODY.has(request.method) && request.body.length > 0 ? readPassedJson(request) : undefined

export const passedHeaders = (
  { headers }: AdmittedRequest,
  names: readonly string[] = PASSED,
): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      if (value === undefined) return []
      if (/[^\t -~\x80-\xff]/.test(value)) {
        throw new GatewayError('invalid_request', `The header ${name} holds characters that HTTP does not allow.`)
      }
      return [[name, value] as const]
    }),
  )

/** Google takes parameters of the query for fields of the request, with dots between: what they name is looked at, too. */
const namesInQuery = (query: string): Named[] =>
  [...new URLSearchParams(query)].flatMap(([field, value]) =>
    namesIn({ [field.split('.').at(-1) ?? '']: value }).map(({ name }) => ({ name, field })),
  )

/** What path, query and body name. */
export const namesOf = (path: NativePath, query: string, body: unknown): Named[] => {
  const own = resourceOf(resourceName(path))
  const named = [...namesInQuery(query), ...(body === undefined ? [] : namesIn(body))]
  return own ? [{ name: own.name }, ...named.filter(({ name }) => name !== own.name)] : named
}

/** A client's call as it is, to whoever owns what it names. `body` is its JSON. */
export const nativeCall = (request: AdmittedRequest, path: NativePath, query: string, body: unknown): UpstreamCall => {
  const model = modelOf(path, body)
  return {
    // Google's API has no HEAD; a body is left out on the way to the client.
    method: request.method === 'HEAD' ? 'GET' : request.method,
    path: `${pathOf(path)}${query && `?${query}`}`,
    headers: { ...passedHeaders(request), ...(body !== undefined && JSON_TYPE) },
    body: WITH_BODY.has(request.method) && request.body.length > 0 ? request.body : undefined,
    model,
    streamed: path.method === 'streamGenerateContent' || (isObject(body) && body.stream === true),
    affinity: affinityOf(request, path, model, body),
    names: namesOf(path, query, body),
  }
}

/** The model whose quota the call counts against. */
const modelOf = ({ collection, name, method }: NativePath, body: unknown): string => {
  if (collection === 'models') return method === undefined || name?.includes('/') ? '' : (name ?? '')
  const said = collection === 'interactions' && isObject(body) ? (body.model ?? body.agent) : undefined
  return typeof said === 'string' && MODEL.test(said) ? said.replace(/^models\//, '') : ''
}

/** What quotas may be noted under: no other text of a client's is kept by all environments. */
const MODEL = /^[\w./-]{1,128}$/

/** A conversation stays where it is; whatever else a client makes is made in one project, as far as it goes. */
const affinityOf = (request: AdmittedRequest, { method }: NativePath, model: string, body: unknown): string => {
  const client = request.client.name
  if (method !== 'generateContent' && method !== 'streamGenerateContent') return client
  if (!isObject(body)) return client
  const { contents } = body as Partial<GenerateContentRequest>
  return affinityKey(client, model, { ...body, contents: Array.isArray(contents) ? contents : [] }, { hints: [] })
}

const FORMS: ReadonlySet<string> = new Set(['json', 'sse', 'media'])

/** The form of reply that the query asks for. Others than these would pass uncounted. */
export const altOf = (query: string): 'json' | 'sse' | 'media' => {
  const all = new URLSearchParams(query).getAll('alt')
  const alt = all.at(-1) ?? 'json'
  if (all.length > 1 || !FORMS.has(alt)) {
    throw new GatewayError('invalid_request', `Invalid value at 'alt': ${JSON.stringify(alt.slice(0, 100))}`, {
      param: 'alt',
    })
  }
  return alt as 'json' | 'sse' | 'media'
}
