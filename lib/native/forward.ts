import { Readable } from 'node:stream'
import type { RuntimeSettings } from '../contract/settings.ts'
import { affinityKey } from '../gemini/affinity.ts'
import { allowsAll, type Naming } from '../gemini/aliases.ts'
import type { Caller, GeminiClient, Opened, UpstreamCall } from '../gemini/client.ts'
import type { GenerateContentRequest } from '../gemini/wire.ts'
import { readJson } from '../http/body.ts'
import { type AdmittedRequest, type Handler, streamDeadline } from '../http/exchange.ts'
import { errorBody } from './errors.ts'
import { streamHeaders, streamOfWhole } from './fake.ts'
import { allowedModels, listsModels } from './listed.ts'
import { nameModel } from './named.ts'
import { cleanQuery, type NativePath, readPath } from './path.ts'
import { type ReplyForm, type TapReader, tapReader } from './tap.ts'

/** Of a client's headers, what Google needs to know. Keys and hosts are ours to choose. */
const PASSED = ['content-type', 'x-goog-api-client', 'x-goog-api-version'] as const

interface ForwardParts extends Naming {
  gemini: GeminiClient
  settings: RuntimeSettings
}

/** Gemini's own calls: the bytes pass through unchanged, both ways; a body is read only to find its project. */
export const forward =
  ({ gemini, ...naming }: ForwardParts): Handler =>
  async (asked) => {
    const wanted = readPath(asked.path)
    const { request, path, fake } = nameModel(asked, wanted, naming)
    const query = cleanQuery(asked.query)
    const events = new URLSearchParams(query).get('alt') === 'sse'
    const call = nativeCall(request, path, fake ? '' : query)
    const caller: Caller = {
      requestId: request.id,
      client: request.client,
      protocol: 'gemini',
      asked: call.model && (wanted.name ?? ''),
      receivedAt: request.receivedAt,
      deadline: call.streamed || fake ? streamDeadline(request, naming.settings) : request.deadline,
      after: request.after,
    }
    if (request.method === 'GET' && listsModels(path) && !allowsAll(naming.settings)) {
      return allowedModels(gemini, path, caller, naming)
    }
    const form = formOf(path, events && !fake)
    const opened = await gemini.open(call, caller, (attempt) => tapReader(form, attempt))
    if (fake) return { status: opened.status, headers: streamHeaders(events), body: streamOfWhole(opened, events) }
    return { status: opened.status, headers: replyHeaders(opened), body: replyBody(opened) }
  }

const nativeCall = (request: AdmittedRequest, path: NativePath, query: string): UpstreamCall => {
  const headers = PASSED.flatMap((name) => {
    const value = request.headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const model = path.collection === 'models' && path.method ? (path.name ?? '') : ''
  return {
    method: request.method,
    path: `${request.path}${query && `?${query}`}`,
    headers: Object.fromEntries(headers),
    body: request.body.length > 0 ? request.body : undefined,
    model,
    streamed: path.method === 'streamGenerateContent',
    affinity: affinityOf(request, path, model),
  }
}

const SPEAKING: ReadonlySet<string | undefined> = new Set(['generateContent', 'streamGenerateContent'])

const formOf = ({ method }: NativePath, events: boolean): ReplyForm =>
  events ? 'events' : SPEAKING.has(method) ? 'turn' : 'whole'

/** Where files and caches live, there goes whatever may name one: the client's own project. */
const affinityOf = (request: AdmittedRequest, { method }: NativePath, model: string): string => {
  const client = request.client.name
  if (method !== 'generateContent' && method !== 'streamGenerateContent') return client
  const body = readJson(request)
  const text = request.body.toString()
  if (text.includes('/files/') || text.includes('cachedContents/')) return client
  if (typeof body !== 'object' || body === null) return client
  const { contents } = body as Partial<GenerateContentRequest>
  return affinityKey(client, model, { ...body, contents: Array.isArray(contents) ? contents : [] }, { hints: [] })
}

const replyHeaders = ({ headers }: Opened<TapReader>): Record<string, string> => ({
  'content-type': headers['content-type'] ?? 'application/json; charset=UTF-8',
})

/** Chunk for chunk as Gemini sends them. A failure is Google's error object, as a write of its own: its SDKs look for that. */
const replyBody = ({ reader, flow }: Opened<TapReader>): Readable => {
  const body = new Readable({
    read: () => flow.resume(),
    destroy: (error, done) => {
      flow.resume()
      done(error)
    },
  })
  queueMicrotask(() => {
    reader.listen((bytes) => {
      if (!body.destroyed && !body.push(bytes)) flow.pause()
    })
    flow.start(
      () => {},
      (error) => {
        if (body.destroyed) return
        if (error) body.push(JSON.stringify(errorBody(error)))
        body.push(null)
      },
    )
  })
  return body
}
