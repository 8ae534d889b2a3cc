import type { FunctionTool } from '../gemini/request/tools.ts'
import type { Json } from '../gemini/wire.ts'
import type { Tool } from './tool.ts'

// Tools whose schema Claude knows by heart and Gemini must be told. The client runs them, by the inputs documented under
// https://platform.claude.com/docs/en/agents-and-tools/tool-use

const string = { type: 'string' }
const integer = { type: 'integer' }
const point = { type: 'array', items: integer, description: '[x, y] in pixels from the top left' }

const oneOf = (values: readonly string[]): Json => ({ type: 'string', enum: values })
const object = (properties: Json, ...required: string[]): Json => ({ type: 'object', properties, required })

/** A tool with its type's date, `20250124`; undefined for a type that is not known. */
export const typedFunction = (tool: Tool): FunctionTool | undefined => {
  const [, kind = '', date = ''] = /^(.+)_(\d{8})$/.exec(tool.type ?? '') ?? []
  return Object.hasOwn(TYPED, kind) ? TYPED[kind]?.(tool, date) : undefined
}

const TYPED: Readonly<Record<string, (tool: Tool, date: string) => FunctionTool>> = {
  bash: ({ name }) => ({
    name: name ?? 'bash',
    description: 'Runs a command in a shell that stays open between calls.',
    schema: object({
      command: { ...string, description: 'what to run; required unless restart is true' },
      restart: { type: 'boolean', description: 'starts the shell anew' },
    }),
  }),

  text_editor: ({ name }, date) => ({
    name: name ?? 'str_replace_based_edit_tool',
    description: 'Views, creates and edits files.',
    schema: object(
      {
        command: oneOf([...EDITS, ...(date < '20250429' ? ['undo_edit'] : [])]),
        path: { ...string, description: 'absolute path of a file, or of a folder to view' },
        ...(date < '20250429' ? { ...EDITED, new_str: BEFORE_INSERT_TEXT } : { ...EDITED, insert_text: INSERTED }),
      },
      'command',
      'path',
    ),
  }),

  memory: ({ name }) => ({
    name: name ?? 'memory',
    description: 'Notes that outlast the conversation: files under /memories. View the folder before anything else.',
    schema: object(
      {
        command: oneOf([...EDITS, 'delete', 'rename']),
        path: { ...string, description: 'a path under /memories; for all commands but rename' },
        ...EDITED,
        insert_text: INSERTED,
        old_path: { ...string, description: 'rename: the path now' },
        new_path: { ...string, description: 'rename: the path then' },
      },
      'command',
    ),
  }),

  computer: ({ name, display_width_px, display_height_px, enable_zoom }, date) => ({
    name: name ?? 'computer',
    description: `Sees a screen and uses its mouse and keyboard. The screen is ${display_width_px ?? 1024} pixels wide and ${display_height_px ?? 768} high.`,
    schema: object(
      {
        action: oneOf([...ACTIONS, ...(date >= '20250124' ? LATER_ACTIONS : []), ...(enable_zoom ? ['zoom'] : [])]),
        coordinate: point,
        start_coordinate: { ...point, description: 'left_click_drag: where it starts, [x, y]' },
        text: { ...string, description: 'type: the text; key, hold_key: the keys, as in ctrl+s; clicks: keys held' },
        ...(date >= '20250124' && {
          scroll_direction: oneOf(['up', 'down', 'left', 'right']),
          scroll_amount: { ...integer, description: 'clicks of the wheel' },
          duration: { type: 'number', description: 'hold_key, wait: seconds' },
        }),
        ...(enable_zoom && {
          region: { type: 'array', items: integer, description: 'zoom: [left, top, right, bottom]' },
        }),
      },
      'action',
    ),
  }),
}

const EDITS = ['view', 'create', 'str_replace', 'insert']
const INSERTED = { ...string, description: 'insert: the text' }
const BEFORE_INSERT_TEXT = { ...string, description: 'str_replace: the text instead; insert: the text' }
const EDITED = {
  view_range: { type: 'array', items: integer, description: 'view: the first and last line, -1 for the end' },
  file_text: { ...string, description: 'create: the whole text' },
  old_str: { ...string, description: 'str_replace: the text to replace, which must be there exactly once' },
  new_str: { ...string, description: 'str_replace: the text instead' },
  insert_line: { ...integer, description: 'insert: the line after which, 0 for the beginning' },
}

const ACTIONS = [
  'screenshot',
  'left_click',
  'right_click',
  'middle_click',
  'double_click',
  'left_click_drag',
  'mouse_move',
  'cursor_position',
  'type',
  'key',
]
const LATER_ACTIONS = ['triple_click', 'left_mouse_down', 'left_mouse_up', 'scroll', 'hold_key', 'wait']
