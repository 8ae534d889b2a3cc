import { isDeepStrictEqual } from 'node:util'

export type Event = { type: string } & Record<string, unknown>

/** The frames of a stream, or an error that says what is wrong with their framing. */
export const framesOf = (text: string): Event[] => {
  if (!text.endsWith('\n\n')) throw new Error('the stream ends inside of a frame')
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((frame) => {
      const match = /^event: ([a-z_]+)\ndata: (\{[^\n]*\})$/.exec(frame)
      if (!match) throw new Error(`no frame: ${frame}`)
      const event = JSON.parse(match[2] ?? '') as Event
      if (event.type !== match[1]) throw new Error(`frame ${match[1]} holds ${event.type}`)
      return event
    })
}

interface Block {
  type: string
  id?: string
  tool_use_id?: string
}

/** What a block is when it starts, and the deltas it may have after that, in this order. */
const BLOCKS: Record<string, { start?: object; course: RegExp }> = {
  text: { start: { type: 'text', text: '', citations: null }, course: /^(text_delta )*(citations_delta )*$/ },
  thinking: {
    start: { type: 'thinking', thinking: '', signature: '' },
    course: /^(thinking_delta )*(signature_delta )?$/,
  },
  tool_use: { course: /^(input_json_delta )+$/ },
  server_tool_use: { course: /^(input_json_delta )+$/ },
  web_search_tool_result: { course: /^$/ },
  web_fetch_tool_result: { course: /^$/ },
  code_execution_tool_result: { course: /^$/ },
}

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what)
}

/** Throws at the first event that a stream of Messages must not have there. A stream ends whole or with an error. */
export const checkGrammar = (events: readonly Event[]): void => {
  let state: 'before' | 'between blocks' | 'in a block' | 'told why' | 'over' = 'before'
  let index = 0
  let block: Block | undefined
  let course = ''
  let input = ''
  const calls = new Set<string>()
  const uses = new Set<string>()

  const start = (event: Event, where: string): void => {
    block = event['content_block'] as Block
    course = ''
    input = ''
    const rule = BLOCKS[block.type]
    must(event['index'] === index, `${where}: index is ${String(event['index'])}, not ${index}`)
    must(rule !== undefined, `${where}: no such block as ${block.type}`)
    must(!rule?.start || isDeepStrictEqual(rule.start, block), `${where}: starts with content`)
    if (block.id !== undefined) {
      const ids = block.type === 'tool_use' ? calls : uses
      must(/^[a-zA-Z0-9_-]{1,64}$/.test(block.id) && !ids.has(block.id), `${where}: id ${block.id}`)
      must(isDeepStrictEqual((block as { input?: object }).input, {}), `${where}: starts with input`)
      ids.add(block.id)
    }
    if (block.tool_use_id !== undefined) must(uses.has(block.tool_use_id), `${where}: result of no use`)
  }

  const stop = (event: Event, where: string): void => {
    must(event['index'] === index++, `${where}: index is ${String(event['index'])}`)
    must(BLOCKS[block?.type ?? '']?.course.test(course) ?? false, `${where}: ${block?.type} went "${course}"`)
    if (block?.id !== undefined) {
      const value: unknown = JSON.parse(input)
      must(typeof value === 'object' && value !== null && !Array.isArray(value), `${where}: input is no object`)
    }
  }

  events.forEach((event, number) => {
    const where = `event ${number}, ${event.type}`
    const after = (...states: (typeof state)[]): void => must(states.includes(state), `${where}: ${state}`)
    switch (event.type) {
      case 'ping':
        after('before', 'between blocks', 'in a block')
        return
      case 'message_start': {
        const message = event['message'] as { content: unknown[]; stop_reason: unknown }
        after('before')
        must(message.content.length === 0 && message.stop_reason === null, `${where}: is not empty`)
        state = 'between blocks'
        return
      }
      case 'content_block_start':
        after('between blocks')
        start(event, where)
        state = 'in a block'
        return
      case 'content_block_delta': {
        const delta = event['delta'] as { type: string; partial_json?: string }
        after('in a block')
        must(event['index'] === index, `${where}: index is ${String(event['index'])}`)
        course += `${delta.type} `
        input += delta.partial_json ?? ''
        return
      }
      case 'content_block_stop':
        after('in a block')
        stop(event, where)
        state = 'between blocks'
        return
      case 'message_delta': {
        const { stop_reason } = event['delta'] as { stop_reason: string }
        after('between blocks')
        must(stop_reason !== (calls.size > 0 ? 'end_turn' : 'tool_use'), `${where}: ${stop_reason}`)
        state = 'told why'
        return
      }
      case 'message_stop':
        after('told why')
        state = 'over'
        return
      case 'error':
        after('before', 'between blocks', 'in a block')
        state = 'over'
        return
      default:
        throw new Error(`${where}: no such event`)
    }
  })
  must((state as string) === 'over', `the stream ends ${state}`)
}
