import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import { readJson } from '../../http/body.ts'
import type { AdmittedRequest, Handler, Reply } from '../../http/exchange.ts'
import { parseBody } from '../../http/parse.ts'
import type { RouteHandler } from '../../http/routes.ts'
import type { Gateway } from '../../relay.ts'
import type { Batch, Conversation } from '../../state/conversations.ts'
import { listOf, pageOf } from '../paging.ts'
import { isReference, itemsSchema } from '../responses/input.ts'
import { isConversationId } from '../responses/places.ts'
import {
  batchOf,
  distinct,
  joinBatches,
  type StoredBatch,
  type StoredItem,
  storedItems,
  type Written,
} from '../responses/stored.ts'

// https://platform.openai.com/docs/api-reference/conversations

const metadata = z.nullish(z.record(z.string().check(z.maxLength(64)), z.string().check(z.maxLength(512))))
const createSchema = z.object({ metadata, items: z.nullish(itemsSchema) })
const updateSchema = z.object({ metadata })
const addSchema = z.object({ items: itemsSchema })

type OnConversation = RouteHandler<AdmittedRequest, 'id'>
type OnItem = RouteHandler<AdmittedRequest, 'id' | 'item'>

/** How often a deletion begins again when others change the same batch. */
const ROUNDS = 5

const json = (body: unknown): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const shown = ({ id, created, metadata: noted }: Conversation) => ({
  id,
  object: 'conversation',
  created_at: created,
  metadata: noted,
})

const notFound = (what: 'Conversation' | 'Item', id: string): GatewayError =>
  new GatewayError('not_found', `${what} with id '${id.slice(0, 100)}' not found.`)

/** False if somebody changed it meanwhile. */
const replaceWithout = (batch: Batch, item: string): Promise<boolean> => {
  const { items, signatures } = batchOf(batch.items)
  const rest: StoredBatch = { items: items.filter(({ id }) => id !== item), signatures }
  return batch.replace(rest.items.length > 0 ? JSON.stringify(rest) : undefined)
}

/** Everything a client does with its conversations, which are `not_found` for any other; turns add to them by `conversation`. */
export const conversationRoutes = ({
  conversations,
  newId,
  clock,
}: Pick<Gateway, 'conversations' | 'newId' | 'clock'>) => {
  const headOf = async (client: string, id: string): Promise<Conversation> => {
    const found = isConversationId(id) ? await conversations.readConversation(client, id) : undefined
    if (!found) throw notFound('Conversation', id)
    return found
  }
  const batchesOf = async (client: string, id: string): Promise<{ conversation: Conversation; batches: Batch[] }> => {
    const found = isConversationId(id) ? await conversations.readBatches(client, id) : undefined
    if (!found) throw notFound('Conversation', id)
    return found
  }
  const itemsOf = async (client: string, id: string): Promise<StoredItem[]> =>
    joinBatches((await batchesOf(client, id)).batches.map((batch) => batchOf(batch.items))).items

  /** As the client wrote them, with their ids. The items of a body whose shape is known. */
  const add = async (client: string, id: string, body: unknown): Promise<StoredItem[]> => {
    const written = (body as { items?: Exclude<Written, string> | null }).items ?? []
    const named = written.findIndex(isReference)
    if (named >= 0) {
      const message = 'Items are added as they are, not by their ids.'
      throw new GatewayError('invalid_request', message, { param: `items[${named}]` })
    }
    const name = newId()
    const added = storedItems(written, name)
    if (added.length === 0) return []
    const batch: StoredBatch = { items: added, signatures: {} }
    if (await conversations.addBatch(client, id, name, JSON.stringify(batch))) return added
    throw new GatewayError('too_large', 'These items are too large to be kept.', { param: 'items' })
  }

  const create: Handler = async (request) => {
    // Even the body may be left out.
    const body = request.body.length === 0 ? {} : readJson(request)
    const { metadata: noted } = parseBody(createSchema, body)
    const conversation = { id: `conv_${newId()}`, created: Math.floor(clock() / 1000), metadata: noted ?? {} }
    await add(request.client.name, conversation.id, body)
    await conversations.writeConversation(request.client.name, conversation)
    return json(shown(conversation))
  }

  const retrieve: OnConversation = async ({ client }, { id }) => json(shown(await headOf(client.name, id)))

  const update: OnConversation = async (request, { id }) => {
    const { metadata: noted } = parseBody(updateSchema, readJson(request))
    const conversation = { ...(await headOf(request.client.name, id)), metadata: noted ?? {} }
    await conversations.writeConversation(request.client.name, conversation)
    return json(shown(conversation))
  }

  const remove: OnConversation = async ({ client }, { id }) => {
    await headOf(client.name, id)
    await conversations.removeConversation(client.name, id)
    return json({ id, object: 'conversation.deleted', deleted: true })
  }

  const listItems: OnConversation = async ({ client, query }, { id }) =>
    json(pageOf(distinct(await itemsOf(client.name, id)), query))

  const addItems: OnConversation = async (request, { id }) => {
    const body = readJson(request)
    parseBody(addSchema, body)
    await headOf(request.client.name, id)
    return json(listOf(await add(request.client.name, id, body), false))
  }

  const retrieveItem: OnItem = async ({ client }, { id, item }) => {
    const found = (await itemsOf(client.name, id)).find((one) => one.id === item)
    if (!found) throw notFound('Item', item)
    return json(found)
  }

  const removeItem: OnItem = async ({ client }, { id, item }) => {
    for (let round = 0; round < ROUNDS; round++) {
      const { conversation, batches } = await batchesOf(client.name, id)
      const holding = batches.filter((batch) => batchOf(batch.items).items.some((other) => other.id === item))
      if (holding.length === 0 && round === 0) throw notFound('Item', item)
      const replaced = await Promise.all(holding.map((batch) => replaceWithout(batch, item)))
      if (replaced.every(Boolean)) return json(shown(conversation))
    }
    throw new GatewayError('unavailable', 'The conversation is being changed by others: try again.', { retryAfter: 1 })
  }

  return { create, retrieve, update, remove, listItems, addItems, retrieveItem, removeItem }
}
