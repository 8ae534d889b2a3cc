// GET models, and one of them. https://ai.google.dev/api/models
import { type Call, ok, type Reply } from '../call.ts'
import { GoogleError } from '../errors.ts'
import { MODELS } from '../models.ts'
import { page } from '../resources/page.ts'

export const listModels = (call: Call): Reply => {
  const entries = MODELS.map(({ entry }) => entry)
  return ok(page(call, 'models', entries, 50, 1000))
}

export const getModel = (call: Call): Reply => {
  const { model: id = '' } = call.params
  const model = MODELS.find((known) => known.id === id)
  if (model) return ok(model.entry)
  throw new GoogleError('NOT_FOUND', `Model is not found: models/${id} for api version ${call.version}`)
}
