import { GatewayError } from '../errors.ts'
import { isAllowed, meaningOf, type Naming, resolveModel } from '../gemini/naming/aliases.ts'
import type { ListedModel } from '../gemini/upstream/catalogue.ts'

/** https://platform.openai.com/docs/api-reference/models/object */
export interface ModelObject {
  id: string
  object: 'model'
  created: number
  owned_by: string
}

/** What some endpoint of this API can ask of a model. */
const SERVED: ReadonlySet<string> = new Set(['generateContent', 'embedContent', 'predict'])

/** Gemini tells no dates. */
const modelObject = (id: string): ModelObject => ({ id, object: 'model', created: 0, owned_by: 'google' })

/** Every model that an endpoint can use, and the operator's own names for them. */
export const modelList = (models: readonly ListedModel[], naming: Naming): { object: 'list'; data: ModelObject[] } => {
  const own = Object.keys(naming.settings.modelAliases).filter(
    (alias) => !alias.endsWith('*') && isAllowed(meaningOf(alias, naming).name, naming.settings),
  )
  const served = models.filter(({ methods }) => methods.some((method) => SERVED.has(method)))
  const ids = new Set([...served.map(({ id }) => id), ...own])
  return { object: 'list', data: [...ids].map(modelObject) }
}

/** One model under the name it was asked by, which may stand for another; throws `model_not_found`. */
export const oneModel = (asked: string, models: readonly ListedModel[], naming: Naming): ModelObject => {
  const { id } = resolveModel(asked, naming).model
  if (!models.some((model) => model.id === id)) {
    throw new GatewayError('model_not_found', `The model '${asked.slice(0, 100)}' does not exist.`, { param: 'model' })
  }
  return modelObject(asked.replace(/^models\//, ''))
}
