// Everything a generateContent request must hold to, in the order in which Google complains.
import { invalid, invalidFields } from '../errors.ts'
import { type Json, objectOf, textOf } from '../json.ts'
import { readMessage } from '../messages/read.ts'
import type { Model } from '../models.ts'
import type { World } from '../world.ts'
import { checkContents, checkResults, checkTurns } from './contents.ts'
import { checkGeneration } from './generation.ts'
import { collect } from './lines.ts'
import { checkCache, checkFiles, checkStores } from './resources.ts'
import { checkSignatures } from './signatures.ts'
import { checkTools } from './tools.ts'

/** The request in canonical form, or Google's 400. */
export const readGenerate = (world: World, json: unknown, model: Model, project: string): Json => {
  const request = readMessage('GenerateContentRequest', json)
  checkGenerate(world, request, model, project)
  return request
}

export const checkGenerate = (
  world: World,
  request: Json,
  model: Model,
  project: string,
  root = 'GenerateContentRequest',
): void => {
  const lines = collect(root)
  const named = textOf(request.model).replace(/^models\//, '')
  if (named !== '' && named !== model.id) lines.add('model', 'model must be the one that the URL names.')
  checkContents(request, lines)
  checkResults(request, model, lines)
  checkTools(request, model, lines)
  checkGeneration(request, model, lines)
  if (lines.found.length > 0) throw invalidFields(lines.found)
  if (request.systemInstruction !== undefined && (model.kind === 'speech' || /^gemma-[123]/.test(model.id)))
    throw invalid(`Developer instruction is not enabled for models/${model.id}`)
  checkTurns(request, model)
  checkSignatures(world, request, model, project)
  checkFiles(world, request, project)
  checkStores(world, request, project)
  checkCache(world, request, model, project)
}

/** Contents alone, for countTokens. */
export const checkCounted = (request: Json): void => {
  const lines = collect('CountTokensRequest')
  checkContents(request, lines)
  if (lines.found.length > 0) throw invalidFields(lines.found)
}

export const generationOf = (request: Json): Json => objectOf(request.generationConfig)
