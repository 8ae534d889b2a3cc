// Which path is answered by what.

import { GoogleError } from './errors.ts'
import type { Exchange, Reply } from './exchange.ts'
import { batchEmbedContents, embedContent } from './methods/embed.ts'
import { countTokens, generateContent, streamGenerateContent } from './methods/generate.ts'
import { cancelInteraction, createInteraction, deleteInteraction, getInteraction } from './methods/interactions.ts'
import { getModel, listModels } from './methods/models.ts'
import { getOperation, listOperations, predict, predictLongRunning } from './methods/predict.ts'
import { cancelBatch, createBatch, createEmbedBatch, deleteBatch, getBatch, listBatches } from './resources/batches.ts'
import { createCache, deleteCache, getCache, listCaches, patchCache } from './resources/caches.ts'
import { deleteFile, downloadFile, getFile, listFiles, redirectedFile } from './resources/files.ts'
import {
  createStore,
  deleteDocument,
  deleteStore,
  getDocument,
  getStore,
  getStoreOperation,
  importFile,
  listDocuments,
  listStores,
} from './resources/stores.ts'
import { upload } from './resources/upload.ts'

export type Handler = (exchange: Exchange) => Reply | Promise<Reply>

/** `{name}` is one segment without `/` and `:`. */
const ROUTES: readonly (readonly [method: string, pattern: string, handler: Handler])[] = [
  ['POST', 'models/{model}:generateContent', generateContent],
  ['POST', 'models/{model}:streamGenerateContent', streamGenerateContent],
  ['POST', 'models/{model}:countTokens', countTokens],
  ['POST', 'models/{model}:embedContent', embedContent],
  ['POST', 'models/{model}:batchEmbedContents', batchEmbedContents],
  ['POST', 'models/{model}:predict', predict],
  ['POST', 'models/{model}:predictLongRunning', predictLongRunning],
  ['POST', 'models/{model}:batchGenerateContent', createBatch],
  ['POST', 'models/{model}:asyncBatchEmbedContent', createEmbedBatch],
  ['GET', 'models/{model}/operations/{operation}', getOperation],
  ['GET', 'models/{model}/operations', listOperations],
  ['GET', 'models', listModels],
  ['GET', 'models/{model}', getModel],
  ['GET', 'files', listFiles],
  ['GET', 'files/{file}', getFile],
  ['GET', 'files/{file}:download', downloadFile],
  ['DELETE', 'files/{file}', deleteFile],
  ['GET', 'download:files/{file}:download', redirectedFile],
  ['POST', 'upload:files', upload],
  ['PUT', 'upload:files', upload],
  ['POST', 'cachedContents', createCache],
  ['GET', 'cachedContents', listCaches],
  ['GET', 'cachedContents/{cache}', getCache],
  ['PATCH', 'cachedContents/{cache}', patchCache],
  ['DELETE', 'cachedContents/{cache}', deleteCache],
  ['GET', 'batches', listBatches],
  ['GET', 'batches/{batch}', getBatch],
  ['POST', 'batches/{batch}:cancel', cancelBatch],
  ['DELETE', 'batches/{batch}', deleteBatch],
  ['POST', 'fileSearchStores', createStore],
  ['GET', 'fileSearchStores', listStores],
  ['GET', 'fileSearchStores/{store}', getStore],
  ['DELETE', 'fileSearchStores/{store}', deleteStore],
  ['POST', 'fileSearchStores/{store}:importFile', importFile],
  ['POST', 'upload:fileSearchStores/{store}:uploadToFileSearchStore', upload],
  ['GET', 'fileSearchStores/{store}/operations/{operation}', getStoreOperation],
  ['GET', 'fileSearchStores/{store}/upload/operations/{operation}', getStoreOperation],
  ['GET', 'fileSearchStores/{store}/documents', listDocuments],
  ['GET', 'fileSearchStores/{store}/documents/{document}', getDocument],
  ['DELETE', 'fileSearchStores/{store}/documents/{document}', deleteDocument],
  ['POST', 'interactions', createInteraction],
  ['GET', 'interactions/{interaction}', getInteraction],
  ['POST', 'interactions/{interaction}/cancel', cancelInteraction],
  ['DELETE', 'interactions/{interaction}', deleteInteraction],
]

const compiled = ROUTES.map(([method, pattern, handler]) => ({
  method,
  handler,
  pattern: new RegExp(`^${pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/:]+)')}$`),
}))

export interface Routed {
  handler: Handler
  version: string
  params: Record<string, string>
  /** Whether the handler only answers: a fault then comes after its checks, not before it changes anything. */
  pure: boolean
}

/** The handler of a path, if there is one. `/upload/v1beta/files` is `upload:files` of the table, `download` likewise. */
export const route = (method: string, path: string): Routed => {
  const [, side, version = '', rest = ''] = /^(?:\/(upload|download))?\/(v1beta|v1alpha|v1)\/(.+)$/.exec(path) ?? []
  const place = side ? `${side}:${rest}` : rest
  for (const { method: known, pattern, handler } of compiled) {
    const found = known === method ? pattern.exec(place) : null
    if (!found) continue
    const pure =
      place.startsWith('models') && !/:(?:predictLongRunning|batchGenerateContent|asyncBatchEmbedContent)$/.test(place)
    return { handler, version, params: { ...found.groups }, pure }
  }
  throw new GoogleError('NOT_FOUND', `Requested entity was not found: ${method} ${path}`)
}

/** The model that a path names, known or not. */
export const modelIn = (path: string): string | undefined => /\/models\/([^/:]+)/.exec(path)?.[1]
