import type { Documents, StoredDocument } from './documents.ts'
import type { Key } from './store.ts'

/** Where a turn stands: a chain of turns is named after its first response, and read with one query. */
export interface TurnPlace {
  root: string
  /** Turns before it. */
  depth: number
  response: string
}

export interface StoredTurn extends TurnPlace {
  /** The response before it; none for the root. */
  parent?: string
  /** What chose its project. */
  affinity: string
  /** What the turn added: the client's new items and the model's, as JSON. */
  items: string
  /** The fields of the response that are not its items, as JSON. */
  head: string
}

/** What a turn brings to those that follow. */
export type PastTurn = Pick<StoredTurn, 'affinity' | 'items'>

/** Turns of one client are never found by another. */
export interface TurnState {
  /** False, and nothing written, for a turn that is too large to keep. It is forgotten after 30 days. */
  writeTurn(client: string, turn: StoredTurn): Promise<boolean>
  readTurn(client: string, place: TurnPlace): Promise<StoredTurn | undefined>
  /** A turn and all before it, the root first; undefined if one of them isn't there. */
  readChain(client: string, place: TurnPlace): Promise<PastTurn[] | undefined>
  /** What these turns brought, each asked for once; those that aren't there are missing. `too_large` as for a chain. */
  readItems(client: string, places: readonly TurnPlace[]): Promise<string[]>
  /** False if there was none. Turns after it lose what they stand on. */
  removeTurn(client: string, place: TurnPlace): Promise<boolean>
}

const STAYS = 30 * 24 * 3600
/** Turns that are asked for at once. */
const AT_ONCE = 10
const ITEMS = 0
const HEAD = 1

const keyOf = (client: string, { root, depth, response }: TurnPlace): Key => ({
  pk: `RESP#${client}#${root}`,
  sk: `${String(depth).padStart(6, '0')}#${response}`,
})

export const turnState = (documents: Documents, clock: () => number): TurnState => {
  const find = async ({ pk, sk }: Key): Promise<StoredDocument | undefined> =>
    (await documents.list(pk, sk)).find((document) => document.sk === sk)

  return {
    writeTurn: (client, { parent = '', affinity, items, head, ...place }) =>
      documents.write({
        ...keyOf(client, place),
        fields: { parent, affinity },
        texts: [items, head],
        ttl: Math.ceil(clock() / 1000) + STAYS,
      }),

    async readTurn(client, place) {
      const found = await find(keyOf(client, place))
      if (!found) return undefined
      const { parent, affinity = '' } = found.fields
      const [items, head] = await Promise.all([found.read(ITEMS), found.read(HEAD)])
      return { ...place, ...(parent && { parent }), affinity, items, head }
    },

    async readChain(client, place) {
      const found = await documents.list(keyOf(client, place).pk)
      const bySk = new Map(found.map((document) => [document.sk, document]))
      const chain: StoredDocument[] = []
      let response = place.response
      for (let depth = place.depth; depth >= 0; depth--) {
        const document = bySk.get(keyOf(client, { ...place, depth, response }).sk)
        if (!document) return undefined
        chain.unshift(document)
        response = document.fields.parent ?? ''
      }
      const items = await documents.readAll(chain, ITEMS)
      return chain.map(({ fields }, index) => ({ affinity: fields.affinity ?? '', items: items[index] ?? '' }))
    },

    async readItems(client, places) {
      const found: StoredDocument[] = []
      for (let first = 0; first < places.length; first += AT_ONCE) {
        const some = await Promise.all(places.slice(first, first + AT_ONCE).map((place) => find(keyOf(client, place))))
        found.push(...some.filter((document) => document !== undefined))
        documents.check(found, ITEMS)
      }
      return await documents.readAll(found, ITEMS)
    },

    removeTurn: (client, place) => documents.remove(keyOf(client, place)),
  }
}
