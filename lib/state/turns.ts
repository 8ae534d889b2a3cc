import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type Item, type Store, toKey } from './store.ts'

/** Where a turn stands: a conversation is named after its first response, and read with one query. */
export interface TurnPlace {
  client: string
  root: string
  /** Turns before it. */
  depth: number
  response: string
}

export interface StoredTurn extends TurnPlace {
  /** The response before it; none for the root. */
  parent?: string
  /** The fields of the response that are not its items, as JSON. */
  head: string
  /** What the turn added: the client's new items and the model's, as JSON. */
  items: string
}

export interface TurnState {
  /** False, and nothing written, for a turn that is too large to keep. */
  writeTurn(turn: StoredTurn): Promise<boolean>
  /** Every turn of a conversation, all branches, by depth. Empty if it isn't this client's, or unknown. */
  readConversation(client: string, root: string): Promise<StoredTurn[]>
}

const STAYS = 30 * 24 * 3600
const LARGEST = 1024 * 1024
/** An item may hold 400 KB with its names. */
const PART = 350 * 1024

const zip = promisify(gzip)
const unzip = promisify(gunzip)

const partitionOf = (client: string, root: string): string => `RESP#${client}#${root}`
const headKey = ({ depth, response }: TurnPlace): string => `${String(depth).padStart(6, '0')}#${response}`

const cut = (bytes: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / PART) }, (_, index) => bytes.subarray(index * PART, (index + 1) * PART))

/** The stored turn that a head and its parts make; nothing if a part is missing. */
const join = async (head: Item, parts: readonly Item[], place: Pick<TurnPlace, 'client' | 'root'>) => {
  const slices = [head, ...parts].flatMap(({ bytes }) => (bytes?.B ? [bytes.B] : []))
  if (slices.length !== Number(head.parts?.N)) return []
  const [depth = '', response = ''] = (head.sk?.S ?? '').split('#')
  const turn: StoredTurn = {
    ...place,
    depth: Number(depth),
    response,
    ...(head.parent?.S && { parent: head.parent.S }),
    head: head.head?.S ?? '{}',
    items: (await unzip(Buffer.concat(slices))).toString(),
  }
  return [turn]
}

export const turnState = (store: Store, clock: () => number): TurnState => ({
  writeTurn: async (turn) => {
    const bytes = await zip(turn.items)
    if (bytes.length > LARGEST) return false
    const pk = partitionOf(turn.client, turn.root)
    const sk = headKey(turn)
    const ttl = { N: String(Math.ceil(clock() / 1000) + STAYS) }
    const [first = Buffer.alloc(0), ...rest] = cut(bytes)
    // The head last: who finds it finds the whole turn
    await Promise.all(
      rest.map((part, index) => store.put({ ...toKey({ pk, sk: `${sk}#${index + 1}` }), bytes: { B: part }, ttl })),
    )
    await store.put({
      ...toKey({ pk, sk }),
      ...(turn.parent !== undefined && { parent: { S: turn.parent } }),
      head: { S: turn.head },
      bytes: { B: first },
      parts: { N: String(rest.length + 1) },
      ttl,
    })
    return true
  },

  readConversation: async (client, root) => {
    const items = await store.list(partitionOf(client, root))
    const heads = items.filter(({ parts }) => parts !== undefined)
    const turns = heads.map((head) => {
      const parts = items.filter(({ sk }) => sk?.S?.startsWith(`${head.sk?.S}#`))
      return join(head, parts, { client, root })
    })
    return (await Promise.all(turns)).flat()
  },
})
