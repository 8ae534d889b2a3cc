import { GatewayError } from '../errors.ts'
import { type Model, modelOf } from './models.ts'

/** What other vendors' models stand for here, so that a client runs with nothing but its base URL and key changed. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'claude-*': 'gemini-3.6-flash',
  'claude-opus-*': 'gemini-3.1-pro-preview',
  'claude-haiku-*': 'gemini-3.1-flash-lite',
  'claude-3-haiku-*': 'gemini-3.1-flash-lite',
  'claude-3-5-haiku-*': 'gemini-3.1-flash-lite',
  'gpt-*': 'gemini-3.6-flash',
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
}

/** Claude Code lists only models whose names begin so; what follows is Gemini's own name. */
const DISCOVERED = /^claude-(?=gem(?:ini|ma)-)/

/** The name under which Claude Code's discovery takes a model; undefined for one that no agent could use. */
export const discoveredAs = (id: string): string | undefined => {
  const name = `claude-${id}`
  return DISCOVERED.test(name) ? name : undefined
}

const NAME = /^(?:tunedModels\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/**
 * The model that a client means: an alias of the operator's, one of the defaults, or Gemini's own name. An alias may end
 * in `*`; of those that fit, the longest counts. Throws `model_not_found` for what can't be a name.
 */
export const resolveModel = (asked: string, aliases: Readonly<Record<string, string>>): Model => {
  const name = asked.replace(/^models\//, '')
  const discovered = DISCOVERED.test(name) ? name.replace(DISCOVERED, '') : undefined
  const target = findAlias(name, aliases) ?? discovered ?? findAlias(name, DEFAULTS) ?? name
  if (!NAME.test(target)) {
    throw new GatewayError('model_not_found', `The model '${asked.slice(0, 100)}' does not exist.`, { param: 'model' })
  }
  return modelOf(target)
}

const findAlias = (name: string, aliases: Readonly<Record<string, string>>): string | undefined => {
  if (Object.hasOwn(aliases, name)) return aliases[name]
  const [best] = Object.entries(aliases)
    .filter(([alias]) => alias.endsWith('*') && name.startsWith(alias.slice(0, -1)))
    .sort(([a], [b]) => b.length - a.length)
  return best?.[1]
}
