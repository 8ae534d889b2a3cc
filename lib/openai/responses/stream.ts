import type { ErrorKind } from '../../errors.ts'
import type { Block, BlockEnd, TurnEnd, TurnEvent } from '../../gemini/turn.ts'
import type { Closing, Stamp, StreamWriter } from '../../protocol.ts'
import { errorObject } from '../errors.ts'
import type { ResponsesBody } from './body.ts'
import { courseOf, type ItemEvent } from './events.ts'
import type { Step } from './output.ts'
import { begun, finished, outputFor } from './reply.ts'
import { compacts } from './request.ts'
import type { OutputItem } from './wire.ts'

export const PING = ': ping\n\n'

/**
 * Items one after the other, each with its own events. Texts, thoughts and code are written as they come; everything
 * else when it is whole. A text is told again four times when it ends, so it is never unescaped: items hold a stand-in for
 * it, in place of which every event has it pasted as it came. No one else can write a stand-in, since the stamp's id is new.
 */
export const stream = (body: ResponsesBody, stamp: Stamp): StreamWriter => {
  const output = outputFor(body, stamp)
  const compacting = compacts(body)
  let number = 0
  /** The text of the block that is open, as the inside of a JSON string. */
  let literal = ''
  /** The same of blocks that are over, by the index of their item. */
  const literals: string[] = []
  const standIn = (index: number): string => `<text ${index} of ${stamp.id}>`
  const standIns = new RegExp(`<text (\\d+) of ${stamp.id}>`)
  /** What stands around the text of each delta of a growing item, but for the number behind; undefined while none grows. */
  let frame: { head: string; tail: string } | undefined

  const event = (fields: ItemEvent): string =>
    `event: ${fields.type}\ndata: ${paste(JSON.stringify({ ...fields, sequence_number: number++ }))}\n\n`

  /** Every other piece is the index in a stand-in. */
  const paste = (json: string): string =>
    json
      .split(standIns)
      .reduce((before, piece, place) => before + (place % 2 === 0 ? piece : (literals[Number(piece)] ?? '')))

  /** Events of one item, each with its place. A sum and no `join`, which would copy the text. */
  const events = (list: readonly ItemEvent[], item: OutputItem, output_index: number): string =>
    list.reduce(
      (before, { type, ...fields }) => before + event({ type, item_id: item.id, output_index, ...fields }),
      '',
    )

  const begin = (item: OutputItem, index: number): string => {
    const course = courseOf(item)
    const added = event({ type: 'response.output_item.added', output_index: index, item: course.begun(item) })
    return added + events(course.opening(item), item, index)
  }

  const close = (item: OutputItem, index: number): string => events(courseOf(item).closing(item), item, index)

  const done = (item: OutputItem, index: number): string =>
    events(courseOf(item).last?.(item) ?? [], item, index) +
    event({ type: 'response.output_item.done', output_index: index, item })

  const whole = (item: OutputItem, index: number): string => {
    const { delta, text } = courseOf(item)
    const told = delta && text?.(item)
    const begins = begin(item, index)
    const middle = told ? events([{ type: delta.type, ...delta.fields, delta: told, ...delta.after }], item, index) : ''
    return begins + middle + close(item, index) + done(item, index)
  }

  const writeSteps = (steps: readonly Step[]): string =>
    steps.map(({ ended, item, index }) => (ended ? done : whole)(item, index)).join('')

  const openBlock = (block: Block): string => {
    const settled = writeSteps(output.open(block))
    const index = output.items.length
    const item = output.growing(block)
    frame = item && frameOf(item, index)
    return item ? settled + begin(item, index) : settled
  }

  const closeBlock = (block: Block, end: BlockEnd): string => {
    const index = output.items.length
    literals[index] = literal
    const steps = output.close({
      ...block,
      ...end,
      text: isRead(block) || compacting ? unescape(literal) : standIn(index),
    })
    const item = frame && output.items[index]
    frame = undefined
    return (item ? close(item, index) : '') + writeSteps(steps)
  }

  const end = (turnEnd: TurnEnd, closing: Closing | undefined): string => {
    const settled = writeSteps(output.end(turnEnd.outcomes[0] ?? 'stop'))
    const response = finished(body, stamp, output.items, turnEnd, closing)
    return settled + event({ type: `response.${response.status}`, response })
  }

  return {
    start() {
      const response = begun(body, stamp)
      return event({ type: 'response.created', response }) + event({ type: 'response.in_progress', response })
    },
    write(turnEvent: TurnEvent, closing?: Closing) {
      if ('candidate' in turnEvent && turnEvent.candidate !== 0) return ''
      switch (turnEvent.type) {
        case 'start':
          return ''
        case 'open':
          literal = ''
          return openBlock(turnEvent.block)
        case 'delta':
          literal += turnEvent.literal
          return frame ? `${frame.head}${turnEvent.literal}${frame.tail}${number++}}\n\n` : ''
        case 'close': {
          const { type: _, candidate: __, index: ___, block, ...end } = turnEvent
          return closeBlock(block, end)
        }
        case 'end':
          return end(turnEvent, closing)
      }
    },
    fail(error) {
      const fields = errorObject(error)
      const { code, message, param } = fields
      // OpenAI documents the fields at the top and sends them under `error`: readers of both kinds exist.
      const told = event({ type: 'error', code, message, param, error: fields })
      const failure = {
        status: 'failed',
        store: false,
        error: { code: CODES[error.kind], message },
        output: output.items,
      } as const
      return told + event({ type: 'response.failed', response: { ...begun(body, stamp), ...failure } })
    },
  }
}

/** Items are made of what these say. */
const isRead = ({ kind }: Block): boolean => kind === 'call' || kind === 'codeResult'

const unescape = (literal: string): string => JSON.parse(`"${literal}"`) as string

/** A delta is its text between two constants: nothing else is made for it. */
const frameOf = (item: OutputItem, output_index: number): { head: string; tail: string } | undefined => {
  const { delta } = courseOf(item)
  if (!delta) return undefined
  const { type, fields, after } = delta
  const before = JSON.stringify({ type, item_id: item.id, output_index, ...fields }).slice(0, -1)
  const behind = Object.keys(after).length > 0 ? `,${JSON.stringify(after).slice(1, -1)}` : ''
  return { head: `event: ${type}\ndata: ${before},"delta":"`, tail: `"${behind},"sequence_number":` }
}

// https://platform.openai.com/docs/api-reference/responses/object#responses/object-error. The code for a context that is
// too long is not in its list, but OpenAI sends it, and Codex knows by it that it must compact.
const CODES: Record<ErrorKind, 'server_error' | 'rate_limit_exceeded' | 'invalid_prompt' | 'context_length_exceeded'> =
  {
    invalid_request: 'invalid_prompt',
    context_too_long: 'context_length_exceeded',
    authentication: 'server_error',
    permission: 'invalid_prompt',
    not_found: 'invalid_prompt',
    model_not_found: 'invalid_prompt',
    conflict: 'invalid_prompt',
    method_not_allowed: 'invalid_prompt',
    too_large: 'invalid_prompt',
    quota_minute: 'rate_limit_exceeded',
    quota_day: 'rate_limit_exceeded',
    pool_dead: 'server_error',
    overloaded: 'server_error',
    upstream: 'server_error',
    timeout: 'server_error',
    unavailable: 'server_error',
    internal: 'server_error',
  }
