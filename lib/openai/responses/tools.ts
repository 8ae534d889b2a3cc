import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import type { BuiltIn, FunctionTool, ToolChoice } from '../../gemini/request/tools.ts'
import type { Json } from '../../gemini/wire.ts'
import { type PictureWish, QUALITIES } from '../images/size.ts'
import { allowsHosted, freeformFunction, toolChoiceOf, type toolChoiceSchema } from '../tools.ts'
import { TYPED } from './typed-tools.ts'

// https://platform.openai.com/docs/api-reference/responses/create#responses-create-tools

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const json = z.custom<Json>(isObject, 'must be an object')
const name = z.string().check(z.minLength(1))

const functionTool = z.looseObject({
  type: z.literal('function'),
  name,
  description: z.nullish(z.string()),
  parameters: z.nullish(json),
  strict: z.nullish(z.boolean()),
  defer_loading: z.nullish(z.boolean()),
})

const customTool = z.looseObject({
  type: z.literal('custom'),
  name,
  description: z.nullish(z.string()),
  format: z.nullish(
    z.discriminatedUnion('type', [
      z.looseObject({ type: z.literal('text') }),
      z.looseObject({ type: z.literal('grammar'), syntax: z.string(), definition: z.string() }),
    ]),
  ),
  defer_loading: z.nullish(z.boolean()),
})

/** Where code runs: one that there is, or a new one with files in it. */
const container = z.nullish(z.union([z.string(), z.looseObject({ file_ids: z.nullish(z.array(z.string())) })]))

/** Tools that Gemini runs by itself. */
const BUILT_INS = {
  web_search: 'search',
  web_search_2025_08_26: 'search',
  web_search_preview: 'search',
  web_search_preview_2025_03_11: 'search',
  code_interpreter: 'code',
} as const satisfies Record<string, BuiltIn>

/** Tools that nothing stands in for. */
export const REFUSED_TOOLS = {
  mcp: 'Remote MCP servers are not supported: declare their tools as functions.',
  file_search: 'Vector stores are not supported.',
  computer: 'Computer use is not supported.',
  computer_use: 'Computer use is not supported.',
  computer_use_preview: 'Computer use is not supported.',
} as const

const typesOf = <Table extends object>(table: Table): (keyof Table & string)[] =>
  Object.keys(table) as (keyof Table & string)[]

export const toolSchema = z.discriminatedUnion('type', [
  functionTool,
  customTool,
  z.looseObject({
    type: z.literal('namespace'),
    name,
    description: z.nullish(z.string()),
    tools: z.array(z.discriminatedUnion('type', [functionTool, customTool])),
  }),
  z.looseObject({
    type: z.literal('tool_search'),
    execution: z.nullish(z.enum(['server', 'client'])),
    description: z.nullish(z.string()),
    parameters: z.nullish(json),
  }),
  z.looseObject({ type: z.literal('shell'), environment: z.nullish(z.looseObject({ type: z.string() })) }),
  z.looseObject({ type: z.enum(['local_shell', 'apply_patch']) }),
  // An image model makes images without being told, another one can't: the tool only says what they shall be like.
  z.looseObject({
    type: z.literal('image_generation'),
    size: z.nullish(z.string()),
    quality: z.nullish(z.enum(QUALITIES)),
    input_image_mask: z.optional(z.unknown()),
  }),
  // No tool needs a program to be called.
  z.looseObject({ type: z.literal('programmatic_tool_calling') }),
  z.looseObject({ type: z.enum(typesOf(BUILT_INS)), container }),
  z.looseObject({ type: z.enum(typesOf(REFUSED_TOOLS)) }),
])
export type Tool = z.infer<typeof toolSchema>

/** How the client knows a call: as one of a function, or as an item of its own. */
export type CallKind = 'function' | 'custom' | 'local_shell' | 'shell' | 'apply_patch' | 'tool_search'

/** A client's tool as a function that Gemini can call, and what tells its calls apart on the way back. */
export interface Callable {
  kind: CallKind
  name: string
  namespace?: string
  declaration: FunctionTool
}

export interface Toolbox {
  /** By the name that Gemini calls. */
  callables: ReadonlyMap<string, Callable>
  builtIns: readonly BuiltIn[]
  /** Pictures that the model may make. */
  pictures?: PictureWish
}

/** One list of tools, and where in the body it stands. */
export interface ToolList {
  tools: readonly Tool[]
  param: string
  /** The client searched for these: deferring is over. */
  found?: boolean
}

