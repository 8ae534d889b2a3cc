import type { Json } from '../../gemini/wire.ts'
import { argumentsOf, freeformInput } from '../tools.ts'
import type { Callable, CallKind } from './tools.ts'
import type { ApplyPatchCallItem, CallItem, OutputItem } from './wire.ts'

/** A call as Gemini made it, its arguments as JSON. */
export interface Call {
  id: string
  name: string
  text: string
}

const TYPES: Record<CallKind, CallItem['type']> = {
  function: 'function_call',
  custom: 'custom_tool_call',
  local_shell: 'local_shell_call',
  shell: 'shell_call',
  apply_patch: 'apply_patch_call',
  tool_search: 'tool_search_call',
}

/** Gemini's call as an item of the kind that the client declared; `itemId` makes its id, once its type is known. */
export const callItem = (
  call: Call,
  callables: ReadonlyMap<string, Callable>,
  itemId: (type: OutputItem['type']) => string,
): CallItem => {
  const { kind, name, namespace }: Pick<Callable, 'kind' | 'name' | 'namespace'> = callables.get(call.name) ?? {
    kind: 'function',
    name: call.name,
  }
  const common = { id: itemId(TYPES[kind]), status: 'completed' as const, call_id: call.id }
  const named = { ...(namespace && { namespace }), name }
  switch (kind) {
    case 'function':
      return { ...common, type: 'function_call', ...named, arguments: call.text }
    case 'custom':
      return { ...common, type: 'custom_tool_call', ...named, input: freeformInput(call.text) }
    case 'local_shell': {
      const { command, timeout_ms, working_directory } = argumentsOf(call.text)
      return {
        ...common,
        type: 'local_shell_call',
        action: {
          type: 'exec',
          command: strings(command),
          env: {},
          ...(typeof timeout_ms === 'number' && { timeout_ms }),
          ...(typeof working_directory === 'string' && { working_directory }),
        },
      }
    }
    case 'shell': {
      const { commands, timeout_ms, max_output_length } = argumentsOf(call.text)
      const action = {
        commands: strings(commands),
        timeout_ms: numberOrNull(timeout_ms),
        max_output_length: numberOrNull(max_output_length),
      }
      return { ...common, type: 'shell_call', action, environment: null }
    }
    case 'apply_patch':
      return { ...common, type: 'apply_patch_call', operation: operationOf(argumentsOf(call.text)) }
    case 'tool_search':
      return { ...common, type: 'tool_search_call', execution: 'client', arguments: argumentsOf(call.text) }
  }
}

const operationOf = ({ type, path, diff }: Json): ApplyPatchCallItem['operation'] => {
  const file = typeof path === 'string' ? path : ''
  return type === 'delete_file'
    ? { type, path: file }
    : {
        type: type === 'create_file' ? type : 'update_file',
        path: file,
        diff: typeof diff === 'string' ? diff : '',
      }
}

const strings = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined).map(String)

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)
