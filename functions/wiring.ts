import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type Books, requestBooks } from '../lib/books/index.ts'
import { readRuntimeSettings } from '../lib/contract/settings.ts'
import { ownersOf, pinnedClient } from '../lib/gemini/resources/ownership.ts'
import { catalogueOf } from '../lib/gemini/upstream/catalogue.ts'
import { geminiClient } from '../lib/gemini/upstream/client.ts'
import { nodeSend } from '../lib/gemini/upstream/send.ts'
import { keySweep } from '../lib/gemini/upstream/sweep.ts'
import { type LambdaHandler, lambdaHandler } from '../lib/http/adapter.ts'
import { admitBy } from '../lib/http/admit.ts'
import { bodyLimit } from '../lib/http/body.ts'
import { corsFor } from '../lib/http/cors.ts'
import type { Once, Request } from '../lib/http/exchange.ts'
import { type Form, front } from '../lib/http/front.ts'
import type { Routes } from '../lib/http/routes.ts'
import { sharedCooldowns } from '../lib/keys/cooldowns.ts'
import { keyPool } from '../lib/keys/pool.ts'
import { type KeySource, keySource } from '../lib/keys/source.ts'
import type { Gateway, SignatureStore } from '../lib/relay.ts'
import { type Table, tableOf } from '../lib/state/table.ts'
import { clock, log, setting } from './environment.ts'
import { type Family, FORMS, familyOf } from './forms.ts'
import { type Example, warmUp } from './warm-up.ts'

const random = (): number => Math.random()

/** 24 characters of `[a-z0-9]`: 120 bits of chance. */
const newId = (): string =>
  BigInt(`0x${randomBytes(15).toString('hex')}`)
    .toString(36)
    .padStart(24, '0')

/**
 * Milliseconds, for each of two tries: what a stream's last event may have to wait for. DynamoDB answers in a hundredth of
 * that, but an environment can have been frozen in the middle of a call.
 */
const TABLE_PATIENCE = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true }

/** The table holds bytes; signatures travel as base64. */
const signatureStore = (table: Table): SignatureStore => ({
  read: async (client, callIds) => {
    const found = await table.readSignatures(client, callIds)
    return new Map([...found].map(([callId, bytes]) => [callId, Buffer.from(bytes).toString('base64')]))
  },
  write: (client, signatures) =>
    table.writeSignatures(
      client,
      new Map([...signatures].map(([callId, signature]) => [callId, Buffer.from(signature, 'base64')])),
    ),
})

/** Loaded by the first request that says an Idempotency-Key: few clients ever do. */
const onceIn = (tableParts: Parameters<typeof tableOf>[0] & { mostStored: number }): Once => {
  let loading: Promise<Once> | undefined
  const load = async (): Promise<Once> => {
    const [{ idempotent }, { replyState }] = await Promise.all([
      import('../lib/idempotency.ts'),
      import('../lib/state/replies.ts'),
    ])
    return idempotent({ replies: replyState(tableParts), clock, sleep, log })
  }
  return async (request, handle) => {
    loading ??= load()
    return (await loading)(request, handle)
  }
}

const LARGEST_BODY = bodyLimit(Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 512))

/** Everything a function's routes work with, made once for each environment. */
const wireGateway = (): Gateway & { findClient: KeySource['findClient']; books: Books; once: Once } => {
  const source = keySource({
    client: new SecretsManagerClient({ maxAttempts: 3 }),
    secretId: setting('SECRET_ARN'),
    clock,
    random,
    log,
  })
  source.start()
  const dynamo = new DynamoDBClient({ maxAttempts: 2, requestHandler: TABLE_PATIENCE })
  const tableParts = { client: dynamo, name: setting('TABLE_NAME'), clock, mostStored: 2 * LARGEST_BODY }
  const table = tableOf(tableParts)
  const cooldowns = sharedCooldowns({ table, clock, random, log })
  cooldowns.start()
  const pool = keyPool({ random, cooldowns })
  const books = requestBooks({
    pool: () => {
      const list = source.latest()
      return list && pool.health(list, clock())
    },
    clock,
    log,
  })
  const send = nodeSend(process.env.GEMINI_BASE_URL || 'https://generativelanguage.googleapis.com')
  const owners = ownersOf(table)
  const client = geminiClient({
    send,
    keys: source.current,
    distrust: source.refresh,
    pool,
    refresh: cooldowns.refresh,
    sweep: keySweep({ send, pool, lease: table.lease, clock, log }),
    random,
    sleep,
    settle: books.settle,
    clock,
  })
  const gemini = pinnedClient(client, owners)
  return {
    gemini,
    owners,
    settings: readRuntimeSettings(process.env.SETTINGS),
    catalogue: catalogueOf({ gemini, clock, log }),
    signatures: signatureStore(table),
    turns: table,
    conversations: table,
    videos: table,
    isOnlyClient: async () => (await source.countClients()) === 1,
    bodyLimit: LARGEST_BODY,
    newId,
    clock,
    log,
    findClient: source.findClient,
    books,
    once: onceIn(tableParts),
  }
}

/** What differs between the three functions. */
export interface FamilyParts {
  family: Family
  routesOf(gateway: Gateway): Routes
  /** A small request of this family, for the warm-up. */
  example: Example
}

/** A family's routes as the function that Lambda calls, warmed up. */
export const wireFunction = async ({ family, routesOf, example }: FamilyParts): Promise<LambdaHandler> => {
  const gateway = wireGateway()
  const formOf = (request: Request): Form => FORMS[familyOf(request, family)]
  const parts = {
    formOf,
    cors: corsFor(gateway.settings.allowedOrigins),
    bodyLimit: gateway.bodyLimit,
  }
  if (process.env.WARM_UP !== 'off') await warmUp(routesOf, parts, example, log)
  const { books, findClient, once } = gateway
  return lambdaHandler({
    answer: front({ ...parts, routes: routesOf(gateway), admit: admitBy(findClient), once, note: books.note, log }),
    close: books.close,
    clock,
    log,
  })
}
