import type { Json } from '../../gemini/wire.ts'
import type { OutputItem } from './wire.ts'

// https://platform.openai.com/docs/api-reference/responses-streaming

/** An event's fields besides the place of its item and its number. */
export type ItemEvent = { type: string } & Json

/** The event that brings an item's text piece by piece; `after` is what follows the text in it. */
export interface Delta {
  type: string
  fields: Json
  after: Json
}

/** What happens to an item between `output_item.added` and `output_item.done`. */
interface Course<Item extends OutputItem> {
  /** The item as it is added. */
  begun(item: Item): Item
  opening(item: Item): ItemEvent[]
  delta?: Delta
  /** The whole text that deltas bring. */
  text?(item: Item): string
  closing(item: Item): ItemEvent[]
  /** Told with `output_item.done`, which an item with more to come waits for. */
  last?(item: Item): ItemEvent[]
}

type Courses = { [Type in OutputItem['type']]: Course<Extract<OutputItem, { type: Type }>> }

const nothing = (): ItemEvent[] => []
const EMPTY_TEXT = { type: 'output_text', text: '', annotations: [], logprobs: [] }
const FIRST_CONTENT = { content_index: 0 }
const FIRST_SUMMARY = { summary_index: 0 }

const COURSES: Courses = {
  message: {
    begun: (item) => ({ ...item, status: 'in_progress', content: [] }),
    opening: () => [{ type: 'response.content_part.added', ...FIRST_CONTENT, part: EMPTY_TEXT }],
    delta: { type: 'response.output_text.delta', fields: FIRST_CONTENT, after: { logprobs: [] } },
    text: ({ content }) => content[0]?.text ?? '',
    closing: ({ content }) =>
      content.flatMap((part, content_index) => [
        ...part.annotations.map((annotation, annotation_index) => ({
          type: 'response.output_text.annotation.added',
          content_index,
          annotation_index,
          annotation,
        })),
        { type: 'response.output_text.done', content_index, text: part.text, logprobs: part.logprobs },
        { type: 'response.content_part.done', content_index, part },
      ]),
  },
  reasoning: {
    begun: ({ id, type }) => ({ id, type, summary: [] }),
    opening: ({ summary }) =>
      summary.map((_, summary_index) => ({
        type: 'response.reasoning_summary_part.added',
        summary_index,
        part: { type: 'summary_text', text: '' },
      })),
    delta: { type: 'response.reasoning_summary_text.delta', fields: FIRST_SUMMARY, after: {} },
    text: ({ summary }) => summary[0]?.text ?? '',
    closing: ({ summary }) =>
      summary.flatMap((part, summary_index) => [
        { type: 'response.reasoning_summary_text.done', summary_index, text: part.text },
        { type: 'response.reasoning_summary_part.done', summary_index, part },
      ]),
  },
  function_call: {
    begun: (item) => ({ ...item, status: 'in_progress', arguments: '' }),
    opening: nothing,
    delta: { type: 'response.function_call_arguments.delta', fields: {}, after: {} },
    text: (item) => item.arguments,
    closing: (item) => [{ type: 'response.function_call_arguments.done', name: item.name, arguments: item.arguments }],
  },
  custom_tool_call: {
    begun: (item) => ({ ...item, status: 'in_progress', input: '' }),
    opening: nothing,
    delta: { type: 'response.custom_tool_call_input.delta', fields: {}, after: {} },
    text: ({ input }) => input,
    closing: ({ input }) => [{ type: 'response.custom_tool_call_input.done', input }],
  },
  local_shell_call: {
    begun: (item) => ({ ...item, status: 'in_progress', action: { ...item.action, command: [] } }),
    opening: nothing,
    closing: nothing,
  },
  shell_call: {
    begun: (item) => ({ ...item, status: 'in_progress', action: { ...item.action, commands: [] } }),
    opening: nothing,
    closing: ({ action }) =>
      action.commands.flatMap((command, command_index) => [
        { type: 'response.shell_call_command.added', command_index, command: '' },
        { type: 'response.shell_call_command.delta', command_index, delta: command },
        { type: 'response.shell_call_command.done', command_index, command },
      ]),
  },
  apply_patch_call: {
    begun: (item) => {
      const { operation } = item
      return {
        ...item,
        status: 'in_progress',
        operation: operation.type === 'delete_file' ? operation : { ...operation, diff: '' },
      }
    },
    // The events of a growing diff are in no schema, and the official SDK throws at them.
    opening: nothing,
    closing: nothing,
  },
  tool_search_call: {
    begun: (item) => ({ ...item, status: 'in_progress', arguments: {} }),
    opening: nothing,
    closing: nothing,
  },
  web_search_call: {
    begun: (item) => ({ ...item, status: 'in_progress' }),
    opening: () => [{ type: 'response.web_search_call.in_progress' }, { type: 'response.web_search_call.searching' }],
    closing: () => [{ type: 'response.web_search_call.completed' }],
  },
  code_interpreter_call: {
    begun: (item) => ({ ...item, status: 'in_progress', code: '', outputs: [] }),
    opening: () => [{ type: 'response.code_interpreter_call.in_progress' }],
    delta: { type: 'response.code_interpreter_call_code.delta', fields: {}, after: {} },
    text: ({ code }) => code,
    closing: ({ code }) => [
      { type: 'response.code_interpreter_call_code.done', code },
      { type: 'response.code_interpreter_call.interpreting' },
    ],
    last: () => [{ type: 'response.code_interpreter_call.completed' }],
  },
  image_generation_call: {
    begun: (item) => ({ ...item, status: 'in_progress', result: null }),
    opening: () => [
      { type: 'response.image_generation_call.in_progress' },
      { type: 'response.image_generation_call.generating' },
    ],
    closing: () => [{ type: 'response.image_generation_call.completed' }],
  },
  compaction: {
    begun: (item) => ({ ...item, encrypted_content: '' }),
    opening: nothing,
    closing: nothing,
  },
}

export const courseOf = (item: OutputItem): Course<OutputItem> => COURSES[item.type]
