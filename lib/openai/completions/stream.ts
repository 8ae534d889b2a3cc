import type { TurnEvent } from '../../gemini/turn.ts'
import { dataFrame } from '../../http/sse.ts'
import type { Stamp, StreamWriter } from '../../protocol.ts'
import { completionUsage } from '../chat/reply.ts'
import { errorObject } from '../errors.ts'
import { type Choice, echoOf, FINISH_REASON, idOf, logprobsOf } from './reply.ts'
import type { CompletionsBody } from './request.ts'

const DONE = 'data: [DONE]\n\n'

/** A turn as chunks of the same shape as the reply. What isn't text has no place here. */
export const stream = (body: CompletionsBody, stamp: Stamp): StreamWriter => {
  const withUsage = body.stream_options?.include_usage === true
  const head = { id: idOf(stamp), object: 'text_completion', created: stamp.created, model: body.model }
  /** Length of each candidate's text so far, in UTF-16 code units; and where the block under way began. */
  const lengths: number[] = []
  const bases: number[] = []

  const frame = (choice: Choice): string =>
    dataFrame(JSON.stringify({ ...head, choices: [choice], ...(withUsage && { usage: null }) }))
  const said = (index: number, text: string): string => frame({ index, text, logprobs: null, finish_reason: null })

  const begin = (candidate: number): string => {
    if (lengths[candidate] !== undefined) return ''
    const echo = echoOf(body, candidate)
    lengths[candidate] = echo.length
    return echo === '' ? '' : said(candidate, echo)
  }

  const write = (event: Exclude<TurnEvent, { type: 'start' | 'end' }>): string => {
    const { candidate, block } = event
    if (block.kind !== 'text') return ''
    const begun = begin(candidate)
    const length = lengths[candidate] ?? 0
    switch (event.type) {
      case 'open':
        bases[candidate] = length
        return begun
      case 'delta': {
        const text = JSON.parse(`"${event.literal}"`) as string
        lengths[candidate] = length + text.length
        return begun + said(candidate, text)
      }
      case 'close': {
        const logprobs = logprobsOf(event, bases[candidate] ?? 0)
        return logprobs ? frame({ index: candidate, text: '', logprobs, finish_reason: null }) : ''
      }
    }
  }

  return {
    start: () => '',
    write(event) {
      if (event.type === 'start') return ''
      if (event.type !== 'end') return write(event)
      const finished = event.outcomes.map(
        (outcome, index) =>
          begin(index) + frame({ index, text: '', logprobs: null, finish_reason: FINISH_REASON[outcome] }),
      )
      const usage = withUsage
        ? dataFrame(JSON.stringify({ ...head, choices: [], usage: completionUsage(event.usage) }))
        : ''
      return finished.join('') + usage + DONE
    },
    fail: (error) => dataFrame(JSON.stringify({ error: errorObject(error) })),
  }
}
