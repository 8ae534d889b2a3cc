import type { GatewayError } from '../errors.ts'
import { mediaFrame } from '../gemini/request/markdown-media.ts'
import type { Block, BlockEnd } from '../gemini/turn.ts'
import type { Stamp, StreamWriter } from '../protocol.ts'
import { errorObject } from './errors.ts'
import { hostedTools } from './hosted.ts'
import { betaFields, carriedSignature, citationsOf, emptyMessage, messageUsage, stopOf } from './reply.ts'
import { type MessagesBody, oneCallOnly } from './request.ts'
import type { ContentBlock, DeltaUsage, Usage, WebSearchCitation } from './wire.ts'

export const PING = 'event: ping\ndata: {"type": "ping"}\n\n'

/**
 * Content blocks one after the other: start, deltas, stop. Two things are held back. A call is written at its close, since
 * its signature stands in the thinking block before it; and a thinking block that nothing signed is stopped only when the
 * next block turns out not to sign it.
 */
export const stream = (body: MessagesBody, stamp: Stamp): StreamWriter => {
  const hosted = hostedTools(stamp)
  let next = 0
  let unsigned: number | undefined
  let called = false
  /** What goes before each delta of the block that is open. */
  let head = ''
  /** The pieces of a block that is needed as a whole. */
  let pieces: string[] = []

  /** Stops the thinking block that still stands open; a signature that finds none gets an empty one. */
  const settle = (signature?: string): string => {
    if (unsigned === undefined && signature === undefined) return ''
    const start = unsigned === undefined ? blockStart(next, EMPTY_THINKING) : ''
    const index = unsigned ?? next++
    unsigned = undefined
    return (
      start + (signature === undefined ? '' : delta(index, { type: 'signature_delta', signature })) + blockStop(index)
    )
  }

  const open = (block: Block): string => {
    pieces = []
    switch (block.kind) {
      case 'text':
        head = deltaHead(next, 'text')
        return settle() + blockStart(next, EMPTY_TEXT)
      case 'thought':
        head = deltaHead(next, 'thinking')
        return settle() + blockStart(next, EMPTY_THINKING)
      case 'media':
        head = deltaHead(next, 'text')
        return settle() + blockStart(next, EMPTY_TEXT) + head + escape(mediaFrame(block.mimeType).head) + TAIL
      case 'call':
      case 'code':
      case 'codeResult':
      case 'search':
      case 'fetch':
        return ''
    }
  }

  const write = (block: Block, literal: string): string => {
    switch (block.kind) {
      case 'text':
        pieces.push(literal)
        return head + literal + TAIL
      case 'thought':
      case 'media':
        return head + literal + TAIL
      case 'call':
      case 'code':
      case 'codeResult':
      case 'search':
      case 'fetch':
        pieces.push(literal)
        return ''
    }
  }

  const close = (block: Block, end: BlockEnd): string => {
    switch (block.kind) {
      case 'text':
        return citationDeltas(next, citationsOf(end, end.citations ? unescape(pieces) : '')) + blockStop(next++)
      case 'media':
        return head + mediaFrame(block.mimeType).tail + TAIL + blockStop(next++)
      case 'thought': {
        unsigned = next++
        const signature = carriedSignature(end, body)
        return signature === undefined ? '' : settle(signature)
      }
      case 'call': {
        if (called && oneCallOnly(body)) return ''
        called = true
        const { id, name } = block
        return (
          settle(carriedSignature(end, body)) +
          blockStart(next, { type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } }) +
          deltaHead(next, 'partial_json') +
          pieces.join('') +
          TAIL +
          blockStop(next++)
        )
      }
      case 'code':
      case 'codeResult':
      case 'search':
      case 'fetch':
        return (
          settle() +
          hosted
            .contentOf({ ...block, text: unescape(pieces) })
            .map(wholeBlock)
            .join('')
        )
    }
  }

  /** A block that came whole. Clients read a tool's input from deltas alone. */
  const wholeBlock = (block: ContentBlock): string => {
    const index = next++
    return block.type === 'server_tool_use'
      ? blockStart(index, { ...block, input: {} }) +
          delta(index, { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }) +
          blockStop(index)
      : blockStart(index, block) + blockStop(index)
  }

  return {
    start: () => '',
    write(event) {
      switch (event.type) {
        case 'start':
          return frame('message_start', { message: emptyMessage(body, stamp, event.usage) })
        case 'open':
          return event.candidate === 0 ? open(event.block) : ''
        case 'delta':
          return event.candidate === 0 ? write(event.block, event.literal) : ''
        case 'close':
          return event.candidate === 0 ? close(event.block, event) : ''
        case 'end':
          return (
            settle() +
            frame('message_delta', {
              ...betaFields(body),
              delta: { ...stopOf(event), container: null },
              usage: deltaUsage(messageUsage(event.usage, body, hosted)),
            }) +
            frame('message_stop', {})
          )
      }
    },
    fail: (error: GatewayError) => frame('error', { error: errorObject(error) }),
  }
}

const EMPTY_TEXT: ContentBlock = { type: 'text', text: '', citations: null }
const EMPTY_THINKING: ContentBlock = { type: 'thinking', thinking: '', signature: '' }

type EventName =
  | 'message_start'
  | 'content_block_start'
  | 'content_block_delta'
  | 'content_block_stop'
  | 'message_delta'
  | 'message_stop'
  | 'error'

const frame = (type: EventName, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

const blockStart = (index: number, block: ContentBlock): string =>
  frame('content_block_start', { index, content_block: block })

const blockStop = (index: number): string => frame('content_block_stop', { index })

const delta = (index: number, delta: Delta): string => frame('content_block_delta', { index, delta })

type Delta =
  | { type: 'signature_delta'; signature: string }
  | { type: 'input_json_delta'; partial_json: string }
  | { type: 'citations_delta'; citation: WebSearchCitation }

const DELTAS = { text: 'text_delta', thinking: 'thinking_delta', partial_json: 'input_json_delta' }

/** A delta up to its text, which is pasted as it comes: the inside of a JSON string. */
const deltaHead = (index: number, field: keyof typeof DELTAS): string =>
  `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${DELTAS[field]}","${field}":"`

const TAIL = '"}}\n\n'

const citationDeltas = (index: number, citations: readonly WebSearchCitation[] | null): string =>
  citations?.map((citation) => delta(index, { type: 'citations_delta', citation })).join('') ?? ''

const escape = (text: string): string => JSON.stringify(text).slice(1, -1)

const unescape = (pieces: readonly string[]): string => JSON.parse(`"${pieces.join('')}"`) as string

const deltaUsage = ({
  cache_creation: _,
  inference_geo: __,
  service_tier: ___,
  speed: ____,
  ...usage
}: Usage): DeltaUsage => usage
