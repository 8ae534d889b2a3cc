import type { IncomingMessage } from 'node:http'
import { asGatewayError, type GatewayError } from '../errors.ts'
import { CONSEQUENCES, type Fault } from '../keys/faults.ts'
import type { Pool } from '../keys/pool.ts'
import type { Client, GeminiKey } from '../keys/source.ts'
import { faultOf, readError } from './errors.ts'
import { type Flow, type ReplyReader, readReply } from './flow.ts'
import type { Send } from './send.ts'
import type { Settle, Settlement } from './settlement.ts'

/** A call to Google, before a key is chosen. */
export interface UpstreamCall {
  method: string
  /** With version and query: `/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse`. */
  path: string
  headers: Readonly<Record<string, string>>
  body: string | Buffer | undefined
  /** Quotas belong to a model; empty where none is involved. */
  model: string
  streamed: boolean
  /** Calls that share it prefer the same project. */
  affinity: string
  /** The only project that will do: it owns what the call names. */
  project?: string | undefined
  /** Another body for the one more try after Gemini found fault with signatures or a schema. */
  remedy?(fault: 'signature' | 'schema'): string | Buffer | undefined
}

/** Whose call it is, for the books and for the time that is left. */
export interface Caller {
  requestId: string
  client: Client
  protocol: string
  /** The model as the client wrote it. */
  asked: string
  receivedAt: number
  deadline: number
  after(work: Promise<unknown>): void
}

export interface Opened<Reader> {
  reader: Reader
  flow: Flow
  /** Of the reply that committed. */
  status: number
  headers: IncomingMessage['headers']
  key: GeminiKey
}

export interface GeminiClient {
  /**
   * Tries projects and keys until a reply commits; throws what is left for the client to hear when none does. `newReader`
   * makes a fresh reader for each try.
   */
  open<Reader extends ReplyReader>(call: UpstreamCall, caller: Caller, newReader: () => Reader): Promise<Opened<Reader>>
}

export interface GeminiClientOptions {
  send: Send
  /** The pool's keys as they are now. */
  keys(): Promise<readonly GeminiKey[]>
  /** A key turned out dead: the list may be stale. */
  distrust(): void
  pool: Pool
  settle: Settle
  clock(): number
}

// DESIGN's limits, in milliseconds
const FIRST_BYTE = 300_000
const SILENCE = 120_000
const LAST_TRY_AFTER = 60_000
const LAST_TRY_BEFORE_DEADLINE = 8_000
const ERROR_EVENT_BEFORE_DEADLINE = 3_000
const ANSWER_BEFORE_DEADLINE = 5_000
const MOST_PROJECTS = 3
const MOST_MARKED_KEYS = 2
const MOST_ERROR_BYTES = 64 * 1024

/** What a request has tried so far. */
interface Tries {
  count: number
  /** Projects and keys that must not be chosen again. */
  tried: Set<string>
  projects: Set<string>
  markedKeys: number
  /** `once` rules that have been used. */
  spent: Set<Fault['class']>
}

