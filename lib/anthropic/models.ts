import { GatewayError } from '../errors.ts'
import { discoveredAs, type Naming, resolveModel } from '../gemini/aliases.ts'
import type { ListedModel } from '../gemini/catalogue.ts'
import { modelOf } from '../gemini/models.ts'

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

export interface ModelPage {
  data: ModelInfo[]
  has_more: boolean
  first_id: string | null
  last_id: string | null
}

const USUAL_LIMIT = 20
const MOST = 1000

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
export const modelPage = (models: readonly ListedModel[], query: string): ModelPage => {
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
  const parameters = new URLSearchParams(query)
  const limit = limitIn(parameters)
  const before = placeOf(parameters.get('before_id'), 'before_id', all)
  const after = placeOf(parameters.get('after_id'), 'after_id', all)
  const end = before ?? all.length
  const start = after === undefined ? (before === undefined ? 0 : Math.max(0, before - limit)) : after + 1
  const data = all.slice(start, Math.min(end, start + limit))
  return {
    data,
    has_more: before === undefined ? start + data.length < all.length : start > 0,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  }
}

const limitIn = (parameters: URLSearchParams): number => {
  const text = parameters.get('limit')
  const limit = text === null ? USUAL_LIMIT : Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit
  const message = `limit: must be a whole number from 1 to ${MOST}`
  throw new GatewayError('invalid_request', message, { param: 'limit' })
}

const placeOf = (id: string | null, param: string, all: readonly ModelInfo[]): number | undefined => {
  if (id === null) return undefined
  const place = all.findIndex((model) => model.id === id)
  if (place < 0) throw new GatewayError('invalid_request', `${param}: no such model in this list`, { param })
  return place
}

/** One model under the name it was asked by, which may stand for another; throws `model_not_found`. */
export const oneModel = (asked: string, models: readonly ListedModel[], naming: Naming): ModelInfo => {
  const { id } = resolveModel(asked, naming).model
  const model = models.find((listed) => listed.id === id)
  if (!model) throw new GatewayError('model_not_found', `model: ${asked.slice(0, 100)}`)
  return modelInfo(asked, model)
}
