import type { Model } from '../gemini/models/model.ts'
import { allowsAll, isAllowed, type Naming, notAllowed, resolveModel } from '../gemini/naming/aliases.ts'
import { hasEffect, type Switches, switched } from '../gemini/naming/switches.ts'
import { fieldOf, isObject, objectIn, objectsIn, withField } from '../gemini/spelling.ts'
import type { Json } from '../gemini/wire.ts'
import { readJson } from '../http/body.ts'
import type { AdmittedRequest } from '../http/exchange.ts'
import { type NativePath, pathOf } from './path.ts'

/** A native request as Google gets it: the client's own bytes, unless its model's name or a setting asks for more. */
export interface NamedRequest {
  request: AdmittedRequest
  path: NativePath
  /** Its stream is to be made of a whole answer. */
  fake: boolean
}

/**
 * What a path's model stands for, with its switches applied. Throws `permission` for a model that the operator doesn't let
 * be used, wherever it is named.
 */
export const nameModel = (request: AdmittedRequest, path: NativePath, naming: Naming): NamedRequest => {
  const { collection, name, method } = path
  if (collection !== 'models' || name === undefined || name.includes('/')) {
    if (!allowsAll(naming.settings)) checkNamed(request, path, naming)
    return { request, path, fake: false }
  }
  const { model, switches } = resolveModel(name, naming)
  if (!allowsAll(naming.settings) && HOLDS_REQUESTS.test(method ?? '')) checkInner(request, name, naming)
  const fake = method === 'streamGenerateContent' && switches.streaming === 'fake'
  const upstream = { ...path, name: model.id, method: fake ? 'generateContent' : method }
  const isRenamed = model.id !== name
  const changed =
    isRenamed || hasEffect(switches)
      ? { ...request, body: changedBody(request, (body) => applied(body, path, model, switches)) }
      : request
  return { path: upstream, fake, request: isRenamed || fake ? { ...changed, path: pathOf(upstream) } : changed }
}

/** The bytes as they came where nothing changes in them. */
const changedBody = (request: AdmittedRequest, change: (body: Json) => Json): AdmittedRequest['body'] => {
  if (request.body.length === 0) return request.body
  const body = readJson(request)
  const changed = isObject(body) ? change(body) : body
  return changed === body ? request.body : JSON.stringify(changed)
}

const applied = (body: Json, { name, method }: NativePath, model: Model, switches: Switches): Json => {
  const named = model.id === name ? body : renamed(body, model)
  if (method === 'generateContent' || method === 'streamGenerateContent') return switched(named, model, switches)
  if (method !== 'countTokens') return named
  const counted = fieldOf(named, 'generateContentRequest')
  if (!isObject(counted)) return named
  return withField(named, 'generateContentRequest', switched(renamed(counted, model), model, switches))
}

/** Some bodies repeat the path's model. */
const renamed = (body: Json, { id }: Model): Json => {
  const one = (named: Json): Json => (typeof named.model === 'string' ? { ...named, model: `models/${id}` } : named)
  const { requests } = body
  return Array.isArray(requests)
    ? { ...one(body), requests: requests.map((each: unknown) => (isObject(each) ? one(each) : each)) }
    : one(body)
}

const checkNamed = (request: AdmittedRequest, { collection, name, method }: NativePath, { settings }: Naming): void => {
  const tuned = collection === 'tunedModels' && method && name ? [`tunedModels/${name}`] : []
  const body =
    request.method === 'POST' && request.body.length > 0 && tuned.length === 0 ? readJson(request) : undefined
  for (const named of isObject(body) ? modelsIn(body) : tuned) {
    const id = named.replace(/^models\//, '')
    if (!isAllowed(id, settings)) throw notAllowed(id)
  }
}

/** Methods whose bodies hold whole requests, each of which may name a model, too. */
const HOLDS_REQUESTS = /^(?:batch|asyncBatch|countTokens)/

const checkInner = (request: AdmittedRequest, name: string, { settings }: Naming): void => {
  const body = request.body.length > 0 ? readJson(request) : undefined
  if (!isObject(body)) return
  const batch = objectIn(body, 'batch')
  const lines = objectsIn(objectIn(objectIn(batch, 'inputConfig'), 'requests'), 'requests')
  const inner = [
    batch,
    objectIn(body, 'generateContentRequest'),
    ...objectsIn(body, 'requests'),
    ...lines.map((line) => objectIn(line, 'request')),
  ]
  for (const { model } of inner) {
    const id = typeof model === 'string' ? model.replace(/^models\//, '') : name
    if (id !== name && !isAllowed(id, settings)) throw notAllowed(id)
  }
}

/** An agent works with models, and its client may say which. */
const modelsIn = (body: Json): string[] =>
  [body.model, body.agent, fieldOf(objectIn(body, 'agentConfig'), 'model')].filter((named) => typeof named === 'string')
