import { streamReply, wholeReply } from './delivery.ts'
import { callerOf, type Gateway } from './gateway.ts'
import type { GeminiCall } from './gemini/call.ts'
import { latestTag, newCallId } from './gemini/call-ids.ts'
import { writeJson } from './gemini/json.ts'
import { type Naming, resolveModel, withModel } from './gemini/naming/aliases.ts'
import { switched } from './gemini/naming/switches.ts'
import { copiesOf, together } from './gemini/reply/copies.ts'
import { type Answer, streamReader, type TurnReader, wholeReader } from './gemini/reply/reader.ts'
import { affinityKey } from './gemini/request/affinity.ts'
import { remedyRequest } from './gemini/request/remedies.ts'
import { signCalls, unsignedCalls } from './gemini/request/signatures.ts'
import { namesAsWritten } from './gemini/resource-names.ts'
import type { Attempt, Caller, UpstreamCall } from './gemini/upstream/client.ts'
import type { GenerateContentRequest } from './gemini/wire.ts'
import { readJson } from './http/body.ts'
import { type AdmittedRequest, type Handler, streamDeadline } from './http/exchange.ts'
import { keeperOf } from './keeper.ts'
import type { Asked, Memory, Protocol } from './protocol.ts'

export { streamReply } from './delivery.ts'
export { callerOf, type Gateway, type SignatureStore } from './gateway.ts'

/**
 * Runs one protocol over one request: the only place that knows streamed from whole. Requests that name no earlier turn
 * wait for nothing but Gemini.
 */
export const relay =
  <Body extends Asked>(protocol: Protocol<Body>, gateway: Gateway, memory?: Memory<Body>): Handler =>
  async (request) => {
    const own = protocol.parse(withModel(readJson(request), gateway.settings))
    const recalling = memory?.recall(own, request.client.name)
    const body = recalling ? await recalling : own
    const { call, fake } = callOf(protocol, body, gateway)
    const signed = await sign(call, request, gateway)
    const caller: Caller = { ...callerOf(request), protocol: protocol.name, asked: body.model }
    const optionsOf = ({ tag, emptyIsFault }: Attempt) => ({
      newCallId: () => newCallId(tag, gateway.newId),
      functions: call.functions,
      emptyIsFault,
    })
    const upstream = upstreamCall({ ...call, request: signed }, request, own, fake)
    const open = (by: Caller, readerOf: (attempt: Attempt) => TurnReader): Promise<Answer> => {
      const one = (sent: UpstreamCall): Promise<Answer> => gateway.gemini.open(sent, by, readerOf)
      const { copies, others = [] } = call
      if (!copies) return one(upstream)
      const requests = [signed.contents, ...others].flatMap((contents) => copiesOf({ ...signed, contents }, copies))
      return together(
        requests.map((each) => one({ ...upstream, ...bodyOf(each) })),
        copies,
        request.after,
      )
    }
    const stamp = { id: gateway.newId(), created: Math.floor(gateway.clock() / 1000) }
    const making = { protocol, memory, body, stamp, affinity: upstream.affinity }
    const keeper = keeperOf(making, request, gateway)

    if (call.stream) {
      const until = { ...caller, deadline: streamDeadline(request, gateway.settings) }
      const readerOf = (attempt: Attempt) => (fake ? wholeReader : streamReader)(optionsOf(attempt))
      return streamReply(open(until, readerOf), protocol.stream(body, stamp), protocol.ping, keeper)
    }
    const opened = await open(caller, (attempt) => wholeReader(optionsOf(attempt)))
    return await wholeReply(making, opened, keeper)
  }

/** A client's request as Gemini gets it, its model's switches applied. `fake`: its stream is a whole answer, cut up. */
export const callOf = <Body extends Asked>(
  { toGemini }: Pick<Protocol<Body>, 'toGemini'>,
  body: Body,
  naming: Naming,
): { call: GeminiCall; fake: boolean } => {
  const { model, switches } = resolveModel(body.model, naming)
  const call = toGemini(body, model)
  const request = switched(call.request, model, switches)
  return { call: { ...call, request }, fake: call.stream && switches.streaming === 'fake' }
}

/** Where coding agents say which of their sessions a request belongs to: Claude Code, Codex, others. */
const SESSION_HEADERS = [
  'x-claude-code-session-id',
  'session_id',
  'session-id',
  'thread-id',
  'conversation_id',
  'x-session-id',
]

const sessionOf = (headers: AdmittedRequest['headers']): string | undefined =>
  SESSION_HEADERS.map((name) => headers[name]).find(Boolean)

const upstreamCall = (
  { model, request, stream, affinity }: GeminiCall,
  { client, headers }: AdmittedRequest,
  own: Asked,
  fake: boolean,
): UpstreamCall => {
  const streamed = stream && !fake
  const session = affinity.session ?? sessionOf(headers)
  const method = streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'
  return {
    method: 'POST',
    path: `/v1beta/${model.startsWith('tunedModels/') ? model : `models/${model}`}:${method}`,
    headers: { 'content-type': 'application/json' },
    ...bodyOf(request),
    model,
    streamed,
    affinity: affinity.inherited ?? affinityKey(client.name, model, request, { ...affinity, session }),
    names: namesAsWritten({ model: own.model, ...request }, own),
    lately: latestTag(request.contents),
  }
}

const bodyOf = (request: GenerateContentRequest): Required<Pick<UpstreamCall, 'body' | 'remedy'>> => ({
  body: writeJson(request),
  remedy: (fault) => bodyOf(remedyRequest(request, fault)),
})

/** The table is asked only when a call came without its signature. */
const sign = async (
  { request, model }: GeminiCall,
  { client, id }: AdmittedRequest,
  { signatures, log }: Gateway,
): Promise<GenerateContentRequest> => {
  const missing = unsignedCalls(request, model)
  if (missing.length === 0) return request
  const known = await signatures.read(client.name, missing).catch((error: unknown) => {
    log({ level: 'warn', message: 'Signatures could not be read; the skip value stands in.', requestId: id, error })
    return new Map<string, string>()
  })
  return signCalls(request, model, known)
}
