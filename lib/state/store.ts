import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { GatewayError } from '../errors.ts'

export type Item = Record<string, AttributeValue>

export interface Key {
  pk: string
  sk: string
}

export interface StoreParts {
  client: Pick<DynamoDBClient, 'send'>
  /** The table's name. */
  name: string
  /** Milliseconds since 1970. */
  clock(): number
}

/** A condition on a write, in DynamoDB's own language. */
export type Condition = Pick<
  UpdateItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>

/**
 * The table's few verbs, on items whose `pk` and `sk` are texts and whose `ttl` is in seconds since 1970. DynamoDB deletes
 * late, so an item past its ttl is none. Reads see every write before them unless said otherwise.
 * Every verb fails with `unavailable` if the table can't be reached.
 */
export interface Store {
  get(key: Key, consistent?: boolean): Promise<Item | undefined>
  /** Unordered; keys without an item are missing. */
  getMany(keys: readonly Key[]): Promise<Item[]>
  put(item: Item): Promise<void>
  /** False if the condition doesn't hold. */
  putIf(item: Item, condition: Condition): Promise<boolean>
  putMany(items: readonly Item[]): Promise<void>
  /** The whole item as it is afterwards; nothing if the condition doesn't hold. */
  update(key: Key, change: Condition & { UpdateExpression: string }): Promise<Item | undefined>
  remove(key: Key): Promise<void>
  /** All items of a partition whose `sk` begins so, in its order. `too_large` if they fill more pages of a megabyte than said. */
  list(pk: string, prefix?: string, mostPages?: number): Promise<Item[]>
}

const MOST_READS = 100
const MOST_WRITES = 25
/** DynamoDB may leave some of a batch undone, when it is busy. */
const ROUNDS = 5

export const toKey = ({ pk, sk }: Key): Item => ({ pk: { S: pk }, sk: { S: sk } })

const batches = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))

const unavailable = (cause: unknown): GatewayError =>
  new GatewayError('unavailable', 'The gateway cannot reach its state at the moment.', { cause, retryAfter: 5 })

/** What `work` comes to, `otherwise` if its condition didn't hold, and `unavailable` for any other failure. */
const attempt = async <T>(work: Promise<T>, otherwise?: { value: T }): Promise<T> => {
  try {
    return await work
  } catch (cause) {
    if (otherwise && cause instanceof ConditionalCheckFailedException) return otherwise.value
    throw unavailable(cause)
  }
}

export const storeOf = ({ client, name, clock }: StoreParts): Store => {
  const isAlive = (item: Item): boolean => item.ttl?.N === undefined || Number(item.ttl.N) * 1000 > clock()

  const getBatch = async (keys: Item[]): Promise<Item[]> => {
    const found: Item[] = []
    let open = keys
    for (let round = 0; open.length > 0; round++) {
      if (round === ROUNDS) throw unavailable(new Error(`${open.length} reads were left undone`))
      const command = new BatchGetItemCommand({ RequestItems: { [name]: { Keys: open, ConsistentRead: true } } })
      const answer = await attempt(client.send(command))
      found.push(...(answer.Responses?.[name] ?? []))
      open = answer.UnprocessedKeys?.[name]?.Keys ?? []
    }
    return found
  }

  const putBatch = async (items: Item[]): Promise<void> => {
    let open = items.map((Item) => ({ PutRequest: { Item } }))
    for (let round = 0; open.length > 0; round++) {
      if (round === ROUNDS) throw unavailable(new Error(`${open.length} writes were left undone`))
      const answer = await attempt(client.send(new BatchWriteItemCommand({ RequestItems: { [name]: open } })))
      open = (answer.UnprocessedItems?.[name] ?? []).flatMap(({ PutRequest }) =>
        PutRequest?.Item ? [{ PutRequest: { Item: PutRequest.Item } }] : [],
      )
    }
  }

  return {
    get: async (key, consistent = true) => {
      const command = new GetItemCommand({ TableName: name, Key: toKey(key), ConsistentRead: consistent })
      const { Item: item } = await attempt(client.send(command))
      return item && isAlive(item) ? item : undefined
    },
    getMany: async (keys) => {
      const found = await Promise.all(batches(keys.map(toKey), MOST_READS).map(getBatch))
      return found.flat().filter(isAlive)
    },
    put: async (item) => {
      await attempt(client.send(new PutItemCommand({ TableName: name, Item: item })))
    },
    putIf: (item, condition) =>
      attempt(
        client.send(new PutItemCommand({ TableName: name, Item: item, ...condition })).then(() => true),
        { value: false },
      ),
    putMany: async (items) => {
      await Promise.all(batches(items, MOST_WRITES).map(putBatch))
    },
    update: (key, change) => {
      const command = new UpdateItemCommand({ TableName: name, Key: toKey(key), ReturnValues: 'ALL_NEW', ...change })
      return attempt(
        client.send(command).then(({ Attributes }) => Attributes),
        { value: undefined },
      )
    },
    remove: async (key) => {
      await attempt(client.send(new DeleteItemCommand({ TableName: name, Key: toKey(key) })))
    },
    list: async (pk, prefix, mostPages = Number.POSITIVE_INFINITY) => {
      const items: Item[] = []
      let from: Item | undefined
      let pages = 0
      do {
        if (++pages > mostPages) throw new GatewayError('too_large', 'What is stored of this is too large to be read.')
        const command = new QueryCommand({
          TableName: name,
          KeyConditionExpression: `pk = :pk${prefix ? ' AND begins_with(sk, :prefix)' : ''}`,
          ExpressionAttributeValues: { ':pk': { S: pk }, ...(prefix && { ':prefix': { S: prefix } }) },
          ConsistentRead: true,
          ExclusiveStartKey: from,
        })
        const answer = await attempt(client.send(command))
        items.push(...(answer.Items ?? []).filter(isAlive))
        from = answer.LastEvaluatedKey
      } while (from)
      return items
    },
  }
}
