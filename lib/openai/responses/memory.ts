import type { KeptTurn, Memory } from '../../protocol.ts'
import type { ResponsesBody } from './body.ts'
import { nameOf } from './places.ts'
import { recall, referencesIn, type States } from './recall.ts'
import { finished, outputOf, placeOf } from './reply.ts'
import { type StoredBatch, type StoredItem, type StoredItems, storedItems } from './stored.ts'

/**
 * Stored responses and conversations. A request that names none of them asks the table nothing. `store: false` keeps no
 * response, but a conversation gets what is said in it. If the table can't be reached, a request that needs it fails with
 * `unavailable`; one that would only be kept is answered all the same, and its response says `store: false`.
 */
export const responsesMemory = ({ turns, conversations }: States): Memory<ResponsesBody> => ({
  recall(body, client) {
    const named = body.previous_response_id || body.conversation || referencesIn(body.written).length > 0
    return named ? recall(body, client, { turns, conversations }) : undefined
  },

  keeps: ({ store, earlier }) => store !== false || earlier?.conversation !== undefined,

  async keep({ body, stamp, closing, turn, affinity }: KeptTurn<ResponsesBody>, client) {
    const place = placeOf(body, stamp)
    const output = outputOf(turn, body, stamp)
    const items: StoredItems = {
      input: storedItems(body.written, nameOf(place)),
      output: output.items.map((item): StoredItem => ({ ...item })),
      signatures: { ...body.earlier?.signatures, ...Object.fromEntries(output.signatures) },
    }
    const { conversation, chain } = body.earlier ?? {}
    const writeTurn = (): Promise<boolean> =>
      turns.writeTurn(client, {
        ...place,
        ...(chain && { parent: chain.parent }),
        affinity,
        items: JSON.stringify(items),
        head: JSON.stringify(finished(body, stamp, [], turn, closing)),
      })
    const addBatch = (id: string): Promise<boolean> => {
      const batch: StoredBatch = { items: [...items.input, ...items.output], signatures: items.signatures }
      return conversations.addBatch(client, id, stamp.id, JSON.stringify(batch))
    }
    const kept = await Promise.all([
      body.store === false || writeTurn(),
      conversation === undefined || addBatch(conversation),
    ])
    return kept.every(Boolean)
  },
})
