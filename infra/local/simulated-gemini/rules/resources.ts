// Files and caches that a request names belong to its project, or aren't there.
import { GoogleError, invalid } from '../errors.ts'
import { type Json, objectOf, objectsOf, stringsOf, textOf } from '../json.ts'
import type { Model } from '../models.ts'
import type { World } from '../world.ts'
import { filesOf } from './contents.ts'

const FILE = /\/(?:v1beta|v1)\/files\/([^/?]+)$/

export const noFile = (id: string): GoogleError =>
  new GoogleError('PERMISSION_DENIED', `You do not have permission to access the File ${id} or it may not exist.`)

/** URLs of elsewhere are Google's to fetch; its own files must be this project's. */
export const checkFiles = (world: World, request: Json, project: string): void => {
  for (const uri of filesOf(request)) {
    const id = FILE.exec(uri)?.[1] ?? (uri.startsWith('files/') ? uri.slice('files/'.length) : undefined)
    if (id === undefined) {
      if (!/^(?:https?|gs):\/\//.test(uri)) throw invalid(`Invalid file URI: ${uri}`)
      continue
    }
    const file = world.files.get(id)
    if (file?.project !== project || Date.parse(textOf(file.value.expirationTime)) <= world.now()) throw noFile(id)
    if (file.value.state !== 'ACTIVE')
      throw new GoogleError('FAILED_PRECONDITION', `The File ${id} is not in an ACTIVE state and usage is not allowed.`)
  }
}

export const noCache = (): GoogleError =>
  new GoogleError('PERMISSION_DENIED', 'CachedContent not found (or permission denied)')

export const checkCache = (world: World, request: Json, model: Model, project: string): void => {
  if (request.cachedContent === undefined) return
  const cache = world.caches.get(textOf(request.cachedContent).replace(/^cachedContents\//, ''))
  if (cache?.project !== project || Date.parse(textOf(cache.value.expireTime)) <= world.now()) throw noCache()
  const own = textOf(cache.value.model)
  if (own !== `models/${model.id}`)
    throw invalid(
      `Model used by GenerateContent request (models/${model.id}) and CachedContent (${own}) has to be the same.`,
    )
  if (['systemInstruction', 'tools', 'toolConfig'].some((field) => request[field] !== undefined))
    throw invalid(
      'CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request.',
    )
}

/** The stores of a request's file search. */
export const checkStores = (world: World, request: Json, project: string): void => {
  for (const { fileSearch } of objectsOf(request.tools))
    for (const name of stringsOf(objectOf(fileSearch).fileSearchStoreNames))
      if (world.stores.get(name)?.project !== project)
        throw new GoogleError('PERMISSION_DENIED', `You do not have permission to access ${name} or it may not exist.`)
}
