import type { Made, ReplyReader } from '../gemini/flow.ts'
import type { Attempt } from '../gemini/upstream/client.ts'
import { JUDGES, type ReplyForm } from './judges.ts'
import { summaryOf } from './summary.ts'

/** Reads a reply by passing it on: bytes wait inside until someone listens, and a tap reads the usage off their end. */
export interface TapReader extends ReplyReader {
  listen(listener: (bytes: Buffer) => void): void
}

/** Where the usage stands: at the end of the last response, or near the begin of a whole interaction. Bytes. */
const HEAD = 2 * 1024
const TAIL = 16 * 1024

/** `begun` is what a call that was answered began, without its reply holding it. */
export const tapReader = (
  form: ReplyForm,
  attempt: Pick<Attempt, 'emptyIsFault'>,
  begun: Partial<Made> = {},
): TapReader => {
  const held: Buffer[] = []
  let listener: ((bytes: Buffer) => void) | undefined
  let head: Buffer = Buffer.alloc(0)
  let tail: Buffer[] = []
  let tailBytes = 0
  const judge = JUDGES[form](attempt)

  const keepTail = (bytes: Buffer): void => {
    if (head.length === 0) head = bytes.subarray(0, HEAD)
    tail.push(bytes)
    tailBytes += bytes.length
    while (tail[0] && tailBytes - tail[0].length >= TAIL) tailBytes -= tail.shift()?.length ?? 0
  }

  const pass = (bytes: Buffer): void => {
    if (listener) listener(bytes)
    else held.push(bytes)
  }

  return {
    get committed() {
      return judge.committed
    },
    get summary() {
      return {
        ...summaryOf(Buffer.concat([head, ...tail]).toString()),
        made: { ...judge.made, ...(tailBytes > 0 && begun) },
      }
    },
    push(bytes) {
      if (form !== 'bytes' && form !== 'shown') keepTail(bytes)
      judge.push(bytes).forEach(pass)
    },
    end() {
      judge.end().forEach(pass)
    },
    listen(next) {
      listener = next
      for (const bytes of held.splice(0)) next(bytes)
    },
  }
}
