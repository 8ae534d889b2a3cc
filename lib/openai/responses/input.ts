import * as z from 'zod/mini'
import { toolSchema } from './tools.ts'

// https://platform.openai.com/docs/api-reference/responses/create#responses-create-input

const text = z.object({
  type: z.enum(['input_text', 'output_text', 'text', 'summary_text', 'reasoning_text']),
  text: z.string(),
})
const refusal = z.object({ type: z.literal('refusal'), refusal: z.string() })
const image = z.object({
  type: z.literal('input_image'),
  image_url: z.nullish(z.string()),
  file_id: z.nullish(z.string()),
  detail: z.nullish(z.enum(['low', 'high', 'auto', 'original'])),
})
const file = z.object({
  type: z.literal('input_file'),
  file_data: z.nullish(z.string()),
  file_url: z.nullish(z.string()),
  file_id: z.nullish(z.string()),
  filename: z.nullish(z.string()),
})
const audio = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string(), format: z.string() }),
})
const video = z.object({ type: z.literal('input_video'), video_url: z.string() })
/** What a model wrote into an argument that was to be encrypted. Nothing is encrypted here, so that it is plain text. */
const encrypted = z.object({ type: z.literal('encrypted_content'), encrypted_content: z.string() })

const content = z.discriminatedUnion('type', [text, refusal, image, file, audio, video, encrypted])
export type ContentPart = z.infer<typeof content>

const textOr = <Part extends z.core.$ZodType>(part: Part) => z.union([z.string(), z.array(part)])
const id = z.nullish(z.string())
const strings = z.array(z.string())

const message = z.object({
  type: z.literal('message'),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: textOr(content),
})

/** What one agent of a team tells another; Codex says in the content who they are. */
const agentMessage = z.object({ type: z.literal('agent_message'), content: z.array(content) })

const reasoning = z.object({ type: z.literal('reasoning'), encrypted_content: z.nullish(z.string()) })

const functionCall = z.object({
  type: z.literal('function_call'),
  call_id: z.string(),
  name: z.string(),
  namespace: z.nullish(z.string()),
  arguments: z.string(),
})

const customToolCall = z.object({
  type: z.literal('custom_tool_call'),
  call_id: z.string(),
  name: z.string(),
  namespace: z.nullish(z.string()),
  input: z.string(),
})

/** What a tool gave back: for functions and freeform tools alike. */
const callOutput = z.object({
  type: z.enum(['function_call_output', 'custom_tool_call_output']),
  call_id: z.string(),
  name: z.nullish(z.string()),
  output: textOr(content),
})

const localShellCall = z.object({
  type: z.literal('local_shell_call'),
  id,
  call_id: z.nullish(z.string()),
  action: z.looseObject({ command: strings }),
})

/** The API names the call by `id`, some clients by `call_id`. */
const localShellCallOutput = z.object({
  type: z.literal('local_shell_call_output'),
  id,
  call_id: z.nullish(z.string()),
  output: z.string(),
})

const shellCall = z.object({
  type: z.literal('shell_call'),
  call_id: z.string(),
  action: z.looseObject({ commands: strings }),
})

const shellCallOutput = z.object({
  type: z.literal('shell_call_output'),
  call_id: z.string(),
  output: z.array(z.looseObject({ stdout: z.string(), stderr: z.string() })),
})

const applyPatchCall = z.object({
  type: z.literal('apply_patch_call'),
  call_id: z.string(),
  operation: z.looseObject({ type: z.string(), path: z.string() }),
})

const applyPatchCallOutput = z.object({
  type: z.literal('apply_patch_call_output'),
  call_id: z.string(),
  status: z.enum(['completed', 'failed']),
  output: z.nullish(z.string()),
})

const computerCall = z.object({
  type: z.literal('computer_call'),
  call_id: z.string(),
  action: z.optional(z.unknown()),
  actions: z.optional(z.unknown()),
})

const computerCallOutput = z.object({
  type: z.literal('computer_call_output'),
  call_id: z.string(),
  output: z.object({ image_url: z.nullish(z.string()), file_id: z.nullish(z.string()) }),
})

const fileSearchCall = z.object({
  type: z.literal('file_search_call'),
  id: z.string(),
  queries: strings,
  results: z.nullish(z.array(z.unknown())),
})

const mcpCall = z.object({
  type: z.literal('mcp_call'),
  id: z.string(),
  server_label: z.string(),
  name: z.string(),
  arguments: z.string(),
  output: z.nullish(z.string()),
  error: z.optional(z.unknown()),
})

const codeInterpreterCall = z.object({
  type: z.literal('code_interpreter_call'),
  code: z.nullish(z.string()),
  outputs: z.nullish(z.array(z.looseObject({ type: z.string(), logs: z.optional(z.string()) }))),
})

const imageGenerationCall = z.object({
  type: z.literal('image_generation_call'),
  result: z.nullish(z.string()),
  output_format: z.nullish(z.string()),
})

/** A search that ran at the server has no call id, and there is nothing of it to repeat. */
const toolSearchCall = z.object({
  type: z.literal('tool_search_call'),
  call_id: z.nullish(z.string()),
  arguments: z.optional(z.unknown()),
})

const toolSearchOutput = z.object({
  type: z.literal('tool_search_output'),
  call_id: z.nullish(z.string()),
  tools: z.array(toolSchema),
})

const additionalTools = z.object({ type: z.literal('additional_tools'), tools: z.array(toolSchema) })

/** Items that say nothing to Gemini: what came of them stands in the items after them. */
const SILENT = ['web_search_call', 'mcp_list_tools', 'configuration_update'] as const

/** Items that can't be left out without losing what the client means. */
export const REFUSED_ITEMS = {
  mcp_approval_request: 'Remote MCP servers are not supported.',
  mcp_approval_response: 'Remote MCP servers are not supported.',
  program: 'Programmatic tool calling is not supported.',
  program_output: 'Programmatic tool calling is not supported.',
} as const

const item = z.discriminatedUnion('type', [
  message,
  agentMessage,
  reasoning,
  functionCall,
  customToolCall,
  callOutput,
  localShellCall,
  localShellCallOutput,
  shellCall,
  shellCallOutput,
  applyPatchCall,
  applyPatchCallOutput,
  computerCall,
  computerCallOutput,
  fileSearchCall,
  mcpCall,
  codeInterpreterCall,
  imageGenerationCall,
  toolSearchCall,
  toolSearchOutput,
  additionalTools,
  z.object({ type: z.literal('item_reference'), id: z.string() }),
  z.object({ type: z.literal('compaction'), encrypted_content: z.string() }),
  z.object({ type: z.literal('compaction_trigger') }),
  z.object({ type: z.enum(SILENT) }),
  z.object({ type: z.enum(Object.keys(REFUSED_ITEMS) as (keyof typeof REFUSED_ITEMS)[]) }),
])
export type InputItem = z.infer<typeof item>

/** Messages and references may come without their type. */
const isUntyped = (item: object): boolean => !('type' in item) || item.type === null || item.type === undefined

/** An item that is named and not sent. */
export const isReference = (item: Readonly<Record<string, unknown>>): boolean =>
  item['type'] === 'item_reference' || (isUntyped(item) && !Object.hasOwn(item, 'role'))

const typed = z.transform((value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || !isUntyped(value)) return value
  return { ...value, type: 'role' in value ? 'message' : 'item_reference' }
})

const anyItem = z.pipe(typed, item)
export const itemsSchema = z.array(anyItem)
export const inputSchema = textOr(anyItem)
export type Input = z.infer<typeof inputSchema>
