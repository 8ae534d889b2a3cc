import type { RuntimeSettings } from '../../contract/settings.ts'
import { GatewayError } from '../../errors.ts'
import { type Model, modelOf } from '../models/model.ts'
import { type Reading, readingsOf, type Suffixes } from './suffixes.ts'
import { type Switches, switchesOf } from './switches.ts'

type Aliases = Readonly<Record<string, string>>

/** What other vendors' models stand for here, so that a client runs with nothing but its base URL and key changed. */
const DEFAULTS: Aliases = {
  'claude-*': 'gemini-3.6-flash',
  'claude-opus-*': 'gemini-3.1-pro-preview',
  'claude-fable-*': 'gemini-3.1-pro-preview',
  'claude-haiku-*': 'gemini-3.1-flash-lite',
  'claude-3-haiku-*': 'gemini-3.1-flash-lite',
  'claude-3-5-haiku-*': 'gemini-3.1-flash-lite',
  'gpt-*': 'gemini-3.6-flash',
  'gpt-4o-search-*': 'gemini-3.6-flash-search',
  'gpt-4o-mini-search-*': 'gemini-3.6-flash-search',
  'gpt-5-search-*': 'gemini-3.6-flash-search',
  'chatgpt-*': 'gemini-3.6-flash',
  'codex-*': 'gemini-3.6-flash',
  'o1*': 'gemini-3.6-flash',
  'o3*': 'gemini-3.6-flash',
  'o4*': 'gemini-3.6-flash',
  'whisper-*': 'gemini-3.6-flash',
  'davinci-*': 'gemini-3.6-flash',
  'babbage-*': 'gemini-3.6-flash',
  'text-embedding-*': 'gemini-embedding-001',
  'gpt-image-*': 'gemini-3.1-flash-image',
  'chatgpt-image-*': 'gemini-3.1-flash-image',
  'dall-e-*': 'gemini-3.1-flash-image',
  'tts-1*': 'gemini-3.1-flash-tts-preview',
  'gpt-4o-mini-tts*': 'gemini-3.1-flash-tts-preview',
  'sora-*': 'veo-3.1-fast-generate-preview',
  'sora-2-pro*': 'veo-3.1-generate-preview',
}

/** Claude Code lists only models whose names begin so; what follows is Gemini's own name. */
const DISCOVERED = /^claude-(?=gem(?:ini|ma)-)/

/** The name under which Claude Code's discovery takes a model; undefined for one that no agent could use. */
export const discoveredAs = (id: string): string | undefined => {
  const name = `claude-${id}`
  return DISCOVERED.test(name) ? name : undefined
}

const NAME = /^(?:tunedModels\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** What a name is resolved by. */
export interface Naming {
  settings: Pick<RuntimeSettings, 'modelAliases' | 'allowedModels' | 'force' | 'safety' | 'streaming'>
  /** Gemini's own names, as far as they are known without asking. */
  catalogue: { knows(id: string): boolean }
}

/** What a client means by a model's name. */
export interface Resolved {
  model: Model
  switches: Switches
}

/**
 * The model that a client means: an alias of the operator's, one of the defaults, or Gemini's own name, and after it
 * suffixes. A name that is known exactly is never taken apart. An alias may end in `*`; of those that fit, the longest
 * counts. Throws `model_not_found` for what can't be a name, `permission` for what the operator doesn't let be used.
 */
export const resolveModel = (asked: string, naming: Naming): Resolved => {
  const { name: id, suffixes } = meaningOf(asked, naming)
  if (!NAME.test(id)) {
    throw new GatewayError('model_not_found', `The model '${asked.slice(0, 100)}' does not exist.`, { param: 'model' })
  }
  if (!isAllowed(id, naming.settings)) throw notAllowed(asked)
  return { model: modelOf(id), switches: switchesOf(suffixes, naming.settings) }
}

/** What a name stands for: Gemini's own name, and suffixes. */
export const meaningOf = (asked: string, { settings, catalogue }: Naming): Reading => {
  const aliases = settings.modelAliases
  const isKnown = (name: string): boolean => catalogue.knows(undiscovered(name) ?? name)
  const wanted = chosen(
    readingsOf(asked.replace(/^models\//, '')),
    (name) => Object.hasOwn(aliases, name) || isKnown(name),
    (name) => targetOf(name, aliases) !== undefined,
  )
  const target = targetOf(wanted.name, aliases)
  // An alias that stands for itself says: this is the whole name.
  if (target === undefined || target === wanted.name) return wanted
  // What an alias stands for may have suffixes, too.
  const meant = chosen(readingsOf(target), (name) => isKnown(name) || aliases[name] === name)
  return { name: meant.name, suffixes: both(meant.suffixes, wanted.suffixes) }
}

/** The longest reading that is exactly a name; else the shortest that stands for one; else the shortest. */
const chosen = (
  readings: readonly Reading[],
  isExact: (name: string) => boolean,
  standsForOne: (name: string) => boolean = () => false,
): Reading =>
  readings.find(({ name }) => isExact(name)) ??
  readings.findLast(({ name }) => standsForOne(name)) ??
  (readings.at(-1) as Reading)

/** A client's own suffixes count more than those of the name that its alias stands for. */
const both = (alias: Suffixes, client: Suffixes): Suffixes => ({
  ...alias,
  ...client,
  builtIns: [...alias.builtIns, ...client.builtIns],
})

export const notAllowed = (asked: string): GatewayError =>
  new GatewayError('permission', `The model '${asked.slice(0, 100)}' is not allowed here.`, { param: 'model' })

/** Whether the operator lets clients use the model with this name of Gemini's. */
export const isAllowed = (id: string, { allowedModels }: Pick<RuntimeSettings, 'allowedModels'>): boolean =>
  allowedModels.some((pattern) => fits(id, pattern))

export const allowsAll = ({ allowedModels }: Pick<RuntimeSettings, 'allowedModels'>): boolean =>
  allowedModels.includes('*')

/** A request's body with the operator's default in it, where it names no model. */
export const withModel = (body: unknown, { defaultModel }: Pick<RuntimeSettings, 'defaultModel'>): unknown =>
  defaultModel !== undefined && typeof body === 'object' && body !== null && !Array.isArray(body) && !namesModel(body)
    ? { ...body, model: defaultModel }
    : body

const namesModel = (body: object): boolean => {
  const { model } = body as { model?: unknown }
  return model !== undefined && model !== null && model !== ''
}

const undiscovered = (name: string): string | undefined =>
  DISCOVERED.test(name) ? name.replace(DISCOVERED, '') : undefined

const targetOf = (name: string, aliases: Aliases): string | undefined =>
  findAlias(name, aliases) ?? undiscovered(name) ?? findAlias(name, DEFAULTS)

const fits = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

const findAlias = (name: string, aliases: Aliases): string | undefined => {
  if (Object.hasOwn(aliases, name)) return aliases[name]
  const [best] = Object.entries(aliases)
    .filter(([alias]) => fits(name, alias))
    .sort(([a], [b]) => b.length - a.length)
  return best?.[1]
}
