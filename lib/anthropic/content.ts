import { GatewayError } from '../errors.ts'
import type { Model } from '../gemini/models/model.ts'
import type { Conversation } from '../gemini/request/conversation.ts'
import { textParts, writtenParts } from '../gemini/request/markdown-media.ts'
import { unwrapSignature } from '../gemini/request/signatures.ts'
import { upstreamName } from '../gemini/request/tools.ts'
import type { Part } from '../gemini/wire.ts'
import type { InputBlock, InputMessage } from './blocks.ts'
import { codeParts, fetchParts, filePart, materialParts, outputParts, resultOf, searchParts } from './material.ts'

/** The tools that the client's own search has found so far, or that were called: by these a deferred tool is loaded. */
export const foundTools = (messages: readonly InputMessage[]): ReadonlySet<string> =>
  new Set(messages.flatMap((message) => (message.role === 'system' ? [] : message.content.flatMap(toolsNamedIn))))

const toolsNamedIn = (block: InputBlock): string[] => {
  if (block.type === 'tool_use') return [block.name]
  if (block.type !== 'tool_result') return []
  return (block.content ?? []).flatMap((each) => (each.type === 'tool_reference' ? [each.tool_name] : []))
}

/** Adds all messages. Those of the assistant in a row are one, as Anthropic has it: what a block is to sign may stand in the next. */
export const addMessages = (conversation: Conversation, messages: readonly InputMessage[], model: Model): void => {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  let said: Placed[] = []
  messages.forEach((message, index) => {
    const param = `messages[${index}]`
    switch (message.role) {
      case 'system':
        if (message.clear_at === 'next_user_message' && index < lastUser) return
        for (const block of message.content) if (block.type === 'text') conversation.system(block.text)
        return
      case 'assistant':
        said.push(...placed(message.content, param))
        if (messages[index + 1]?.role === 'assistant') return
        conversation.model(modelParts(said, model))
        said = []
        return
      case 'user':
        addUser(conversation, placed(message.content, param), model)
    }
  })
}

/** A block, and its path in the body. */
interface Placed {
  block: InputBlock
  at: string
}

const placed = (content: readonly InputBlock[], param: string): Placed[] =>
  content.map((block, index) => ({ block, at: `${param}.content[${index}]` }))

/** Results stand before all else: Gemini wants them right after the calls. */
const addUser = (conversation: Conversation, blocks: readonly Placed[], model: Model): void => {
  for (const { block, at } of blocks) {
    if (block.type !== 'tool_result') continue
    const { output, media, files } = resultOf(block, model, at)
    const failed = block.is_error === true
    conversation.result({ callId: block.tool_use_id, output, media, files, failed }, at)
  }
  const parts = blocks.flatMap(({ block, at }): Part[] => {
    switch (block.type) {
      case 'text':
      case 'image':
      case 'document':
      case 'search_result':
        return materialParts(block, model, at)
      case 'tool_use':
        throw new GatewayError('invalid_request', 'a tool_use block belongs to an assistant message', {
          param: at,
        })
      case 'container_upload':
        // Gemini's code reads what the conversation holds.
        return [filePart(block.file_id, model, at)]
      case 'tool_result':
      case 'thinking':
      case 'server_tool_use':
      case 'web_search_tool_result':
      case 'web_fetch_tool_result':
      case 'code_execution_tool_result':
      case 'other':
        return []
      case 'compaction':
        return textParts(block.content ?? '')
    }
  })
  conversation.user(parts)
}

/** A signature goes from the thinking block to the call or text after it. The thoughts themselves are not replayed. */
const modelParts = (blocks: readonly Placed[], model: Model): Part[] => {
  const parts: Part[] = []
  let signature: string | undefined
  /** Code whose output has not come: Gemini knows no code that was not run. */
  let code: Part[] = []
  const push = (part: Part): void => {
    parts.push(signature === undefined ? part : { ...part, thoughtSignature: signature })
    signature = undefined
  }
  blocks.forEach(({ block, at }) => {
    switch (block.type) {
      case 'thinking':
        signature = unwrapSignature(block.signature)
        return
      case 'text':
        for (const part of writtenParts(block.text)) push(part)
        return
      case 'tool_use':
        push({ functionCall: { id: block.id, name: upstreamName(block.name), args: block.input } })
        return
      case 'image':
      case 'document':
      case 'search_result':
        parts.push(...materialParts(block, model, at))
        return
      case 'server_tool_use':
        code = block.name === 'code_execution' ? codeParts(block) : []
        return
      case 'compaction':
        parts.push(...textParts(block.content ?? ''))
        return
      case 'web_search_tool_result':
        parts.push(...searchParts(block))
        return
      case 'web_fetch_tool_result':
        parts.push(...fetchParts(block))
        return
      case 'code_execution_tool_result':
        if (code.length > 0) parts.push(...code, ...outputParts(block))
        code = []
        return
      case 'tool_result':
        throw new GatewayError('invalid_request', 'a tool_result block belongs to a user message', { param: at })
      case 'container_upload':
      case 'other':
    }
  })
  return parts
}
