import type { GatewayError } from '../../errors.ts'
import type { Block, TurnEnd, TurnEvent } from '../../gemini/turn.ts'
import type { Stamp, StreamWriter } from '../../protocol.ts'
import { errorObject } from '../errors.ts'
import type { ChatBody } from './body.ts'
import {
  after,
  annotationsOf,
  audioIdOf,
  before,
  type ContentBlock,
  completionUsage,
  extraContent,
  finishReason,
  idOf,
  isContent,
  isLegacy,
  isSound,
  logprobsOf,
  mostCalls,
  refusalText,
  tierOf,
  toolCallOf,
} from './reply.ts'
import type { Annotation, Delta } from './wire.ts'

type Opened = Extract<TurnEvent, { type: 'open' }>
type BlockEvent = Exclude<TurnEvent, { type: 'start' | 'end' }>
type Closed = Extract<TurnEvent, { type: 'close' }>

/** One candidate's choice: the constant beginnings of its frames, and what is known of it so far. */
interface ChoiceState {
  head: string
  content: string
  thought: string
  /** The message's content so far, as the inside of a JSON string; and what of it stands before the block under way. */
  written: string
  preceding: string
  previous: ContentBlock['kind'] | undefined
  calls: number
  images: number
  sounds: number
  /** A call's arguments, since it is written when its signature is known; and how code ended so far. */
  literal: string
  annotations: Annotation[]
  signature: string | undefined
}

const DONE = 'data: [DONE]\n\n'

/**
 * A turn as OpenAI's chunks. The delta of a text is pasted between two constant strings; an image's frame is begun when it
 * opens and ended when it closes, and until then nothing else may be written, so that other candidates wait.
 */
