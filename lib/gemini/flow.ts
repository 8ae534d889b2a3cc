import type { Readable } from 'node:stream'
import { asGatewayError, GatewayError } from '../errors.ts'
import { tooLarge, upstreamError } from './errors.ts'
import type { UsageMetadata } from './wire.ts'

/** What a call made beside text, as far as its reader looks inside. */
export interface Made {
  images: number
  /** Of sound or video. */
  seconds: number
  /** Queries that Google searched for. */
  searches: number
}

export const NOTHING_MADE: Made = { images: 0, seconds: 0, searches: 0 }

/** What settles a call: counts and names that only the reply knows. */
export interface ReplySummary {
  usage: UsageMetadata
  modelVersion: string
  responseId: string
  /** Google's finish reasons, one for each candidate. */
  reasons: readonly string[]
  made: Made
}

/** Reads one upstream reply as its bytes come in. Made anew for every try, since a try may be given up. */
export interface ReplyReader {
  /** Takes one network read. Throws when the reply turns out to be a failure. */
  push(bytes: Buffer): void
  /** Upstream ended. Throws when that was too early. */
  end(): void
  /** Something was read that the client must see: from here on no other try can help. */
  readonly committed: boolean
  readonly summary: ReplySummary
}

/** A reply from its commit point on. */
export interface Flow {
  /** `read` follows each network read, `end` comes once, with the error if the reply broke off. What came before is in the reader. */
  start(read: () => void, end: (error?: GatewayError) => void): void
  pause(): void
  resume(): void
  /** Breaks it off, as if it had failed. */
  cut(error: GatewayError): void
}

export interface FlowLimits {
  /** Milliseconds of silence that break a reply off. */
  silence: number
  /** When to give up to leave time for an error event; milliseconds since 1970. */
  deadline: number
  clock(): number
}

/** Told at once: what follows may come before a promise is heard of. */
export interface ReplyWatch {
  /** From here on no other try can help. A reply that ends before is only `over`. */
  committed(): void
  over(error?: GatewayError): void
}

/** Bytes that are kept of a reply which has not committed: a whole one, or an event that never ends. */
const MOST_HELD = 64 * 1024 * 1024

type Stage =
  | { at: 'deciding'; commit(): void; refuse(error: GatewayError): void }
  | { at: 'waiting'; over?: { error?: GatewayError } }
  | { at: 'flowing'; read(): void; end(error?: GatewayError): void }
  | { at: 'over' }

/**
 * Reads until the reply commits, then holds still until the flow is started. One listener and no promise per read; timers
 * run beside.
 *
 * What becomes of Google's answer, whatever happens: it is read to its end as long as it may be whole, also when the client
 * has gone, of which Lambda tells nothing, so that the books are exact. It is cancelled as soon as it can't be whole any
 * more: it broke or failed, fell silent, came to its deadline, or was more than anybody could read. Nobody would read what
 * Google still sends, and another try may be under way. It is never asked for again after the first content.
 */
export const readReply = (
  response: Readable,
  reader: ReplyReader,
  limits: FlowLimits,
  watch: ReplyWatch,
): Promise<Flow> =>
  new Promise((resolve, reject) => {
    let stage: Stage = { at: 'deciding', commit: () => resolve(flow), refuse: reject }
    let held = 0

    const finish = (error?: GatewayError): void => {
      clearTimeout(silence)
      clearTimeout(deadline)
      if (error) response.destroy()
      const last = stage
      if (last.at === 'over') return
      stage =
        last.at === 'flowing' || (last.at === 'deciding' && error) ? { at: 'over' } : { at: 'waiting', over: { error } }
      watch.over(error)
      if (last.at === 'deciding') {
        if (error) last.refuse(error)
        else last.commit()
      } else if (last.at === 'flowing') {
        last.end(error)
      }
    }
    const isOver = (): boolean => stage.at === 'over' || (stage.at === 'waiting' && stage.over !== undefined)

    const silence = setTimeout(() => {
      // A client that reads slowly is no silence of the model's.
      if (response.isPaused()) silence.refresh()
      else finish(upstreamError({ class: 'deadline' }, 'The model fell silent in the middle of its answer.'))
    }, limits.silence)
    const deadline = setTimeout(
      () => finish(upstreamError({ class: 'deadline' }, 'The answer took longer than this gateway may run.')),
      Math.max(0, limits.deadline - limits.clock()),
    )

    response.on('data', (bytes: Buffer) => {
      if (isOver()) return
      silence.refresh()
      if (stage.at === 'deciding') held += bytes.length
      try {
        if (held > MOST_HELD) throw tooLarge()
        reader.push(bytes)
      } catch (thrown) {
        finish(asGatewayError(thrown))
        return
      }
      if (stage.at === 'flowing') {
        stage.read()
      } else if (stage.at === 'deciding' && reader.committed) {
        response.pause()
        const { commit } = stage
        stage = { at: 'waiting' }
        watch.committed()
        commit()
      }
    })
    response.on('end', () => {
      if (isOver()) return
      try {
        reader.end()
      } catch (thrown) {
        finish(asGatewayError(thrown))
        return
      }
      finish()
    })
    response.on('error', (error) => {
      if (isOver()) return
      const broke = (): GatewayError =>
        upstreamError({ class: 'network' }, 'The connection to the model service broke.')
      finish(error instanceof GatewayError ? error : broke())
    })

    const flow: Flow = {
      start(read, end) {
        const before = stage
        read()
        if (before.at === 'waiting' && before.over) {
          stage = { at: 'over' }
          end(before.over.error)
          return
        }
        stage = { at: 'flowing', read, end }
        response.resume()
      },
      pause: () => response.pause(),
      resume: () => response.resume(),
      cut(error) {
        if (!isOver()) finish(error)
      },
    }
  })
