import * as z from 'zod/mini'
import { jsonObject } from './json-object.ts'
import { toolAddition, toolRemoval } from './tool-changes.ts'

// What messages are made of: https://platform.claude.com/docs/en/api/messages/create

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
/** A summary in place of what was said before. */
const compaction = z.object({ type: z.literal('compaction'), content: said })
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
    compaction,
    containerUpload,
  ]),
)

export const texts = listOf(text)

export const effort = z.nullish(z.enum(['low', 'medium', 'high', 'xhigh', 'max']))

export const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['user', 'assistant']), content }),
  z.object({
    role: z.literal('system'),
    content: z._default(listOf(z.discriminatedUnion('type', [text, toolAddition, toolRemoval])), []),
    clear_at: said,
    output_config: z.nullish(z.object({ effort })),
  }),
])

export type InputMessage = z.output<typeof message>
export type InputBlock = z.output<typeof content>[number]
export type BlockOf<Type extends InputBlock['type']> = Extract<InputBlock, { type: Type }>
/** What a user's message and a tool's result may both hold. */
export type Material = BlockOf<'text' | 'image' | 'document' | 'search_result'>
