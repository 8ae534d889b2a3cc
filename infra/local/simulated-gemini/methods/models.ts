// GET models, and one of them. https://ai.google.dev/api/models

import { GoogleError } from '../errors.ts'
import { type Exchange, ok, type Reply } from '../exchange.ts'
import { MODELS } from '../models.ts'
import { page } from '../resources/page.ts'

export const listModels = (exchange: Exchange): Reply => {
  const entries = MODELS.map(({ entry }) => entry)
  return ok(page(exchange, 'models', entries, 50, 1000))
}

export const getModel = (exchange: Exchange): Reply => {
  const { model: id = '' } = exchange.params
  const model = MODELS.find((known) => known.id === id)
  if (model) return ok(model.entry)
  throw new GoogleError('NOT_FOUND', `Model is not found: models/${id} for api version ${exchange.version}`)
}