export const geminiClient = ({ send, keys, distrust, pool, settle, clock }: GeminiClientOptions): GeminiClient => {
  const attempt = async <Reader extends ReplyReader>(
    call: UpstreamCall,
    caller: Caller,
    key: GeminiKey,
    number: number,
    newReader: () => Reader,
  ): Promise<Opened<Reader>> => {
    const begun = clock()
    const reader = newReader()
    let firstContent: number | undefined
    const record = (outcome: Settlement['outcome']): void => {
      const { usage, modelVersion, responseId, reasons } = reader.summary
      caller.after(
        settle({
          requestId: caller.requestId,
          client: caller.client.name,
          clientKeyId: caller.client.keyId,
          keyId: key.id,
          project: key.project,
          protocol: caller.protocol,
          asked: caller.asked,
          model: call.model,
          modelVersion,
          responseId,
          streamed: call.streamed,
          outcome,
          attempt: number,
          firstContent,
          duration: clock() - begun,
          usage,
          reasons,
          estimated: outcome === 'broken',
        }),
      )
    }

    try {
      const left = caller.deadline - begun - ANSWER_BEFORE_DEADLINE
      const response = await send({
        method: call.method,
        path: call.path,
        headers: { ...call.headers, 'x-goog-api-key': key.key },
        body: call.body,
        patience: Math.max(1, call.streamed ? Math.min(FIRST_BYTE, left) : left),
      })
      const status = response.statusCode ?? 0
      if (status < 200 || status > 299) throw readError(status, await readErrorText(response))
      const limits = { silence: SILENCE, deadline: caller.deadline - ERROR_EVENT_BEFORE_DEADLINE, clock }
      const flow = await readReply(response, reader, limits, (error) => {
        // A failure before the commit point is recorded below, by its fault.
        if (!error) record('complete')
        else if (firstContent !== undefined) record('broken')
      })
      firstContent = clock() - begun
      return { reader, flow, status, headers: response.headers, key }
    } catch (thrown) {
      const error = asGatewayError(thrown)
      record(faultOf(error).class)
      throw error
    }
  }

  return {
    async open(call, caller, newReader) {
      const list = await keys()
      const tries: Tries = { count: 0, tried: new Set(), projects: new Set(), markedKeys: 0, spent: new Set() }
      let current = call
      let last: GatewayError | undefined
      for (;;) {
        const need = { affinity: call.affinity, model: call.model, project: call.project, tried: tries.tried }
        const key = pool.choose(list, need, clock())
        if (!key) throw worst(last, pool.exhaustion(list, call.model, clock()))
        tries.count++
        tries.projects.add(key.project)
        try {
          return await attempt(current, caller, key, tries.count, newReader)
        } catch (thrown) {
          const error = asGatewayError(thrown)
          const fault = faultOf(error)
          pool.mark(key, call.model, fault, clock())
          if (fault.class === 'key_dead' || fault.class === 'key_leaked') distrust()
          last = error
          const next = nextTry(current, key, fault, tries)
          if (!next || !timeForAnother(caller, clock())) throw error
          current = next
        }
      }
    },
  }
}

/** The call for another try after a fault, or nothing. Notes in `tries` what must not be tried again. */
const nextTry = (call: UpstreamCall, key: GeminiKey, fault: Fault, tries: Tries): UpstreamCall | undefined => {
  const { again, scope } = CONSEQUENCES[fault.class]
  const first = !tries.spent.has(fault.class)
  tries.spent.add(fault.class)
  if (scope === 'key') tries.markedKeys++
  tries.tried.add(scope === 'key' ? key.id : key.project)
  switch (again) {
    case 'never':
      return undefined
    case 'remedied': {
      const remedy = fault.class === 'signature' || fault.class === 'schema' ? call.remedy?.(fault.class) : undefined
      tries.tried.delete(key.project)
      return remedy && first ? { ...call, body: remedy } : undefined
    }
    case 'same once':
      if (first) tries.tried.delete(key.project)
      return tries.count < MOST_PROJECTS ? call : undefined
    case 'elsewhere once':
      return first ? call : undefined
    case 'elsewhere':
      return tries.projects.size < MOST_PROJECTS || (scope === 'key' && tries.markedKeys < MOST_MARKED_KEYS)
        ? call
        : undefined
  }
}

const timeForAnother = ({ receivedAt, deadline }: Caller, now: number): boolean =>
  now - receivedAt < LAST_TRY_AFTER && deadline - now > LAST_TRY_BEFORE_DEADLINE

/** Of the last failure and the state of the pool, what the client should hear. */
const worst = (last: GatewayError | undefined, exhaustion: GatewayError): GatewayError => {
  if (!last) return exhaustion
  return ['quota_minute', 'quota_day', 'pool_dead'].includes(last.kind) ? exhaustion : last
}

const readErrorText = async (response: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece)
      length += piece.length
      if (length > MOST_ERROR_BYTES) break
    }
  } catch {
    // What came before the connection broke is all that will come; the status says enough.
  }
  return Buffer.concat(pieces).toString()
}
