import { isAllowed, type Naming } from '../gemini/naming/aliases.ts'
import type { Caller, GeminiClient } from '../gemini/upstream/client.ts'
import { askJson } from '../gemini/upstream/unary.ts'
import type { Json } from '../gemini/wire.ts'
import type { Reply } from '../http/exchange.ts'
import type { NativePath } from './path.ts'

/** Larger than any page of it. A short page of what is left would end Google's SDKs' paging too early. */
const WHOLE = 1000

export const listsModels = ({ collection, name, method }: NativePath): boolean =>
  collection === 'models' && name === undefined && method === undefined

/** Google's list of models, without those that the operator doesn't let be used. */
export const allowedModels = async (
  gemini: GeminiClient,
  { version }: NativePath,
  caller: Caller,
  { settings }: Pick<Naming, 'settings'>,
): Promise<Reply> => {
  const path = `/${version}/models?pageSize=${WHOLE}`
  const page = await askJson(gemini, { method: 'GET', path, model: '' }, caller)
  const models = Array.isArray(page.models) ? (page.models as Json[]) : []
  const allowed = models.filter(({ name }) => isAllowed(String(name).replace(/^models\//, ''), settings))
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: JSON.stringify({ ...page, models: allowed }),
  }
}
