import * as z from 'zod/mini'
import { GatewayError } from '../errors.ts'
import type { Conversation } from '../gemini/conversation.ts'
import { writtenParts } from '../gemini/markdown-media.ts'
import type { Model } from '../gemini/models.ts'
import { unwrapSignature } from '../gemini/signatures.ts'
import { upstreamName } from '../gemini/tools.ts'
import type { Part } from '../gemini/wire.ts'
import { jsonObject } from './json-object.ts'
import { codeParts, fetchParts, filePart, materialParts, outputParts, resultOf, searchParts } from './material.ts'
import { toolAddition, toolRemoval } from './tool-changes.ts'

// ---- What messages are made of: https://platform.claude.com/docs/en/api/messages/create ----

const said = z.nullish(z.string())

const base64 = z.object({ type: z.literal('base64'), media_type: said, data: z.string() })
const url = z.object({ type: z.literal('url'), url: z.string() })
const file = z.object({ type: z.literal('file'), file_id: z.string() })

const text = z.object({ type: z.literal('text'), text: z.string() })
const image = z.object({ type: z.literal('image'), source: z.discriminatedUnion('type', [base64, url, file]) })

/** A string stands for one text block. */
const listOf = <Block extends z.core.$ZodType>(block: Block) =>
  z.pipe(
    z.transform((content: unknown) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content)),
    z.array(block),
  )

const document = z.object({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [
    base64,
    url,
    file,
    z.object({ type: z.literal('text'), data: z.string() }),
    z.object({ type: z.literal('content'), content: listOf(z.discriminatedUnion('type', [text, image])) }),
  ]),
  title: said,
  context: said,
})

const searchResult = z.object({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(text),
})

/** Whatever a schema has no name for: let through, so that newer clients don't break on an older gateway. */
const OTHER = 'other'
const other = z.object({ type: z.literal(OTHER) })

type Kind = z.ZodMiniObject<{ type: z.ZodMiniLiteral<string> }>

const blockOf = <const Kinds extends readonly [Kind, ...Kind[]]>(kinds: Kinds) => {
  const known = new Set<unknown>(kinds.flatMap(({ shape }) => [...shape.type.def.values]))
  return z.pipe(
    z.transform((block: unknown) => (isTyped(block) && !known.has(block.type) ? { type: OTHER } : block)),
    z.discriminatedUnion('type', [...kinds, other]),
  )
}

const isTyped = (block: unknown): block is { type: string } =>
  typeof block === 'object' && block !== null && typeof (block as { type?: unknown }).type === 'string'

const toolReference = z.object({ type: z.literal('tool_reference'), tool_name: z.string() })
const toolResult = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  is_error: z.nullish(z.boolean()),
  content: z.nullish(listOf(blockOf([text, image, document, searchResult, toolReference]))),
})
const toolUse = z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: jsonObject })
const thinking = z.object({ type: z.literal('thinking'), thinking: said, signature: said })
const serverToolUse = z.object({ type: z.literal('server_tool_use'), name: z.string(), input: jsonObject })
const webSearchResult = z.object({
  type: z.literal('web_search_tool_result'),
  content: z.union([z.array(z.object({ url: z.string(), title: said })), jsonObject]),
})
const webFetchResult = z.object({ type: z.literal('web_fetch_tool_result'), content: jsonObject })
const codeResult = z.object({ type: z.literal('code_execution_tool_result'), content: jsonObject })
const containerUpload = z.object({ type: z.literal('container_upload'), file_id: z.string() })

const content = listOf(
  blockOf([
    text,
    image,
    document,
    searchResult,
    toolResult,
    toolUse,
    thinking,
    serverToolUse,
    webSearchResult,
    webFetchResult,
    codeResult,
    containerUpload,
  ]),
)

export const texts = listOf(text)

export const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['user', 'assistant']), content }),
  z.object({
    role: z.literal('system'),
    content: listOf(z.discriminatedUnion('type', [text, toolAddition, toolRemoval])),
  }),
])

export type InputMessage = z.output<typeof message>
export type InputBlock = z.output<typeof content>[number]
export type BlockOf<Type extends InputBlock['type']> = Extract<InputBlock, { type: Type }>
/** What a user's message and a tool's result may both hold. */
export type Material = BlockOf<'text' | 'image' | 'document' | 'search_result'>

/** The tools that the client's own search has found so far, or that were called: by these a deferred tool is loaded. */
export const foundTools = (messages: readonly InputMessage[]): ReadonlySet<string> =>
  new Set(messages.flatMap((message) => (message.role === 'system' ? [] : message.content.flatMap(toolsNamedIn))))

const toolsNamedIn = (block: InputBlock): string[] => {
  if (block.type === 'tool_use') return [block.name]
  if (block.type !== 'tool_result') return []
  return (block.content ?? []).flatMap((each) => (each.type === 'tool_reference' ? [each.tool_name] : []))
}

// ---- Blocks as Gemini's parts ----

/** Adds one message. `param` is its path: `messages[0]`. */
export const addMessage = (conversation: Conversation, message: InputMessage, model: Model, param: string): void => {
  const at = (index: number): string => `${param}.content[${index}]`
  switch (message.role) {
    case 'system':
      for (const block of message.content) if (block.type === 'text') conversation.system(block.text)
      return
    case 'assistant':
      conversation.model(modelParts(message.content, model, at))
      return
    case 'user':
      addUser(conversation, message.content, model, at)
  }
}

type At = (index: number) => string

/** Results stand before all else: Gemini wants them right after the calls. */
const addUser = (conversation: Conversation, blocks: readonly InputBlock[], model: Model, at: At): void => {
  blocks.forEach((block, index) => {
    if (block.type !== 'tool_result') return
    const { output, media, files } = resultOf(block, model, at(index))
    const failed = block.is_error === true
    conversation.result({ callId: block.tool_use_id, output, media, files, failed }, at(index))
  })
  const parts = blocks.flatMap((block, index): Part[] => {
    switch (block.type) {
      case 'text':
      case 'image':
      case 'document':
      case 'search_result':
        return materialParts(block, model, at(index))
      case 'tool_use':
        throw new GatewayError('invalid_request', 'a tool_use block belongs to an assistant message', {
          param: at(index),
        })
      case 'container_upload':
        // Gemini's code reads what the conversation holds.
        return [filePart(block.file_id, model, at(index))]
      case 'tool_result':
      case 'thinking':
      case 'server_tool_use':
      case 'web_search_tool_result':
      case 'web_fetch_tool_result':
      case 'code_execution_tool_result':
      case 'other':
        return []
    }
  })
  conversation.user(parts)
}

/** A signature goes from the thinking block to the call or text after it. The thoughts themselves are not replayed. */
const modelParts = (blocks: readonly InputBlock[], model: Model, at: At): Part[] => {
  const parts: Part[] = []
  let signature: string | undefined
  /** Code whose output has not come: Gemini knows no code that was not run. */
  let code: Part[] = []
  const push = (part: Part): void => {
    parts.push(signature === undefined ? part : { ...part, thoughtSignature: signature })
    signature = undefined
  }
  blocks.forEach((block, index) => {
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
        parts.push(...materialParts(block, model, at(index)))
        return
      case 'server_tool_use':
        code = block.name === 'code_execution' ? codeParts(block) : []
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
        throw new GatewayError('invalid_request', 'a tool_result block belongs to a user message', { param: at(index) })
      case 'container_upload':
      case 'other':
    }
  })
  return parts
}
