import { type Documents, removeAll } from './documents.ts'
import { type Item, type Key, type Store, toKey } from './store.ts'

export interface Conversation {
  id: string
  /** Seconds since 1970. */
  created: number
  metadata: Readonly<Record<string, string>>
}

/** Items that came together: those of one turn, or those that a client added at once. */
export interface Batch {
  /** As it was added. */
  name: string
  items: string
  /** With these items instead; false if somebody changed it meanwhile. Without any, the batch is removed. */
  replace(items: string | undefined): Promise<boolean>
}

/**
 * Conversations stay until their client deletes them, and no other client finds them. Whoever adds to one writes a batch of
 * its own, so that turns at the same time never lose each other's items.
 */
export interface ConversationState {
  writeConversation(client: string, conversation: Conversation): Promise<void>
  readConversation(client: string, id: string): Promise<Conversation | undefined>
  /** A conversation with all its batches, in the order they were added. */
  readBatches(client: string, id: string): Promise<{ conversation: Conversation; batches: Batch[] } | undefined>
  /** False, and nothing written, for a batch that is too large. `name` is unique in the conversation. */
  addBatch(client: string, id: string, name: string, items: string): Promise<boolean>
  removeConversation(client: string, id: string): Promise<void>
}

const HEAD = 'head'
const BATCH = 'items#'
/** More digits than milliseconds since 1970 will need for a while: the order of texts is that of times. */
const DIGITS = 14

const partitionOf = (client: string, id: string): string => `CONV#${client}#${id}`
const headKey = (client: string, id: string): Key => ({ pk: partitionOf(client, id), sk: HEAD })

const conversationOf = (id: string, item: Item): Conversation => ({
  id,
  created: Number(item.created?.N),
  metadata: JSON.parse(item.metadata?.S ?? '{}') as Record<string, string>,
})

export const conversationState = (store: Store, documents: Documents, clock: () => number): ConversationState => {
  const readConversation = async (client: string, id: string): Promise<Conversation | undefined> => {
    const item = await store.get(headKey(client, id))
    return item && conversationOf(id, item)
  }

  return {
    readConversation,

    writeConversation: (client, { id, created, metadata }) =>
      store.put({
        ...toKey(headKey(client, id)),
        created: { N: String(created) },
        metadata: { S: JSON.stringify(metadata) },
      }),

    async readBatches(client, id) {
      const [conversation, found] = await Promise.all([
        readConversation(client, id),
        documents.list(partitionOf(client, id), BATCH),
      ])
      if (!conversation) return undefined
      const items = await documents.readAll(found, 0)
      const batches = found.map(
        (document, index): Batch => ({
          name: document.sk.slice(BATCH.length + DIGITS + 1),
          items: items[index] ?? '',
          replace: (next) => (next === undefined ? documents.remove(document) : documents.replace(document, [next])),
        }),
      )
      return { conversation, batches }
    },

    addBatch: (client, id, name, items) =>
      documents.write({
        pk: partitionOf(client, id),
        sk: `${BATCH}${String(clock()).padStart(DIGITS, '0')}#${name}`,
        texts: [items],
      }),

    async removeConversation(client, id) {
      await store.remove(headKey(client, id))
      await removeAll(store, await store.list(partitionOf(client, id)))
    },
  }
}
