// File search stores, their documents and the operations that fill them. https://ai.google.dev/api/file-search/file-search-stores
import { badRequest, GoogleError, invalid } from '../errors.ts'
import { type Exchange, ok, type Reply } from '../exchange.ts'
import { camel, isObject, type Json, textOf } from '../json.ts'
import { jsonBody } from '../methods/generate.ts'
import { noFile } from '../rules/resources.ts'
import { newName, type Owned, timestamp, type World } from '../world.ts'
import { page } from './page.ts'

const TYPE = 'type.googleapis.com/google.ai.generativelanguage.v1main'

/** The body's fields in camelCase; Google's 400 for one that isn't among these. */
const fieldsOf = (body: unknown, known: readonly string[]): Json => {
  const fields = Object.fromEntries(
    Object.entries(isObject(body) ? body : {}).map(([name, value]) => [camel(name), value]),
  )
  const stray = Object.keys(fields).find((name) => !known.includes(name))
  if (stray === undefined) return fields
  throw badRequest([
    { description: `Invalid JSON payload received. Unknown name ${JSON.stringify(stray)}: Cannot find field.` },
  ])
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
    .slice(0, 20)

export const createStore = (exchange: Exchange): Reply => {
  const { displayName, embeddingModel } = fieldsOf(jsonBody(exchange), ['displayName', 'embeddingModel'])
  const id = `${slug(textOf(displayName)) || 'store'}-${newName(exchange.world, 12)}`
  const now = timestamp(exchange.world.now())
  const name = `fileSearchStores/${id}`
  const value: Json = {
    name,
    ...(displayName !== undefined && { displayName }),
    ...(embeddingModel !== undefined && { embeddingModel }),
    createTime: now,
    updateTime: now,
  }
  exchange.world.stores.set(name, { project: exchange.project, value, hidden: {} })
  return ok(value)
}

const forbidden = (): GoogleError =>
  new GoogleError('PERMISSION_DENIED', 'You do not have permission to access this resource or it may not exist.')

/** What stands at this path below a store, if the store is the project's. */
const owned = (exchange: Exchange, name: string): Owned => {
  const found = exchange.world.stores.get(name)
  if (found?.project !== exchange.project) throw forbidden()
  return found
}

const storeName = ({ params }: Exchange): string => `fileSearchStores/${params.store}`

export const getStore = (exchange: Exchange): Reply => ok(owned(exchange, storeName(exchange)).value)

const among = (exchange: Exchange, pattern: RegExp): Json[] =>
  [...exchange.world.stores]
    .filter(([name, { project }]) => project === exchange.project && pattern.test(name))
    .map(([, { value }]) => value)

export const listStores = (exchange: Exchange): Reply =>
  ok(page(exchange, 'fileSearchStores', among(exchange, /^fileSearchStores\/[^/]+$/), 10, 20))

export const listDocuments = (exchange: Exchange): Reply => {
  const { name } = owned(exchange, storeName(exchange)).value
  const below = new RegExp(`^${textOf(name)}/documents/`)
  return ok(page(exchange, 'documents', among(exchange, below), 10, 20))
}

export const deleteStore = (exchange: Exchange): Reply => {
  const name = storeName(exchange)
  owned(exchange, name)
  const documents = among(exchange, new RegExp(`^${name}/documents/`))
  if (documents.length > 0 && exchange.arrival.query.force !== 'true')
    throw new GoogleError('FAILED_PRECONDITION', 'Cannot delete non-empty FileSearchStore.')
  for (const known of exchange.world.stores.keys())
    if (known === name || known.startsWith(`${name}/`)) exchange.world.stores.delete(known)
  return ok({})
}

const documentName = ({ params }: Exchange): string => `fileSearchStores/${params.store}/documents/${params.document}`
export const getDocument = (exchange: Exchange): Reply => ok(owned(exchange, documentName(exchange)).value)
export const deleteDocument = (exchange: Exchange): Reply => {
  owned(exchange, documentName(exchange))
  exchange.world.stores.delete(documentName(exchange))
  return ok({})
}

export const getStoreOperation = (exchange: Exchange): Reply => {
  const { store, operation } = exchange.params
  const below = exchange.arrival.path.includes('/upload/operations/') ? 'upload/operations' : 'operations'
  return ok(owned(exchange, `fileSearchStores/${store}/${below}/${operation}`).value)
}

const UPLOAD_FIELDS = ['displayName', 'mimeType', 'customMetadata', 'chunkingConfig']

/** What comes with the start of an upload into a store; throws where the store is not the project's. */
export const storeUpload = (exchange: Exchange): Json => {
  owned(exchange, storeName(exchange))
  return fieldsOf(jsonBody(exchange), UPLOAD_FIELDS)
}

/** The operation that an upload into a store ends with. */
export const keepDocument = (
  world: World,
  { project, store, bytes, mimeType, displayName }: NewDocument,
  below = 'upload/operations',
): Json => {
  const id = newName(world, 12)
  const now = timestamp(world.now())
  const documentName = `${store}/documents/${id}`
  const value: Json = {
    name: documentName,
    ...(displayName !== undefined && { displayName }),
    mimeType,
    sizeBytes: String(bytes),
    createTime: now,
    updateTime: now,
    state: 'STATE_ACTIVE',
  }
  world.stores.set(documentName, { project, value, hidden: {} })
  const operation: Json = {
    name: `${store}/${below}/${id}-${newName(world, 12)}`,
    done: true,
    response: {
      '@type': `${TYPE}.UploadToFileSearchStoreResponse`,
      documentName,
      mimeType,
      parent: store,
      sizeBytes: String(bytes),
    },
  }
  world.stores.set(textOf(operation.name), { project, value: operation, hidden: {} })
  return operation
}

export interface NewDocument {
  project: string
  /** With its collection. */
  store: string
  bytes: number
  mimeType: string
  displayName?: unknown
}

export const importFile = (exchange: Exchange): Reply => {
  const store = storeName(exchange)
  owned(exchange, store)
  const { fileName } = fieldsOf(jsonBody(exchange), ['fileName', 'customMetadata', 'chunkingConfig'])
  if (textOf(fileName) === '') throw invalid('* ImportFileRequest.file_name: file_name is required.\n')
  const id = textOf(fileName).replace(/^files\//, '')
  const file = exchange.world.files.get(id)
  if (file?.project !== exchange.project) throw noFile(id)
  const { displayName, mimeType } = file.value
  const document = { project: exchange.project, store, bytes: file.bytes.length, mimeType: textOf(mimeType) }
  return ok(keepDocument(exchange.world, { ...document, displayName }, 'operations'))
}
