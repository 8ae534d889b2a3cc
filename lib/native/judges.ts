import { brokenOff } from '../gemini/errors.ts'
import { type Made, NOTHING_MADE } from '../gemini/flow.ts'
import { splitEvents } from '../gemini/reply/events.ts'
import type { Attempt } from '../gemini/upstream/client.ts'
import { eventBorders } from './borders.ts'
import { arrayElements } from './elements.ts'
import { type MadeCounter, madeCounter } from './made.ts'
import { isAnswer, judge, refuseError, responsesIn } from './verdict.ts'

/**
 * `events`: a turn as server-sent events. `array`: a turn as Google's growing JSON array. `turn`: one in a single piece.
 * `steps`: an interaction's events. `whole`: any other JSON. `shown`: JSON that tells of other calls, whose counts are theirs.
 * `receipt`: what an upload is answered with, often nothing. `bytes`: a file.
 */
export type ReplyForm = 'events' | 'array' | 'turn' | 'steps' | 'whole' | 'shown' | 'receipt' | 'bytes'

/** A whole reply is held back until it ends or is larger than this; bytes. */
const HELD = 256 * 1024

/** What a form makes of its bytes. Methods throw where they are a failure: before the commit one that another try may heal. */
export interface Judge {
  /** What of it may go on to the client. */
  push(bytes: Buffer): readonly Buffer[]
  end(): readonly Buffer[]
  readonly committed: boolean
  readonly made: Made
}

type Rules = Pick<Attempt, 'emptyIsFault'>

export const JUDGES: Record<ReplyForm, (rules: Rules) => Judge> = {
  events: (rules) => judgeEvents(rules),
  array: (rules) => judgeArray(rules),
  turn: ({ emptyIsFault }) => judgeHeld((text) => judge(text, emptyIsFault) !== 'nothing', madeCounter()),
  steps: () => judgeSteps(),
  whole: () => judgeHeld(isAnswer, madeCounter()),
  shown: () => judgeHeld(isAnswer),
  receipt: () => judgeHeld(() => true),
  bytes: () => ({ push: (bytes) => [bytes], end: () => [], committed: true, made: NOTHING_MADE }),
}

/** Commits at the first content, and takes an end without a finish reason for a failure. Goes on by whole events. */
const judgeEvents = ({ emptyIsFault }: Rules): Judge => {
  const counter = madeCounter()
  const borders = eventBorders()
  let committed = false
  let finished = false
  let ended = false
  const splitter = splitEvents((bytes, start, end) => {
    const text = bytes.toString('utf8', start, end)
    counter.push(text)
    // What ends with the stream and not with a blank line may be a piece of an event.
    if (ended) responsesIn(text)
    if (committed && text.includes('"error"')) refuseError(text)
    const seen = committed ? 'content' : judge(text, emptyIsFault)
    finished ||= seen === 'over' || text.includes('"finishReason"')
    committed ||= seen !== 'nothing'
  })
  return {
    push(bytes) {
      splitter.push(bytes)
      return borders.upTo(bytes)
    },
    end() {
      ended = true
      const strays = splitter.end()
      refuseError(strays)
      if (!finished || strays !== '') throw brokenOff()
      return borders.rest()
    },
    get committed() {
      return committed
    },
    get made() {
      return counter.made
    },
  }
}

/** Longer than any error, and far shorter than a picture. Bytes. */
const LONGEST_ERROR = 64 * 1024

/** The same for an array, whose responses have no borders but their brackets. */
const judgeArray = ({ emptyIsFault }: Rules): Judge => {
  const counter = madeCounter()
  let committed = false
  let finished = false
  const elements = arrayElements((element) => {
    finished ||= element.includes('"finishReason"')
    if (committed && (element.length > LONGEST_ERROR || !element.includes('"error"'))) return
    const text = element.toString().replace(/^[\s,[]+/, '')
    if (committed) {
      refuseError(text)
      return
    }
    const seen = judge(text, emptyIsFault)
    finished ||= seen === 'over'
    committed = seen !== 'nothing'
  })
  return {
    push(bytes) {
      counter.push(bytes.toString('latin1'))
      return elements.upTo(bytes)
    },
    end() {
      const { closed } = elements
      const rest = elements.rest()
      if (!committed) refuseError(Buffer.concat(rest).toString())
      if (!finished || !closed) throw brokenOff()
      return rest
    },
    get committed() {
      return committed
    },
    get made() {
      return counter.made
    },
  }
}

/** The last few characters, wherever the bytes are cut. */
const endOf = (before: string, bytes: Buffer): string => (before + bytes.subarray(-4).toString('latin1')).slice(-4)

/** An interaction is there from its first event on, and over when it says so, or that all is done. */
const judgeSteps = (): Judge => {
  const counter = madeCounter()
  let committed = false
  let finished = false
  const splitter = splitEvents((bytes, start, end) => {
    const text = bytes.toString('utf8', start, end)
    if (!committed || text.includes('"error"')) refuseError(text)
    counter.push(text)
    finished ||= text === '[DONE]' || /"event_type":\s*"interaction\.complete/.test(text)
    committed = true
  })
  const borders = eventBorders()
  return {
    push(bytes) {
      splitter.push(bytes)
      return borders.upTo(bytes)
    },
    end() {
      const strays = splitter.end()
      refuseError(strays)
      if (!finished || strays !== '') throw brokenOff()
      return borders.rest()
    },
    get committed() {
      return committed
    },
    get made() {
      return counter.made
    },
  }
}

/** Commits at its end, where `isOver` reads it, or when it is too large to be held: then it must end as JSON does. */
const judgeHeld = (isOver: (text: string) => boolean, counter?: MadeCounter): Judge => {
  const held: Buffer[] = []
  let size = 0
  let last = ''
  return {
    push(bytes) {
      counter?.push(bytes.toString('latin1'))
      size += bytes.length
      last = endOf(last, bytes)
      if (size > HELD) held.length = 0
      else held.push(bytes)
      return [bytes]
    },
    end() {
      const over = size > HELD ? /[}\]]\s*$/.test(last) : isOver(Buffer.concat(held).toString())
      if (!over) throw brokenOff()
      return []
    },
    get committed() {
      return size > HELD
    },
    get made() {
      return counter?.made ?? NOTHING_MADE
    },
  }
}
