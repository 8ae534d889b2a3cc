import type { KeptTurn } from '../../protocol.ts'
import type { ResponsesBody } from './body.ts'
import { nameOf } from './places.ts'
import type { States } from './recall.ts'
import { finished, outputOf, placeOf } from './reply.ts'
import { type StoredBatch, type StoredItem, type StoredItems, storedItems } from './stored.ts'

/** Writes a turn to what it is kept in: its chain, its conversation, or both. False if it is too large for that. */
export const keep = async (
  { body, stamp, closing, turn, affinity }: KeptTurn<ResponsesBody>,
  client: string,
  { turns, conversations }: States,
): Promise<boolean> => {
  const place = placeOf(body, stamp)
  const { conversation, chain } = body.earlier ?? {}
  const output = outputOf(turn, body, stamp)
  const items: StoredItems = {
    input: storedItems(body.written, nameOf(place)),
    output: output.items.map((item): StoredItem => ({ ...item })),
    signatures: { ...body.earlier?.signatures, ...Object.fromEntries(output.signatures) },
    ...(conversation !== undefined && { conversation }),
  }
  const writeTurn = (): Promise<boolean> =>
    turns.writeTurn(client, {
      ...place,
      ...(chain && { parent: chain.parent }),
      affinity,
      items: JSON.stringify(items),
      head: JSON.stringify(finished(body, stamp, [], turn, closing)),
    })
  const addBatch = async (id: string): Promise<boolean> => {
    const batch: StoredBatch = { items: [...items.input, ...items.output], signatures: items.signatures }
    const added = await conversations.addBatch(client, id, stamp.id, JSON.stringify(batch))
    if (!added || (await conversations.readConversation(client, id))) return added
    // Deleted while the turn was under way: nobody could ever find what is added now, nor delete it.
    await conversations.removeConversation(client, id)
    return false
  }
  const kept = await Promise.all([
    body.store === false || writeTurn(),
    conversation === undefined || addBatch(conversation),
  ])
  return kept.every(Boolean)
}
