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
  'codex-*': 'gemini-3.6-flash',
}

const NAME = /^(?:tunedModels\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/**
 * The model that a client means: an alias of the operator's, one of the defaults, or Gemini's own name. An alias may end
 * in `*`; of those that fit, the longest counts. Throws `model_not_found` for what can't be a name.
 */
export const resolveModel = (asked: string, aliases: Readonly<Record<string, string>>): Model => {
  const name = asked.replace(/^models\//, '')
  const target = findAlias(name, aliases) ?? findAlias(name, DEFAULTS) ?? name
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
