import { GatewayError } from '../../errors.ts'
import type { Model } from '../../gemini/models/model.ts'
import type { Conversation } from '../../gemini/request/conversation.ts'
import { partOfBase64 } from '../../gemini/request/media.ts'
import { upstreamName } from '../../gemini/request/tools.ts'
import type { Json, Part } from '../../gemini/wire.ts'
import { argumentsOf, freeformArguments } from '../tools.ts'
import { carried } from './carrier.ts'
import { ASK_FOR_SUMMARY, toldSummary, unpackSummary } from './compaction.ts'
import { imagePart, mediaOf, partsOf, textOf } from './content.ts'
import { type InputItem, REFUSED_ITEMS } from './input.ts'
import { qualified } from './tools.ts'

type Of<Type extends InputItem['type']> = Extract<InputItem, { type: Type }>

/** A conversation's items, each said in its place; `placeOf` names an item by its index, for errors. */
export const converse = (
  conversation: Conversation,
  items: readonly InputItem[],
  model: Model,
  placeOf: (index: number) => string,
): void => {
  const signatures = signaturesOf(items)
  items.forEach((item, index) => {
    const param = placeOf(index)
    const call = callOf(item)
    if (call) {
      const thoughtSignature = signatures.calls.get(call.id)
      const functionCall = { ...call, name: upstreamName(call.name) }
      conversation.model([{ functionCall, ...(thoughtSignature && { thoughtSignature }) }])
    }
    tellItem(item, { conversation, model, param, signature: signatures.items.get(index), items })
  })
}

interface Telling {
  conversation: Conversation
  model: Model
  param: string
  /** Of the item itself, where a reasoning item behind it carries one. */
  signature: string | undefined
  items: readonly InputItem[]
}

/** The signatures that reasoning items carry: of calls by their ids, of other items by their place in the input. */
const signaturesOf = (all: readonly InputItem[]): { calls: Map<string, string>; items: Map<number, string> } => {
  const calls = new Map<string, string>()
  const items = new Map<number, string>()
  let before: number | undefined
  all.forEach((item, index) => {
    if (item.type !== 'reasoning') {
      before = index
      return
    }
    const found = carried(item.encrypted_content)
    if (found?.callId !== undefined) calls.set(found.callId, found.signature)
    else if (found && before !== undefined) items.set(before, found.signature)
  })
  return { calls, items }
}

/** The function call that an item stands for. A tool of the client's with a type of its own is a function of that name. */
const callOf = (item: InputItem): { id: string; name: string; args: Json } | undefined => {
  switch (item.type) {
    case 'function_call':
      return { id: item.call_id, name: qualified(item.name, item.namespace), args: argumentsOf(item.arguments) }
    case 'custom_tool_call':
      return { id: item.call_id, name: qualified(item.name, item.namespace), args: freeformArguments(item.input) }
    case 'local_shell_call': {
      const { type: _, ...args } = item.action
      return { id: item.call_id ?? item.id ?? '', name: 'local_shell', args }
    }
    case 'shell_call':
      return { id: item.call_id, name: 'shell', args: item.action }
    case 'apply_patch_call':
      return { id: item.call_id, name: 'apply_patch', args: item.operation }
    case 'tool_search_call':
      return item.call_id ? { id: item.call_id, name: 'tool_search', args: asObject(item.arguments) } : undefined
    case 'computer_call':
      return { id: item.call_id, name: 'computer', args: { actions: item.actions ?? [item.action] } }
    case 'file_search_call':
      return { id: item.id, name: 'file_search', args: { queries: item.queries } }
    case 'mcp_call':
      return { id: item.id, name: qualified(item.name, item.server_label), args: argumentsOf(item.arguments) }
    default:
      return undefined
  }
}

