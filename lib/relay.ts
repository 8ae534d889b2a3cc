import { Readable } from 'node:stream'
import type { Log } from './contract/log.ts'
import type { RuntimeSettings } from './contract/settings.ts'
import { asGatewayError, type GatewayError } from './errors.ts'
import { affinityKey } from './gemini/affinity.ts'
import { resolveModel } from './gemini/aliases.ts'
import type { GeminiCall } from './gemini/call.ts'
import type { Caller, GeminiClient, Opened, UpstreamCall } from './gemini/client.ts'
import { turnCollector } from './gemini/collector.ts'
import type { Flow } from './gemini/flow.ts'
import { streamReader, type TurnReader, wholeReader } from './gemini/reader.ts'
import { remedyRequest } from './gemini/remedies.ts'
import { isCarried, signCalls, unsignedCalls } from './gemini/signatures.ts'
import type { TurnEvent } from './gemini/turn.ts'
import type { GenerateContentRequest } from './gemini/wire.ts'
import { readJson } from './http/body.ts'
import { type AdmittedRequest, type Handler, type Reply, streamDeadline } from './http/exchange.ts'
import { EVENT_STREAM_HEADERS } from './http/sse.ts'
import type { Asked, Protocol, Stamp, StreamWriter } from './protocol.ts'

/** Keeps the signatures of calls for clients that send back no more than the call's id. */
export interface SignatureStore {
  read(client: string, callIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  write(client: string, signatures: ReadonlyMap<string, string>): Promise<void>
}

/** What every request of a function shares. */
export interface Gateway {
  gemini: GeminiClient
  settings: RuntimeSettings
  signatures: SignatureStore
  /** Unique, 24 characters of `[A-Za-z0-9]`. */
  newId(): string
  /** Milliseconds since 1970. */
  clock(): number
  log: Log
}

/** Milliseconds of silence before the status goes out, and between keep-alives after it. */
const COMMIT_AFTER = 20_000
const PING_EVERY = 10_000

/** Runs one protocol over one request: the only place that knows streamed from whole. */
export const relay =
  <Body extends Asked>(protocol: Protocol<Body>, gateway: Gateway): Handler =>
  async (request) => {
    const body = protocol.parse(readJson(request))
    const call = protocol.toGemini(body, resolveModel(body.model, gateway.settings.modelAliases))
    const signed = await sign(call, request, gateway)
    const caller: Caller = { ...callerOf(request), protocol: protocol.name, asked: body.model }
    const options = { newCallId: () => `call_${gateway.newId()}`, functions: call.functions }
    const upstream = upstreamCall(call, signed, request)
    const stamp = { id: gateway.newId(), created: Math.floor(gateway.clock() / 1000) }
    const keep = signatureKeeper(protocol.forgetsSignatures(body), request, gateway)

    if (call.stream) {
      const until = { ...caller, deadline: streamDeadline(request, gateway.settings) }
      const opening = gateway.gemini.open(upstream, until, () => streamReader(options))
      await Promise.race([opening, silence()])
      return {
        status: 200,
        headers: { ...EVENT_STREAM_HEADERS },
        body: streamTurn(opening, protocol.stream(body, stamp), protocol.ping, keep),
      }
    }
    const opened = await gateway.gemini.open(upstream, caller, () => wholeReader(options))
    return await wholeReply(protocol, body, stamp, opened, keep)
  }

export const callerOf = ({ id, client, receivedAt, deadline, after }: AdmittedRequest) => ({
  requestId: id,
  client,
  receivedAt,
  deadline,
  after,
})

const silence = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, COMMIT_AFTER).unref()
  })

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
  { model, stream, affinity }: GeminiCall,
  request: GenerateContentRequest,
  { client, headers }: AdmittedRequest,
): UpstreamCall => {
  const session = affinity.session ?? sessionOf(headers)
  const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent'
  return {
    method: 'POST',
    path: `/v1beta/${model.startsWith('tunedModels/') ? model : `models/${model}`}:${method}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    model,
    streamed: stream,
    affinity: affinityKey(client.name, model, request, { ...affinity, session }),
    remedy: (fault) => JSON.stringify(remedyRequest(request, fault)),
  }
}

/** The table is asked only when a call of the current turn came without its signature, and answers are not waited for in vain. */
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

/** Notes the signatures of a turn's calls as they pass, and keeps them before the turn's last event goes out. */
interface SignatureKeeper {
  note(event: TurnEvent): void
  keep(): Promise<void> | undefined
}

const signatureKeeper = (needed: boolean, { client, id }: AdmittedRequest, gateway: Gateway): SignatureKeeper => {
  const signatures = new Map<string, string>()
  return {
    note(event) {
      if (needed && event.type === 'close' && event.block.kind === 'call' && isCarried(event.signature)) {
        signatures.set(event.block.id, event.signature)
      }
    },
    keep() {
      if (signatures.size === 0) return undefined
      return gateway.signatures.write(client.name, signatures).catch((error: unknown) => {
        gateway.log({ level: 'warn', message: 'Signatures could not be kept.', requestId: id, error })
      })
    },
  }
}

const wholeReply = async <Body extends Asked>(
  protocol: Protocol<Body>,
  body: Body,
  stamp: Stamp,
  { reader, flow }: Opened<TurnReader>,
  { note, keep }: SignatureKeeper,
): Promise<Reply> => {
  const collector = turnCollector()
  reader.listen((event) => {
    note(event)
    collector.write(event)
  })
  await new Promise<void>((resolve, reject) => {
    flow.start(
      () => {},
      (error) => (error ? reject(error) : resolve()),
    )
  })
  await keep()
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(protocol.reply(collector.turn(), body, stamp)),
  }
}

/**
 * The reply as a stream that never errors. Between upstream's reads and ours nothing is awaited: bytes in, events out,
 * one string on; only before the last event may something be kept first.
 */
const streamTurn = (
  opening: Promise<Opened<TurnReader>>,
  writer: StreamWriter,
  ping: string,
  { note, keep }: SignatureKeeper,
): Readable => {
  let flow: Flow | undefined
  let out = writer.start()
  const body = new Readable({
    read: () => flow?.resume(),
    // The client is gone: what still comes is read for the books, and dropped.
    destroy: (error, done) => {
      flow?.resume()
      done(error)
    },
  })
  const idle = setTimeout(() => {
    if (body.readableLength === 0) body.push(ping)
    idle.refresh()
  }, PING_EVERY)

  const flush = (): void => {
    if (out === '' || body.destroyed) return
    const text = out
    out = ''
    idle.refresh()
    if (!body.push(text)) flow?.pause()
  }
  const finish = (last: string): void => {
    clearTimeout(idle)
    out += last
    flush()
    if (!body.destroyed) body.push(null)
  }
  const fail = (error: GatewayError): void => finish(writer.fail(error))

  opening.then(
    ({ reader, flow: opened }) => {
      let last = ''
      flow = opened
      reader.listen((event) => {
        note(event)
        if (event.type === 'end') last = writer.write(event)
        else out += writer.write(event)
      })
      opened.start(flush, (error) => {
        if (error) return fail(error)
        const kept = keep()
        if (kept) void kept.then(() => finish(last))
        else finish(last)
      })
    },
    (thrown: unknown) => fail(asGatewayError(thrown)),
  )
  return body
}