/** All tools that a body names, in its order; a later one of the same name replaces the earlier. */
export const toolboxOf = (lists: readonly ToolList[]): Toolbox => {
  const all = lists.flatMap(({ tools }) => tools)
  // Without a client that searches there is nobody to load a deferred tool later.
  const deferring = all.some((tool) => tool.type === 'tool_search' && tool.execution === 'client')
  const callables = new Map<string, Callable>()
  const builtIns = new Set<BuiltIn>()
  let pictures: PictureWish | undefined
  for (const { tools, param, found } of lists) {
    tools.forEach((tool, index) => {
      const builtIn = builtInOf(tool, `${param}[${index}].type`)
      if (builtIn) builtIns.add(builtIn)
      if (tool.type === 'image_generation') pictures = picturesOf(tool, `${param}[${index}]`)
      for (const callable of callablesOf(tool, deferring && !found)) callables.set(callable.declaration.name, callable)
    })
  }
  return { callables, builtIns: [...builtIns], ...(pictures && { pictures }) }
}

const builtInOf = (tool: Tool, param: string): BuiltIn | undefined => {
  if (tool.type === 'shell' && tool.environment && tool.environment.type !== 'local') {
    const message = 'Shells in containers are not supported: use a local environment.'
    throw new GatewayError('invalid_request', message, { param })
  }
  if (within(REFUSED_TOOLS, tool.type)) throw new GatewayError('invalid_request', REFUSED_TOOLS[tool.type], { param })
  return within(BUILT_INS, tool.type) ? BUILT_INS[tool.type] : undefined
}

const picturesOf = (
  { size, quality, input_image_mask: mask }: Extract<Tool, { type: 'image_generation' }>,
  param: string,
): PictureWish => {
  if (mask === undefined || mask === null) return { size, quality }
  const message = 'Masks are not supported. Say in the prompt what to change.'
  throw new GatewayError('invalid_request', message, { param: `${param}.input_image_mask` })
}

const within = <Table extends object>(table: Table, type: PropertyKey): type is keyof Table =>
  Object.hasOwn(table, type)

const callablesOf = (tool: Tool, deferring: boolean): Callable[] => {
  switch (tool.type) {
    case 'function':
    case 'custom':
      return deferring && tool.defer_loading ? [] : [declared(tool)]
    case 'namespace':
      return tool.tools
        .filter((member) => !(deferring && member.defer_loading))
        .map((member) => declared(member, tool.name))
    case 'tool_search':
      return tool.execution === 'client' ? [searching(tool)] : []
    case 'shell':
    case 'local_shell':
    case 'apply_patch':
      return [typed(tool.type)]
    default:
      return []
  }
}

/** The one name of a tool in a namespace; https://platform.openai.com/docs/guides/tools-tool-search */
export const qualified = (name: string, namespace: string | null | undefined): string =>
  namespace ? `${namespace}__${name}` : name

const declared = (tool: z.infer<typeof functionTool> | z.infer<typeof customTool>, namespace?: string): Callable => {
  const known = { name: tool.name, ...(namespace && { namespace }) }
  const name = qualified(tool.name, namespace)
  const { description } = tool
  if (tool.type === 'function') {
    return { ...known, kind: 'function', declaration: { name, description, schema: tool.parameters ?? undefined } }
  }
  const grammar = tool.format?.type === 'grammar' ? tool.format : undefined
  return { ...known, kind: 'custom', declaration: freeformFunction({ name, description, grammar }) }
}

const searching = ({ description, parameters }: Extract<Tool, { type: 'tool_search' }>): Callable => ({
  kind: 'tool_search',
  name: 'tool_search',
  declaration: {
    name: 'tool_search',
    description: description ?? 'Finds more tools to call.',
    schema: parameters ?? undefined,
  },
})

const typed = (kind: keyof typeof TYPED): Callable => ({
  kind,
  name: kind,
  declaration: { name: kind, ...TYPED[kind] },
})

/** The tools of Gemini's own that a choice leaves. */
export const hostedIn = (
  choice: z.infer<typeof toolChoiceSchema> | null | undefined,
  { builtIns }: Toolbox,
): BuiltIn[] =>
  builtIns.filter((builtIn) => allowsHosted(choice, (type) => within(BUILT_INS, type) && BUILT_INS[type] === builtIn))

/** Which tools Gemini may or must call. A typed tool's function has the name of its type. */
export const choiceOf = (
  choice: z.infer<typeof toolChoiceSchema> | null | undefined,
  { callables }: Toolbox,
): ToolChoice | undefined => {
  const named = <Named extends { type: string; name?: string | undefined }>(tool: Named): Named =>
    tool.name === undefined && callables.has(tool.type) ? { ...tool, name: tool.type } : tool
  if (choice === null || choice === undefined || typeof choice === 'string') return toolChoiceOf(choice)
  if ('tools' in choice) return toolChoiceOf({ ...choice, tools: choice.tools.map(named) })
  return toolChoiceOf('allowed_tools' in choice ? choice : named(choice))
}