const tellItem = (item: InputItem, telling: Telling): void => {
  const { conversation, model, param, signature } = telling
  switch (item.type) {
    case 'message':
      return tellMessage(item, telling)
    case 'agent_message':
      return conversation.user(partsOf(item.content, model, `${param}.content`))
    case 'function_call_output':
    case 'custom_tool_call_output':
      return tellOutput(item, telling)
    case 'local_shell_call_output': {
      const call = telling.items.find((other) => other.type === 'local_shell_call' && other.id === item.id)
      const callId = item.call_id ?? (call as Of<'local_shell_call'> | undefined)?.call_id ?? item.id ?? ''
      return conversation.result({ callId, output: item.output }, `${param}.call_id`)
    }
    case 'shell_call_output':
      return conversation.result({ callId: item.call_id, output: item.output }, `${param}.call_id`)
    case 'apply_patch_call_output': {
      const failed = item.status === 'failed'
      return conversation.result(
        { callId: item.call_id, output: item.output ?? item.status, failed },
        `${param}.call_id`,
      )
    }
    case 'computer_call_output': {
      const { image_url, file_id } = item.output
      const part = imagePart({ type: 'input_image', image_url, file_id }, model, `${param}.output`)
      return conversation.result(
        { callId: item.call_id, output: 'A screenshot.', ...mediaOf([part]) },
        `${param}.call_id`,
      )
    }
    case 'tool_search_output':
      if (item.call_id)
        conversation.result(
          { callId: item.call_id, output: { tools: item.tools.map((tool) => tool['name'] ?? tool.type) } },
          `${param}.call_id`,
        )
      return
    case 'file_search_call':
      return conversation.result({ callId: item.id, output: { results: item.results ?? [] } }, `${param}.call_id`)
    case 'mcp_call': {
      const failed = item.error !== undefined && item.error !== null
      return conversation.result(
        { callId: item.id, output: failed ? item.error : (item.output ?? ''), failed },
        `${param}.call_id`,
      )
    }
    case 'code_interpreter_call':
      return conversation.model(codeParts(item, signature))
    case 'image_generation_call':
      if (item.result) {
        const mimeType = item.output_format ? `image/${item.output_format}` : undefined
        const part = partOfBase64(item.result, { mimeType }, model, `${param}.result`)
        conversation.model([{ ...part, ...(signature && { thoughtSignature: signature }) }])
      }
      return
    case 'item_reference':
      throw new GatewayError('not_found', `Item with id '${item.id}' not found.`, { param })
    case 'compaction': {
      const summary = unpackSummary(item.encrypted_content)
      if (summary !== undefined) return conversation.user([{ text: toldSummary(summary) }])
      const message = 'This compaction was not made here and can not be read.'
      throw new GatewayError('invalid_request', message, { param: `${param}.encrypted_content` })
    }
    case 'compaction_trigger':
      // In an earlier turn it was answered there.
      if (item === telling.items.at(-1)) conversation.user([{ text: ASK_FOR_SUMMARY }])
      return
    case 'mcp_approval_request':
    case 'mcp_approval_response':
    case 'program':
    case 'program_output':
      throw new GatewayError('invalid_request', REFUSED_ITEMS[item.type], { param })
    case 'function_call':
    case 'custom_tool_call':
    case 'local_shell_call':
    case 'shell_call':
    case 'apply_patch_call':
    case 'tool_search_call':
    case 'computer_call':
    case 'reasoning':
    case 'additional_tools':
    case 'web_search_call':
    case 'mcp_list_tools':
    case 'configuration_update':
      return
  }
}

const tellMessage = ({ role, content }: Of<'message'>, { conversation, model, param, signature }: Telling): void => {
  const parts = partsOf(content, model, `${param}.content`)
  switch (role) {
    case 'user':
      return conversation.user(parts)
    case 'assistant':
      return conversation.model(
        signature
          ? parts.map((part, at) => (at < parts.length - 1 ? part : { ...part, thoughtSignature: signature }))
          : parts,
      )
    case 'system':
    case 'developer':
      return conversation.system(textOf(parts, `${param}.content`))
  }
}

const tellOutput = (
  item: Of<'function_call_output' | 'custom_tool_call_output'>,
  { conversation, model, param }: Telling,
): void => {
  const { call_id: callId, name, output } = item
  const known = { callId, ...(name && { name: upstreamName(name) }) }
  if (typeof output === 'string') return conversation.result({ ...known, output }, `${param}.call_id`)
  const parts = partsOf(output, model, `${param}.output`)
  const texts = parts.flatMap((part) => part.text ?? [])
  conversation.result({ ...known, output: texts.join('\n'), ...mediaOf(parts) }, `${param}.call_id`)
}

const codeParts = ({ code, outputs }: Of<'code_interpreter_call'>, signature: string | undefined): Part[] => {
  const logs = (outputs ?? []).flatMap((output) => output.logs ?? [])
  return [
    {
      executableCode: { language: 'PYTHON', code: code ?? '' },
      ...(signature && { thoughtSignature: signature }),
    },
    { codeExecutionResult: { outcome: 'OUTCOME_OK', output: logs.join('\n') } },
  ]
}

const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : argumentsOf(typeof value === 'string' ? value : JSON.stringify(value ?? {}))
