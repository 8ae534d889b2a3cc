import { createHash } from 'node:crypto'
import { GatewayError } from '../../errors.ts'
import type { Model } from '../models/model.ts'
import { cleanParameters } from '../schema/index.ts'
import type { FunctionDeclaration, GenerateContentRequest, Tool, ToolConfig } from '../wire.ts'

export interface FunctionTool {
  name: string
  description?: string | null | undefined
  /** JSON Schema of the arguments; absent for a function without any. */
  schema?: unknown
}

/** What Gemini runs by itself. */
export type BuiltIn = 'search' | 'code' | 'url'

export interface ToolChoice {
  mode: 'auto' | 'none' | 'any'
  /** Only these; where there is none among them, no function at all. */
  names?: readonly string[]
}

export const BUILT_INS: Record<BuiltIn, Tool> = {
  search: { googleSearch: {} },
  code: { codeExecution: {} },
  url: { urlContext: {} },
}

// https://ai.google.dev/api/caching#FunctionDeclaration
const MOST_FUNCTIONS = 512
/** Google takes 128 characters; 64 is what OpenAI and Anthropic let clients use. */
const VALID_NAME = /^[A-Za-z_][\w.:-]{0,63}$/
const LONGEST_STEM = 64 - 9

const refusal = (message: string, param: string): GatewayError =>
  new GatewayError('invalid_request', message, { param })

const declarationsOf = (functions: readonly FunctionTool[]): FunctionDeclaration[] => {
  const byName = new Map<string, string>()
  const declarations: FunctionDeclaration[] = []
  for (const { name, description, schema } of functions) {
    const upstream = upstreamName(name)
    const owner = byName.get(upstream)
    if (owner === name) continue
    if (owner !== undefined) throw refusal(`The tools "${owner}" and "${name}" cannot be told apart.`, 'tools')
    byName.set(upstream, name)
    declarations.push({
      name: upstream,
      ...(typeof description === 'string' && { description }),
      ...(schema !== undefined && schema !== null && { parametersJsonSchema: cleanParameters(schema) }),
    })
  }
  if (declarations.length > MOST_FUNCTIONS) {
    throw refusal(`Gemini takes at most ${MOST_FUNCTIONS} functions; these are ${declarations.length}.`, 'tools')
  }
  return declarations
}

const allowedOf = (names: readonly string[], declarations: readonly FunctionDeclaration[]): string[] => {
  const declared = new Set(declarations.map(({ name }) => name))
  for (const name of names) {
    if (!declared.has(upstreamName(name))) throw refusal(`The tool "${name}" is not among the tools.`, 'tool_choice')
  }
  return [...new Set(names.map(upstreamName))]
}

/** Undefined where Gemini's default says it all. `mixed`: built-ins stand beside, and then Google wants calls validated. */
const callingOf = (
  choice: ToolChoice | undefined,
  declarations: readonly FunctionDeclaration[],
  mixed: boolean,
): ToolConfig['functionCallingConfig'] => {
  const allowed = choice?.names?.length ? { allowedFunctionNames: allowedOf(choice.names, declarations) } : undefined
  switch (choice?.mode) {
    case 'none':
      return { mode: 'NONE' }
    case 'any':
      return { mode: 'ANY', ...allowed }
    case 'auto':
    case undefined:
      return allowed || mixed ? { mode: 'VALIDATED', ...allowed } : undefined
  }
}

/** The built-ins that the model can run here. `held`: it may not call anything. */
export const runnableOf = (
  builtIns: readonly BuiltIn[],
  model: Model,
  { hasFunctions, held }: { hasFunctions: boolean; held: boolean },
): BuiltIn[] =>
  model.tools === 'none' || held || (hasFunctions && !model.toolsMix)
    ? []
    : [...new Set(builtIns)].filter((builtIn) => model.tools === 'all' || builtIn === 'search')

/**
 * Declarations and calling mode; built-ins give way to functions where the model can't take both. With `none` the functions
 * stay declared, since earlier turns call them, and built-ins, which nothing else could hold back, are left out; where a
 * choice names no function, built-ins alone are left.
 */
export const toolsOf = (
  functions: readonly FunctionTool[],
  builtIns: readonly BuiltIn[],
  choice: ToolChoice | undefined,
  model: Model,
): Pick<GenerateContentRequest, 'tools' | 'toolConfig'> => {
  const declarations = model.tools === 'all' && choice?.names?.length !== 0 ? declarationsOf(functions) : []
  const hasFunctions = declarations.length > 0
  const runnable = runnableOf(builtIns, model, { hasFunctions, held: choice?.mode === 'none' })
  const tools: Tool[] = [
    ...(hasFunctions ? [{ functionDeclarations: declarations }] : []),
    ...runnable.map((builtIn) => BUILT_INS[builtIn]),
  ]
  if (!hasFunctions) return tools.length > 0 ? { tools } : {}

  const mixed = runnable.length > 0
  const calling = callingOf(choice, declarations, mixed)
  const toolConfig: ToolConfig = {
    ...(calling && { functionCallingConfig: calling }),
    ...(mixed && { includeServerSideToolInvocations: true }),
  }
  return { tools, ...(Object.keys(toolConfig).length > 0 && { toolConfig }) }
}

export const hasTools = ({ tools }: Pick<GenerateContentRequest, 'tools'>): boolean => tools !== undefined

/** A client's tool name as Gemini takes it: itself where it is valid, else a readable stand-in with a hash. Deterministic. */
export const upstreamName = (name: string): string => {
  if (VALID_NAME.test(name)) return name
  const stem = name.slice(0, LONGEST_STEM).replace(/[^\w.:-]/g, '_')
  const started = /^[A-Za-z_]/.test(stem) ? stem : `_${stem.slice(0, LONGEST_STEM - 1)}`
  return `${started}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

/** The way back: which of the client's tools Gemini means, in spite of prefixes (`default_api:`) and case. */
export const clientName = (name: string, declared: readonly string[]): string => {
  const exact = (wanted: string): string | undefined => declared.find((own) => upstreamName(own) === wanted)
  const bare = name.replace(/^default_api[:.]/, '')
  const folded = bare.toLowerCase()
  return exact(name) ?? exact(bare) ?? declared.find((own) => upstreamName(own).toLowerCase() === folded) ?? bare
}