export const stream = (body: ChatBody, stamp: Stamp): StreamWriter => {
  const withUsage = body.stream_options?.include_usage === true
  const envelope =
    `data: {"id":${JSON.stringify(idOf(stamp))},"object":"chat.completion.chunk","created":${stamp.created},` +
    `"model":${JSON.stringify(body.model)},"choices":[`
  const last = withUsage ? ',"usage":null}\n\n' : '}\n\n'
  const tail = `},"finish_reason":null}]${last}`
  const textTail = `"${tail}`
  const choices: ChoiceState[] = []
  let media: { candidate: number; tail: string; waiting: BlockEvent[] } | undefined

  const frame = (choice: ChoiceState, delta: Delta): string => choice.head + JSON.stringify(delta).slice(1, -1) + tail

  const begin = (candidate: number): string => {
    const head = `${envelope}{"index":${candidate},"delta":{`
    const choice: ChoiceState = {
      head,
      content: `${head}"content":"`,
      thought: `${head}"reasoning_content":"`,
      written: '',
      preceding: '',
      previous: undefined,
      calls: 0,
      images: 0,
      sounds: 0,
      literal: '',
      annotations: [],
      signature: undefined,
    }
    choices[candidate] = choice
    return frame(choice, { role: 'assistant', content: '' })
  }

  /** Content that is not the model's own text. */
  const aside = (choice: ChoiceState, content: string): string => {
    if (content === '') return ''
    choice.written += JSON.stringify(content).slice(1, -1)
    return frame(choice, { content })
  }

  const open = (choice: ChoiceState, { candidate, block }: Opened): string => {
    if (isContent(block)) {
      const text = aside(choice, before(block, choice.previous))
      choice.preceding = choice.written
      return text
    }
    if (block.kind !== 'media') return ''
    const type = JSON.stringify(block.mimeType).slice(1, -1)
    if (isSound(block)) {
      choice.sounds++
      media = { candidate, tail: `"}${tail}`, waiting: [] }
      return `${choice.head}"audio":{"id":${JSON.stringify(audioIdOf(stamp))},"data":"`
    }
    media = { candidate, tail: `"},"index":${choice.images++}}]${tail}`, waiting: [] }
    return `${choice.head}"images":[{"type":"image_url","image_url":{"url":"data:${type};base64,`
  }

  const delta = (choice: ChoiceState, block: Block, literal: string): string => {
    switch (block.kind) {
      case 'code':
      case 'codeResult':
        choice.literal = literal
        choice.written += literal
        return choice.content + literal + textTail
      case 'text':
        choice.written += literal
        return choice.content + literal + textTail
      case 'thought':
        return choice.thought + literal + textTail
      case 'media':
        return literal
      case 'call':
        choice.literal += literal
        return ''
      case 'search':
      case 'fetch':
        return ''
    }
  }

  const close = (choice: ChoiceState, event: Closed): string => {
    const { block } = event
    if (isContent(block)) {
      if (event.citations) choice.annotations.push(...annotationsOf(event, unescape(choice.preceding).length))
      choice.previous = block.kind
      if (block.kind === 'text') choice.signature = event.signature
      return logprobs(choice, event) + aside(choice, after(block, heldBack(choice)))
    }
    if (block.kind === 'call') return call(choice, block, event.signature)
    if (block.kind !== 'media' || !media) return ''
    const { tail, waiting } = media
    media = undefined
    return tail + waiting.map(write).join('')
  }

  const logprobs = (choice: ChoiceState, event: Closed): string => {
    const found = logprobsOf(event)
    return found ? `${choice.head}},"logprobs":${JSON.stringify(found)},"finish_reason":null}]${last}` : ''
  }

  /** What was held back of the block, used up. */
  const heldBack = (choice: ChoiceState): string => {
    const text = unescape(choice.literal)
    choice.literal = ''
    return text
  }

  const call = (
    choice: ChoiceState,
    block: Extract<Block, { kind: 'call' }>,
    signature: string | undefined,
  ): string => {
    const text = heldBack(choice)
    if (choice.calls >= mostCalls(body)) return ''
    const index = choice.calls++
    return isLegacy(body)
      ? frame(choice, { function_call: { name: block.name, arguments: text } })
      : frame(choice, { tool_calls: [{ index, ...toolCallOf({ ...block, text, signature }, body) }] })
  }

  const end = ({ outcomes, blocked, usage }: TurnEnd): string => {
    const tier = JSON.stringify(tierOf(usage)).slice(1, -1)
    const finished = outcomes.map((outcome, candidate) => {
      const begun = choices[candidate] ? '' : begin(candidate)
      const choice = choices[candidate] as ChoiceState
      const refusal = blocked === undefined ? '' : frame(choice, { refusal: refusalText(blocked) })
      const extras = {
        ...(choice.sounds > 0 && { audio: { expires_at: stamp.created, transcript: '' } }),
        ...(choice.annotations.length > 0 && { annotations: choice.annotations }),
        ...extraContent(choice.signature),
      }
      const more = Object.keys(extras).length > 0 ? frame(choice, extras) : ''
      const finish = `${choice.head}},"finish_reason":"${finishReason(outcome, body)}"}]${tier && `,${tier}`}${last}`
      return begun + refusal + more + finish
    })
    const counted = withUsage ? `${envelope}],"usage":${JSON.stringify(completionUsage(usage))}}\n\n` : ''
    return finished.join('') + counted + DONE
  }

  const write = (event: BlockEvent): string => {
    if (media && media.candidate !== event.candidate) {
      media.waiting.push(event)
      return ''
    }
    const begun = choices[event.candidate] ? '' : begin(event.candidate)
    const choice = choices[event.candidate] as ChoiceState
    switch (event.type) {
      case 'open':
        return begun + open(choice, event)
      case 'delta':
        return delta(choice, event.block, event.literal)
      case 'close':
        return close(choice, event)
    }
  }

  return {
    start: () => begin(0),
    write(event) {
      if (event.type === 'start') return ''
      return event.type === 'end' ? end(event) : write(event)
    },
    fail(error: GatewayError) {
      const rest = media?.tail ?? ''
      media = undefined
      return `${rest}data: ${JSON.stringify({ error: errorObject(error) })}\n\n`
    },
  }
}

const unescape = (literal: string): string => JSON.parse(`"${literal}"`) as string
