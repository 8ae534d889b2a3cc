import { GatewayError } from '../errors.ts'
import { modelOf } from '../gemini/models/model.ts'
import { discoveredAs, type Naming, resolveModel } from '../gemini/naming/aliases.ts'
import type { ListedModel } from '../gemini/upstream/catalogue.ts'
import { type Page, pageOf } from './paging.ts'

/** https://platform.claude.com/docs/en/api/models-list */
export interface ModelInfo {
  type: 'model'
  id: string
  display_name: string
  created_at: string
  max_input_tokens: number | null
  max_tokens: number | null
  capabilities: null
  lifecycle: 'active'
  line: null
  deprecated_at: null
  retires_at: null
}

/** Gemini tells no dates; Anthropic's own list says the epoch where it knows none. */
const modelInfo = (id: string, { displayName, inputLimit, outputLimit }: ListedModel): ModelInfo => ({
  type: 'model',
  id,
  display_name: displayName,
  created_at: '1970-01-01T00:00:00Z',
  max_input_tokens: inputLimit ?? null,
  max_tokens: outputLimit ?? null,
  capabilities: null,
  lifecycle: 'active',
  line: null,
  deprecated_at: null,
  retires_at: null,
})

/** A page of the models that write: first under the names that Claude Code takes, then under Gemini's own. */
export const modelPage = (models: readonly ListedModel[], query: string): Page<ModelInfo> => {
  const writers = models.filter(
    ({ id, methods }) => methods.includes('generateContent') && modelOf(id).makes === 'text',
  )
  const all = [
    ...writers.flatMap((model) => {
      const id = discoveredAs(model.id)
      return id === undefined ? [] : [modelInfo(id, model)]
    }),
    ...writers.map((model) => modelInfo(model.id, model)),
  ]
  return pageOf(all, new URLSearchParams(query))
}

/** One model under the name it was asked by, which may stand for another; throws `model_not_found`. */
export const oneModel = (asked: string, models: readonly ListedModel[], naming: Naming): ModelInfo => {
  const { id } = resolveModel(asked, naming).model
  const model = models.find((listed) => listed.id === id)
  if (!model) throw new GatewayError('model_not_found', `model: ${asked.slice(0, 100)}`)
  return modelInfo(asked, model)
}
