import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { asGatewayError } from '../../errors.ts'
import type { SharedCooldowns } from '../../keys/cooldowns.ts'
import { servedTag } from '../../keys/rendezvous.ts'
import type { GeminiKey } from '../../keys/source.ts'
import { faultOf } from '../errors.ts'
import { type ReplyReader, readReply } from '../flow.ts'
import type { Caller, NewReader, Opened, UpstreamCall } from './call.ts'
import { readRefusal } from './refusal.ts'
import type { Send } from './send.ts'
import { estimateOf, type Settle, type Settlement } from './settlement.ts'
import type { Tries } from './tries.ts'

export interface TryParts {
  send: Send
  /** Catches up with other environments while upstream is waited for. Never fails. */
  refresh: SharedCooldowns['refresh']
  settle: Settle
  /** Milliseconds since 1970. */
  clock(): number
}

// DESIGN's limits, in milliseconds
const FIRST_BYTE = 300_000
const SILENCE = 120_000
const ERROR_EVENT_BEFORE_DEADLINE = 3_000
const ANSWER_BEFORE_DEADLINE = 5_000
/** Google compresses nothing that it isn't asked to, and it isn't; whatever stands between it and us may. */
const plainBody = async (response: IncomingMessage): Promise<Readable> =>
  (await import('./inflate.ts')).inflated(response)

/** One call with one key: opened as soon as its reply commits, failed if that never comes. In the books once, either way. */
export const singleTry =
  ({ send, refresh, settle, clock }: TryParts) =>
  async <Reader extends ReplyReader>(
    call: UpstreamCall,
    caller: Caller,
    key: GeminiKey,
    { count, spent }: Pick<Tries, 'count' | 'spent'>,
    newReader: NewReader<Reader>,
  ): Promise<Opened<Reader>> => {
    const begun = clock()
    const reader = newReader({ tag: servedTag(call.affinity, key.project), emptyIsFault: !spent.has('empty') })
    let firstContent: number | undefined
    const record = (outcome: Settlement['outcome']): void => {
      const { usage, modelVersion, responseId, reasons, made } = reader.summary
      const counted = Object.keys(usage).length > 0
      const estimate = counted || outcome !== 'complete' ? undefined : estimateOf(call)
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
          attempt: count,
          firstContent,
          duration: clock() - begun,
          usage: estimate ?? usage,
          reasons,
          ...made,
          estimated: outcome === 'broken' || estimate !== undefined,
        }),
      )
    }

    try {
      const left = caller.deadline - begun - ANSWER_BEFORE_DEADLINE
      const answer = send({
        method: call.method,
        path: call.path,
        headers: { ...call.headers, 'x-goog-api-key': key.key },
        body: call.bodyFor?.(key.project) ?? call.body,
        patience: Math.max(1, call.streamed ? Math.min(FIRST_BYTE, left) : left),
      })
      const caughtUp = refresh()
      if (caughtUp) caller.after(caughtUp)
      const response = await answer
      const status = response.statusCode ?? 0
      const body = response.headers['content-encoding'] ? await plainBody(response) : response
      if (status < 200 || status > 299) throw await readRefusal(status, body)
      const limits = { silence: SILENCE, deadline: caller.deadline - ERROR_EVENT_BEFORE_DEADLINE, clock }
      const flow = await readReply(body, reader, limits, {
        committed: () => {
          firstContent = clock() - begun
        },
        over: (error) => {
          // A failure before the commit point is recorded below, by its fault.
          if (!error) record('complete')
          else if (firstContent !== undefined) record('broken')
        },
      })
      return { reader, flow, status, headers: response.headers, key }
    } catch (thrown) {
      const error = asGatewayError(thrown)
      record(faultOf(error).class)
      throw error
    }
  }
