import { GatewayError } from '../../errors.ts'
import type { ConversationState } from '../../state/conversations.ts'
import type { TurnPlace, TurnState } from '../../state/turns.ts'
import type { Earlier, ResponsesBody } from './body.ts'
import { isReference } from './input.ts'
import { isConversationId, nameOf, placeOfItem, placeOfResponse } from './places.ts'
import {
  batchOf,
  batchOfTurn,
  joinBatches,
  recalledItems,
  type StoredBatch,
  type StoredItems,
  sinceSummary,
  turnOf,
  type Written,
} from './stored.ts'

export interface States {
  turns: TurnState
  conversations: ConversationState
}

/** What a request stands on, before its own items are looked at. */
interface Ground {
  batch: StoredBatch
  chain?: Earlier['chain']
  conversation?: string
}

/** An id as a client wrote it, which may be anything. */
const shortened = (id: string): string => id.slice(0, 100)

/** The ids of items that a request names and doesn't send. */
const referencesIn = (written: Written): string[] =>
  typeof written === 'string' ? [] : written.filter(isReference).map(({ id }) => String(id))

/**
 * The request with everything it names. An unknown previous response is `invalid_request`, as OpenAI has it; unknown
 * conversations and items are `not_found`. Those of other clients are unknown.
 */
export const recall = async (body: ResponsesBody, client: string, states: States): Promise<ResponsesBody> => {
  const { batch, ...ground } = await groundOf(body, client, states)
  const references = referencesIn(body.written)
  const named = references.length > 0 ? await namedItems(references, batch, client, states.turns) : undefined
  const stored = sinceSummary(batch.items)
  const items = recalledItems(stored, batch.signatures)
  const earlier: Earlier = { ...ground, items, stored, signatures: named?.signatures ?? {} }
  if (!named || typeof body.written === 'string' || typeof body.input === 'string') return { ...body, earlier }

  const byId = new Map(named.items.map((item) => [item.id, item]))
  return {
    ...body,
    earlier,
    written: body.written.map((item) => (isReference(item) ? (byId.get(String(item.id)) ?? item) : item)),
    input: body.input.flatMap((item) => {
      const found = item.type === 'item_reference' ? byId.get(item.id) : undefined
      return found ? recalledItems([found], named.signatures) : [item]
    }),
  }
}

const groundOf = async (
  { previous_response_id: previous, conversation }: ResponsesBody,
  client: string,
  states: States,
): Promise<Ground> => {
  if (previous) {
    const place = placeOfResponse(previous)
    const chain = place && (await readChain(place, client, states))
    if (!place || !chain) {
      throw new GatewayError('invalid_request', `Previous response with id '${shortened(previous)}' not found.`, {
        param: 'previous_response_id',
        code: 'previous_response_not_found',
      })
    }
    const { root, depth, response } = place
    return {
      batch: joinBatches([...chain.before, ...chain.turns.map(batchOfTurn)]),
      chain: { root, depth: depth + 1, parent: response, affinity: chain.affinity },
    }
  }
  if (conversation) {
    const id = typeof conversation === 'string' ? conversation : conversation.id
    const found = isConversationId(id) ? await states.conversations.readBatches(client, id) : undefined
    if (!found) {
      throw new GatewayError('not_found', `Conversation with id '${shortened(id)}' not found.`, {
        param: 'conversation',
      })
    }
    return { batch: joinBatches(found.batches.map(({ items }) => batchOf(items))), conversation: id }
  }
  return { batch: { items: [], signatures: {} } }
}

/** A turn and all that it stands on. */
export interface Chain {
  /** What was said in the conversation that its root was part of. */
  before: StoredBatch[]
  /** The root first. */
  turns: StoredItems[]
  affinity: string
}

/** Undefined where any of it is gone. */
export const readChain = async (
  place: TurnPlace,
  client: string,
  { turns, conversations }: States,
): Promise<Chain | undefined> => {
  const chain = await turns.readChain(client, place)
  const last = chain?.at(-1)
  if (!chain || !last) return undefined
  const read = chain.map(({ items }) => turnOf(items))
  const { conversation } = read[0] ?? {}
  const found = conversation === undefined ? { batches: [] } : await conversations.readBatches(client, conversation)
  if (!found) return undefined
  const own = found.batches.findIndex(({ name }) => name === place.root)
  const before = own < 0 ? found.batches : found.batches.slice(0, own)
  return { before: before.map(({ items }) => batchOf(items)), turns: read, affinity: last.affinity }
}

/** Items by their ids: of what the request stands on, or of any turn of the client's. */
const namedItems = async (
  ids: readonly string[],
  known: StoredBatch,
  client: string,
  turns: TurnState,
): Promise<StoredBatch> => {
  const here = new Set(known.items.map(({ id }) => id))
  const places = ids.filter((id) => !here.has(id)).flatMap((id) => placeOfItem(id) ?? [])
  const distinct = new Map(places.map((place) => [nameOf(place), place]))
  const found = await turns.readItems(client, [...distinct.values()])
  const all = joinBatches([known, ...found.map((items) => batchOfTurn(turnOf(items)))])
  const there = new Set(all.items.map(({ id }) => id))
  const missing = ids.find((id) => !there.has(id))
  if (missing !== undefined) {
    const why = 'Only items of stored responses can be named: send the item itself, or store its response.'
    throw new GatewayError('not_found', `Item with id '${shortened(missing)}' not found. ${why}`, { param: 'input' })
  }
  const wanted = new Set(ids)
  const items = all.items.filter(({ id }) => wanted.has(id))
  const signed = Object.entries(all.signatures).filter(([id]) => wanted.has(id))
  return { items, signatures: Object.fromEntries(signed) }
}
