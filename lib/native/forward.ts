import { allowsAll } from '../gemini/naming/aliases.ts'
import type { Caller } from '../gemini/upstream/client.ts'
import { type AdmittedRequest, type Handler, streamDeadline } from '../http/exchange.ts'
import { altOf, jsonOf, nativeCall } from './call.ts'
import { streamHeaders, streamOfWhole } from './fake.ts'
import type { ReplyForm } from './judges.ts'
import { allowedModels, listsModels } from './listed.ts'
import { nameModel } from './named.ts'
import type { NativeParts } from './parts.ts'
import { replyBody, replyHeaders } from './pass-on.ts'
import { cleanQuery, isModelCall, type NativePath, readPath } from './path.ts'
import { tapReader } from './tap.ts'

/** Gemini's own calls: the bytes pass through unchanged, both ways; a body is read only to find its project. */
export const forward =
  (parts: NativeParts): Handler =>
  async (asked) => {
    const { gemini, settings } = parts
    const wanted = readPath(asked.path)
    const { request, path, fake } = nameModel(asked, wanted, parts)
    const query = cleanQuery(asked.query)
    const alt = altOf(query)
    const body = jsonOf(request)
    const call = nativeCall(request, path, fake ? '' : query, body)
    const isStream = call.streamed || fake
    const caller: Caller = {
      ...callerOf(request),
      asked: call.model && (wanted.collection === 'models' ? (wanted.name ?? '') : call.model),
      deadline: isStream ? streamDeadline(request, settings) : request.deadline,
    }
    if (!isModelCall(path, request.method)) {
      const { answerResource } = await import('./resources.ts')
      return await answerResource(parts, { path, query, body, caller }, call)
    }
    if (request.method === 'GET' && listsModels(path) && !allowsAll(settings)) {
      return allowedModels(gemini, path, caller, parts)
    }
    const form = formOf(path, alt === 'sse', fake)
    const opened = await gemini.open(call, caller, (attempt) => tapReader(form, attempt))
    if (fake) {
      return {
        status: opened.status,
        headers: streamHeaders(alt === 'sse'),
        body: streamOfWhole(opened, alt === 'sse'),
      }
    }
    return { status: opened.status, headers: replyHeaders(opened), body: replyBody(opened) }
  }

const callerOf = ({ id, client, receivedAt, after }: AdmittedRequest) => ({
  requestId: id,
  client,
  protocol: 'gemini',
  receivedAt,
  after,
})

const formOf = ({ method }: NativePath, events: boolean, fake: boolean): ReplyForm => {
  if (fake || method === 'generateContent') return 'turn'
  if (method === 'streamGenerateContent') return events ? 'events' : 'array'
  return 'whole'
}
