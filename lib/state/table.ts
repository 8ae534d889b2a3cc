import { type ConversationState, conversationState } from './conversations.ts'
import { documentsIn } from './documents.ts'
import { type Item, type Key, type StoreParts, storeOf, toKey } from './store.ts'
import { type TurnState, turnState } from './turns.ts'
import { type VideoState, videoState } from './videos.ts'

/** Whose a resource at Google is: it can be used through its project's keys only. */
export interface Owned {
  /** Google's name of it: `files/abc`. */
  name: string
  project: string
}

/**
 * The state that all environments share. Every operation fails with `unavailable` if the table can't be reached; what that
 * means for the request is for the caller to say. Times are milliseconds since 1970.
 */
export interface Table extends TurnState, ConversationState, VideoState {
  /** Scope → until; those that are over are missing. May lag a second behind. */
  readCooldowns(): Promise<ReadonlyMap<string, number>>
  /** Adds one, unless a longer one is there, and returns all of them. */
  addCooldown(scope: string, until: number): Promise<ReadonlyMap<string, number>>
  readOwner(client: string, name: string): Promise<string | undefined>
  /** `end`: when Google will delete it; never, if unsaid. */
  writeOwner(client: string, owned: Owned & { end?: number }): Promise<void>
  /** All that a client owns whose names begin so, in the order of the names. */
  listOwned(client: string, prefix: string): Promise<Owned[]>
  removeOwner(client: string, name: string): Promise<void>
  /** True if nobody else chose this name in this project, so that a file still to come may be owned under it. */
  claimName(client: string, owned: Owned): Promise<boolean>
  freeName(owned: Owned): Promise<void>
  /** Call id → signature; calls without one are missing. */
  readSignatures(client: string, callIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
  writeSignatures(client: string, signatures: ReadonlyMap<string, Uint8Array>): Promise<void>
  /** True for one caller at a time: nobody else gets it within the next seconds. */
  lease(what: string, seconds: number): Promise<boolean>
}

const HOUR = 3600
const POOL: Key = { pk: 'POOL', sk: 'v1' }
/** Cooldowns stand in the item's own attributes, under this prefix: one write then needs nothing to be there before. */
const SCOPE = 'until:'
const OWNER_STAYS = 24 * HOUR
/** A week that an upload may take, two days that a file lasts, a day that its owner stays, and one more: nobody else has it while it is owned. */
const CLAIM_STAYS = 11 * 24 * HOUR
const SIGNATURE_STAYS = 72 * HOUR
/** A call id is ours, and at most 40 characters long; what is longer never had a signature. */
const LONGEST_CALL_ID = 100
const MANY_OVER = 20
/** DynamoDB allows an expression 300 operators, and 4 KB. */
const MOST_TAKEN_OUT = 100
/** Bytes of stored turns for one request: what an environment of 512 MB can take. */
const MOST_STORED = 12 * 1024 * 1024

const ownerKey = (client: string, name: string): Key => ({ pk: `OWN#${client}`, sk: name })
const claimKey = ({ project, name }: Owned): Key => ({ pk: `NAME#${project}#${name}`, sk: '-' })
const signatureKey = (client: string, callId: string): Key => ({ pk: `SIG#${client}#${callId}`, sk: '-' })

const cooldownsOf = (item: Item | undefined): [scope: string, until: number][] =>
  Object.entries(item ?? {})
    .filter(([name]) => name.startsWith(SCOPE))
    .map(([name, { N: until }]) => [name.slice(SCOPE.length), Number(until)])

export const tableOf = ({ mostStored = MOST_STORED, ...parts }: StoreParts & { mostStored?: number }): Table => {
  const { clock } = parts
  const store = storeOf(parts)
  const documents = documentsIn(store, mostStored)
  const seconds = (): number => Math.floor(clock() / 1000)
  const ttl = (at: number): Item => ({ ttl: { N: String(Math.ceil(at)) } })

  const running = (item: Item | undefined): ReadonlyMap<string, number> =>
    new Map(cooldownsOf(item).filter(([, until]) => until > clock()))

  /** Takes cooldowns that are over out of the item, once they are many. One that was renewed meanwhile stops it. */
  const tidy = async (item: Item | undefined): Promise<void> => {
    const over = cooldownsOf(item)
      .filter(([, until]) => until <= clock())
      .slice(0, MOST_TAKEN_OUT)
    if (over.length < MANY_OVER) return
    await store.update(POOL, {
      UpdateExpression: `REMOVE ${over.map((_, index) => `#s${index}`).join(', ')}`,
      ConditionExpression: over.map((_, index) => `#s${index} <= :now`).join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(over.map(([scope], index) => [`#s${index}`, SCOPE + scope])),
      ExpressionAttributeValues: { ':now': { N: String(clock()) } },
    })
  }

  return {
    ...turnState(documents, clock),
    ...conversationState(store, documents, clock),
    ...videoState(store, clock),

    readCooldowns: async () => running(await store.get(POOL, false)),

    addCooldown: async (scope, until) => {
      const updated = await store.update(POOL, {
        UpdateExpression: 'SET #scope = :until',
        ConditionExpression: 'attribute_not_exists(#scope) OR #scope < :until',
        ExpressionAttributeNames: { '#scope': SCOPE + scope },
        ExpressionAttributeValues: { ':until': { N: String(until) } },
      })
      await tidy(updated)
      return running(updated ?? (await store.get(POOL)))
    },

    readOwner: async (client, name) => (await store.get(ownerKey(client, name)))?.project?.S,

    writeOwner: (client, { name, project, end }) =>
      store.put({
        ...toKey(ownerKey(client, name)),
        project: { S: project },
        ...(end !== undefined && ttl(end / 1000 + OWNER_STAYS)),
      }),

    listOwned: async (client, prefix) => {
      const items = await store.list(`OWN#${client}`, prefix)
      return items.map(({ sk, project }) => ({ name: sk?.S ?? '', project: project?.S ?? '' }))
    },

    removeOwner: (client, name) => store.remove(ownerKey(client, name)),

    claimName: (client, owned) =>
      store.putIf(
        { ...toKey(claimKey(owned)), client: { S: client }, ...ttl(seconds() + CLAIM_STAYS) },
        {
          ConditionExpression: 'attribute_not_exists(pk) OR #client = :client OR #ttl <= :now',
          ExpressionAttributeNames: { '#client': 'client', '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':client': { S: client }, ':now': { N: String(seconds()) } },
        },
      ),

    freeName: (owned) => store.remove(claimKey(owned)),

    readSignatures: async (client, callIds) => {
      const known = [...new Set(callIds)].filter((id) => id !== '' && id.length <= LONGEST_CALL_ID)
      const items = await store.getMany(known.map((id) => signatureKey(client, id)))
      const start = signatureKey(client, '').pk.length
      return new Map(
        items.flatMap(({ pk, bytes }) => (pk?.S && bytes?.B ? [[pk.S.slice(start), bytes.B] as const] : [])),
      )
    },

    writeSignatures: (client, signatures) =>
      store.putMany(
        [...signatures].map(([callId, bytes]) => ({
          ...toKey(signatureKey(client, callId)),
          bytes: { B: bytes },
          ...ttl(seconds() + SIGNATURE_STAYS),
        })),
      ),

    lease: (what, length) =>
      store.putIf(
        {
          ...toKey({ pk: `LEASE#${what}`, sk: '-' }),
          until: { N: String(clock() + length * 1000) },
          ...ttl(seconds() + length + HOUR),
        },
        {
          ConditionExpression: 'attribute_not_exists(pk) OR #until <= :now',
          ExpressionAttributeNames: { '#until': 'until' },
          ExpressionAttributeValues: { ':now': { N: String(clock()) } },
        },
      ),
  }
}
