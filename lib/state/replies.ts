import { isUtf8 } from 'node:buffer'
import { type Document, documentsIn } from './documents.ts'
import { type Item, type Key, type StoreParts, storeOf, toKey } from './store.ts'

/** One request that must be answered once, however often it is sent. */
export interface Single {
  client: string
  /** A hash of what the client calls it and of all that it asks for. */
  key: string
  /** When whoever answers it is gone, whatever happens; milliseconds since 1970. */
  until: number
}

export interface KeptReply {
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** What became of the first of its kind. */
export type Earlier = 'running' | 'not kept' | KeptReply

/** Replies of one client are never found by another; they are forgotten after a day. */
export interface ReplyState {
  /** Nothing for who is to answer: from now on, nobody else is. */
  claim(single: Single): Promise<Earlier | undefined>
  /** False for a reply that is too large; it is known to have been given all the same. */
  keep(single: Single, reply: KeptReply | undefined): Promise<boolean>
  /** It failed: the next one may try. */
  release(single: Single): Promise<void>
}

const STAYS = 24 * 3600
/** How its claim ended, in an attribute that a running one lacks. */
const OUTCOME = 'outcome'
const KEPT = 'kept'
const NOT_KEPT = 'not kept'

const claimKey = ({ client, key }: Single): Key => ({ pk: `ONCE#${client}#${key}`, sk: 'claim' })
const replyKey = (single: Single): Key => ({ ...claimKey(single), sk: 'reply' })

const toDocument = (single: Single, { status, headers, body }: KeptReply, ttl: number): Document => {
  const encoding = isUtf8(body) ? 'utf8' : 'base64'
  return {
    ...replyKey(single),
    fields: { status: String(status), headers: JSON.stringify(headers), encoding },
    texts: [body.toString(encoding)],
    ttl,
  }
}

/** `mostStored`: bytes of a reply that are read at once. */
export const replyState = ({ mostStored, ...parts }: StoreParts & { mostStored: number }): ReplyState => {
  const { clock } = parts
  const store = storeOf(parts)
  const documents = documentsIn(store, mostStored)
  const seconds = (): number => Math.floor(clock() / 1000)

  const read = async (single: Single): Promise<KeptReply | undefined> => {
    const { pk, sk } = replyKey(single)
    const found = (await documents.list(pk, sk)).find((document) => document.sk === sk)
    if (!found) return undefined
    const { status, headers = '{}', encoding } = found.fields
    return {
      status: Number(status),
      headers: JSON.parse(headers) as Record<string, string>,
      body: Buffer.from(await found.read(0), encoding === 'base64' ? 'base64' : 'utf8'),
    }
  }

  const earlierOf = async (single: Single, claim: Item): Promise<Earlier> => {
    if (claim[OUTCOME] === undefined) return 'running'
    return (claim[OUTCOME].S === KEPT && (await read(single))) || 'not kept'
  }

  return {
    async claim(single) {
      const claimed = await store.putIf(
        {
          ...toKey(claimKey(single)),
          until: { N: String(single.until) },
          ttl: { N: String(seconds() + STAYS) },
        },
        {
          ConditionExpression:
            'attribute_not_exists(pk) OR #ttl <= :seconds OR (attribute_not_exists(#outcome) AND #until <= :now)',
          ExpressionAttributeNames: { '#ttl': 'ttl', '#until': 'until', '#outcome': OUTCOME },
          ExpressionAttributeValues: { ':seconds': { N: String(seconds()) }, ':now': { N: String(clock()) } },
        },
      )
      if (claimed) return undefined
      const claim = await store.get(claimKey(single))
      // Released since: whoever looks again may have it
      return claim ? await earlierOf(single, claim) : 'running'
    },

    async keep(single, reply) {
      const kept = reply !== undefined && (await documents.write(toDocument(single, reply, seconds() + STAYS)))
      await store.update(claimKey(single), {
        UpdateExpression: 'SET #outcome = :outcome',
        ExpressionAttributeNames: { '#outcome': OUTCOME },
        ExpressionAttributeValues: { ':outcome': { S: kept ? KEPT : NOT_KEPT } },
      })
      return kept
    },

    release: (single) => store.remove(claimKey(single)),
  }
}
