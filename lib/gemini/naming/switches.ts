import type { RuntimeSettings } from '../../contract/settings.ts'
import type { Model } from '../models/model.ts'
import { type ThinkingWish, thinkingOf } from '../models/thinking.ts'
import { BUILT_INS, type BuiltIn, runnableOf } from '../request/tools.ts'
import { fieldOf, objectIn, objectsIn, spelled, withField } from '../spelling.ts'
import type { Json, SafetySetting } from '../wire.ts'
import type { Suffixes } from './suffixes.ts'

/** What a request gets beside what its body says: by its model's name, or by the operator's settings. */
export interface Switches {
  /** Of the model's name: counts more than the body. */
  thinking: ThinkingWish | undefined
  /** Thoughts are shown where the body doesn't say. */
  showThoughts: boolean
  builtIns: readonly BuiltIn[]
  /** Where the body sets no threshold. */
  safety: RuntimeSettings['safety']
  /** Of streamed requests. */
  streaming: 'real' | 'fake'
}

type SwitchSettings = Pick<RuntimeSettings, 'force' | 'safety' | 'streaming'>

export const switchesOf = ({ thinking, streaming, builtIns }: Suffixes, settings: SwitchSettings): Switches => {
  const forced = settings.force.filter((force) => force !== 'thinking')
  return {
    thinking,
    showThoughts: settings.force.includes('thinking'),
    builtIns: [...new Set([...builtIns, ...forced])],
    safety: settings.safety,
    streaming: streaming ?? settings.streaming,
  }
}

/** Whether `switched` may change anything at all. */
export const hasEffect = ({ thinking, showThoughts, builtIns, safety }: Switches): boolean =>
  thinking !== undefined || showThoughts || builtIns.length > 0 || safety !== undefined

/**
 * The request with its switches applied, in Google's own form: ours, or one that a client wrote, whose names come in camel
 * case or snake case. The same object where nothing changes.
 */
export const switched = <Request extends object>(request: Request, model: Model, switches: Switches): Request => {
  if (!hasEffect(switches)) return request
  const thought = withThinking(request as Json, model, switches)
  return withSafety(withBuiltIns(thought, model, switches), switches) as Request
}

const withThinking = (request: Json, model: Model, switches: Switches): Json => {
  const config = objectIn(request, 'generationConfig')
  const thinking = objectIn(config, 'thinkingConfig')
  const changed = shownThoughts(thinkingBy(switches.thinking, thinking, model), model, switches)
  if (changed === thinking) return request
  return withField(request, 'generationConfig', withField(config, 'thinkingConfig', changed))
}

/** Level and budget exclude each other, so both of the body's give way. */
const thinkingBy = (wish: ThinkingWish | undefined, thinking: Json, model: Model): Json => {
  if (!wish || model.thinking.by === 'none') return thinking
  const decided = [spelled(thinking, 'thinkingLevel'), spelled(thinking, 'thinkingBudget')]
  const rest = Object.fromEntries(Object.entries(thinking).filter(([name]) => !decided.includes(name)))
  const { includeThoughts, ...amount } = thinkingOf(wish, model) ?? {}
  const asked = { ...rest, ...amount }
  return includeThoughts === undefined ? asked : withField(asked, 'includeThoughts', includeThoughts)
}

const shownThoughts = (thinking: Json, { makes, thinking: { by } }: Model, { showThoughts }: Switches): Json => {
  const says = fieldOf(thinking, 'includeThoughts') !== undefined || fieldOf(thinking, 'thinkingBudget') === 0
  return showThoughts && !says && makes === 'text' && by !== 'none'
    ? withField(thinking, 'includeThoughts', true)
    : thinking
}

const has = (tool: Json, name: string): boolean => fieldOf(tool, name) !== undefined

/** Built-ins give way to what they can't stand beside: a cache, which brings its own tools, JSON mode and functions before Gemini 3. */
const withBuiltIns = (request: Json, model: Model, { builtIns }: Switches): Json => {
  if (builtIns.length === 0 || fieldOf(request, 'cachedContent') !== undefined) return request
  const tools = objectsIn(request, 'tools')
  const calling = objectIn(objectIn(request, 'toolConfig'), 'functionCallingConfig')
  const hasFunctions = tools.some((tool) => objectsIn(tool, 'functionDeclarations').length > 0)
  const isJson = fieldOf(objectIn(request, 'generationConfig'), 'responseMimeType') === 'application/json'
  const added = builtIns.filter((builtIn) =>
    Object.keys(BUILT_INS[builtIn]).every((name) => !tools.some((tool) => has(tool, name))),
  )
  const runnable =
    isJson && !model.jsonWithTools ? [] : runnableOf(added, model, { hasFunctions, held: calling.mode === 'NONE' })
  if (runnable.length === 0) return request
  const all = [...tools, ...runnable.map((builtIn) => BUILT_INS[builtIn])]
  const toolful = withField(request, 'tools', all)
  return hasFunctions ? withField(toolful, 'toolConfig', mixedConfig(objectIn(request, 'toolConfig'))) : toolful
}

/** Beside built-ins Google wants calls validated. https://ai.google.dev/gemini-api/docs/tool-combination */
const mixedConfig = (config: Json): Json => {
  const calling = objectIn(config, 'functionCallingConfig')
  const free = fieldOf(calling, 'mode') === undefined || calling.mode === 'AUTO'
  const validated = free ? withField(config, 'functionCallingConfig', { ...calling, mode: 'VALIDATED' }) : config
  return withField(validated, 'includeServerSideToolInvocations', true)
}

// https://ai.google.dev/gemini-api/docs/safety-settings
const CATEGORIES = ['HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT']

/** The operator's threshold for every category that can be set. */
export const safetyOf = (threshold: string): SafetySetting[] =>
  CATEGORIES.map((category) => ({ category: `HARM_CATEGORY_${category}`, threshold }))

const withSafety = (request: Json, { safety }: Switches): Json =>
  safety === undefined || fieldOf(request, 'safetySettings') !== undefined
    ? request
    : withField(request, 'safetySettings', safetyOf(safety))
