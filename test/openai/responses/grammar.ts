import { isDeepStrictEqual } from 'node:util'

export type Event = { type: string; sequence_number: number } & Record<string, unknown>
type Item = { id: string; type: string } & Record<string, unknown>

/** The frames of a stream, or an error that says what is wrong with their framing. */
export const framesOf = (text: string): Event[] => {
  if (!text.endsWith('\n\n')) throw new Error('the stream ends inside of a frame')
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((frame) => {
      const match = /^event: ([a-z_.]+)\ndata: (\{.*\})$/.exec(frame)
      if (!match) throw new Error(`no frame: ${frame}`)
      const event = JSON.parse(match[2] ?? '') as Event
      if (event.type !== match[1]) throw new Error(`frame ${match[1]} holds ${event.type}`)
      return event
    })
}

/** What may happen to an item between its being added and done, in `response.` events. */
const COURSES: Record<string, RegExp> = {
  message:
    /^content_part\.added( output_text\.delta)*( output_text\.annotation\.added)* output_text\.done content_part\.done$/,
  reasoning:
    /^(reasoning_summary_part\.added( reasoning_summary_text\.delta)* reasoning_summary_text\.done reasoning_summary_part\.done)?$/,
  function_call: /^function_call_arguments\.delta function_call_arguments\.done$/,
  custom_tool_call: /^(custom_tool_call_input\.delta )?custom_tool_call_input\.done$/,
  local_shell_call: /^$/,
  shell_call: /^(shell_call_command\.added shell_call_command\.delta shell_call_command\.done ?)*$/,
  apply_patch_call: /^$/,
  tool_search_call: /^$/,
  web_search_call: /^web_search_call\.in_progress web_search_call\.searching web_search_call\.completed$/,
  code_interpreter_call:
    /^code_interpreter_call\.in_progress( code_interpreter_call_code\.delta)* code_interpreter_call_code\.done code_interpreter_call\.interpreting code_interpreter_call\.completed$/,
  image_generation_call:
    /^image_generation_call\.in_progress image_generation_call\.generating image_generation_call\.completed$/,
}

/** Where a finished item keeps the text that its deltas brought. */
const TEXT: Record<string, (item: never) => unknown> = {
  message: (item: { content: { text: string }[] }) => item.content[0]?.text,
  reasoning: (item: { summary: { text: string }[] }) => item.summary[0]?.text ?? '',
  function_call: (item: { arguments: string }) => item.arguments,
  custom_tool_call: (item: { input: string }) => item.input,
  shell_call: (item: { action: { commands: string[] } }) => item.action.commands.join(''),
  code_interpreter_call: (item: { code: string }) => item.code,
}

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what)
}

/** Throws at the first event that a stream of Responses must not have there. */
export const checkGrammar = (events: readonly Event[]): void => {
  const output: Item[] = []
  let open: { item: Item; types: string[]; deltas: string; annotations: unknown[] } | undefined
  events.forEach((event, index) => {
    const where = `event ${index}, ${event.type}`
    must(event.sequence_number === index, `${where}: numbered ${event.sequence_number}`)
    const isEnd = /^response\.(completed|incomplete|failed)$/.test(event.type)
    must((index === 0) === (event.type === 'response.created'), `${where}: created is first`)
    must((index === 1) === (event.type === 'response.in_progress'), `${where}: in_progress is second`)
    must((index === events.length - 1) === isEnd, `${where}: one end, and it is last`)
    if (index < 2) return
    if (isEnd) {
      const response = event['response'] as { status: string; output: Item[] }
      must(event.type === `response.${response.status}`, `${where}: has status ${response.status}`)
      must(isDeepStrictEqual(response.output, output), `${where}: its output differs from the items before it`)
      must(open === undefined || event.type === 'response.failed', `${where}: an item is open`)
    } else if (event.type === 'response.output_item.added') {
      must(open === undefined, `${where}: the item before is open`)
      must(
        event['output_index'] === output.length,
        `${where}: output_index is ${JSON.stringify(event['output_index'])}`,
      )
      open = { item: event['item'] as Item, types: [], deltas: '', annotations: [] }
    } else if (event.type === 'response.output_item.done') {
      const item = event['item'] as Item
      if (!open) throw new Error(`${where}: no item is open`)
      must(
        event['output_index'] === output.length,
        `${where}: output_index is ${JSON.stringify(event['output_index'])}`,
      )
      must(item.id === open.item.id && item.type === open.item.type, `${where}: another item was added`)
      const course = open.types.join(' ')
      must(COURSES[item.type]?.test(course) ?? false, `${where}: ${item.type} went "${course}"`)
      const text = TEXT[item.type]?.(item as never) ?? ''
      must(text === open.deltas, `${where}: deltas brought ${open.deltas}, the item has ${JSON.stringify(text)}`)
      output.push(item)
      open = undefined
    } else if (event.type !== 'error') {
      if (!open) throw new Error(`${where}: no item is open`)
      must(
        event['output_index'] === output.length,
        `${where}: output_index is ${JSON.stringify(event['output_index'])}`,
      )
      must(event['item_id'] === open.item.id, `${where}: item_id is ${JSON.stringify(event['item_id'])}`)
      const type = event.type.slice('response.'.length)
      open.types.push(type)
      if (type.endsWith('.delta')) open.deltas += event['delta'] as string
      const whole = ['text', 'arguments', 'input', 'code']
        .map((field) => event[field])
        .find((value) => value !== undefined)
      if (type.endsWith('.done') && whole !== undefined)
        must(whole === open.deltas, `${where}: differs from its deltas`)
      if (type === 'output_text.annotation.added') {
        must(event['annotation_index'] === open.annotations.length, `${where}: annotation_index`)
        open.annotations.push(event['annotation'])
      }
      if (type === 'content_part.done') {
        const { annotations } = event['part'] as { annotations: unknown[] }
        must(isDeepStrictEqual(annotations, open.annotations), `${where}: its annotations were not told`)
      }
    }
  })
}
