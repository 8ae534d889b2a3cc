import * as z from 'zod/mini'
import { GatewayError } from '../errors.ts'
import type { BuiltIn, FunctionTool, ToolChoice } from '../gemini/request/tools.ts'
import type { DeclaredTool, Tool } from './tool.ts'
import { typedFunction } from './typed-tools.ts'

export const toolChoice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auto'), disable_parallel_tool_use: z.nullish(z.boolean()) }),
  z.object({ type: z.literal('any'), disable_parallel_tool_use: z.nullish(z.boolean()) }),
  z.object({ type: z.literal('tool'), name: z.string(), disable_parallel_tool_use: z.nullish(z.boolean()) }),
  z.object({ type: z.literal('none') }),
])

/** What Gemini runs by itself, by the type of Anthropic's tool without its date. */
const BUILT_INS: Readonly<Record<string, BuiltIn>> = { web_search: 'search', web_fetch: 'url', code_execution: 'code' }

/** `found`: the deferred tools that the model knows of by now. */
export const lowerTools = (
  tools: readonly DeclaredTool[],
  found: ReadonlySet<string>,
): { functions: FunctionTool[]; builtIns: BuiltIn[] } => {
  const functions: FunctionTool[] = []
  const builtIns: BuiltIn[] = []
  const searched = tools.some(({ tool }) => isToolSearch(tool))
  for (const { tool, param } of tools) {
    const builtIn = builtInOf(tool)
    if (builtIn) {
      builtIns.push(builtIn)
    } else if (!isToolSearch(tool)) {
      const lowered = functionOf(tool, param)
      if (!tool.defer_loading || searched || found.has(lowered.name)) functions.push(lowered)
    }
  }
  return { functions, builtIns }
}

const kindOf = ({ type }: Tool): string => type?.replace(/_\d{8}$/, '') ?? 'custom'

const builtInOf = (tool: Tool): BuiltIn | undefined => {
  const kind = kindOf(tool)
  return Object.hasOwn(BUILT_INS, kind) ? BUILT_INS[kind] : undefined
}

/** Anthropic's own search for tools. Gemini has none, so that with it all tools are declared from the start. */
const isToolSearch = (tool: Tool): boolean => kindOf(tool).startsWith('tool_search_tool')

const functionOf = (tool: Tool, param: string): FunctionTool => {
  if (kindOf(tool) !== 'custom') {
    const typed = typedFunction(tool)
    if (typed) return typed
    throw new GatewayError('invalid_request', `tools of the type "${tool.type}" are not supported here`, {
      param: `${param}.type`,
    })
  }
  const { name, description, input_schema } = tool
  if (!name) throw new GatewayError('invalid_request', 'is required', { param: `${param}.name` })
  if (!input_schema) throw new GatewayError('invalid_request', 'is required', { param: `${param}.input_schema` })
  return { name, description, schema: input_schema }
}

/** Gemini can be made to call a function, but not to search, so that a choice of what it runs by itself is left to it. */
export const choiceOf = (
  choice: z.output<typeof toolChoice> | null | undefined,
  tools: readonly DeclaredTool[],
): ToolChoice | undefined => {
  switch (choice?.type) {
    case 'any':
      if (tools.length > 0) return { mode: 'any' }
      throw new GatewayError('invalid_request', 'there are no tools to choose from', { param: 'tool_choice' })
    case 'auto':
    case 'none':
      return { mode: choice.type }
    case 'tool':
      return tools.some(({ tool }) => tool.name === choice.name && builtInOf(tool))
        ? undefined
        : { mode: 'any', names: [choice.name] }
    case undefined:
      return undefined
  }
}
