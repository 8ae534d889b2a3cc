import { createHash, timingSafeEqual } from 'node:crypto'
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Log } from '../contract/log.ts'
import { readSecret, type Secret } from '../contract/secret.ts'
import { GatewayError } from '../errors.ts'

/** One of ours: whoever calls with one of the keys that carry its name. All state hangs on `name`, never on a key. */
export interface Client {
  name: string
  keyId: string
}

/** One of Google's. */
export interface GeminiKey {
  id: string
  key: string
  project: string
  /** Of its project, relative to others; 1 when unsaid. */
  weight: number
}

/** One version of the secret. */
export interface KeyList {
  /** Secrets Manager's id of the version: cooldowns of dead keys end with it. */
  version: string
  keys: readonly GeminiKey[]
}

export interface KeySource {
  /** Begins to fetch; called while the function starts. Never fails. */
  start(): void
  /** The keys, from memory wherever possible. Fails with `unavailable` if there never were any, or none for a day. */
  current(): Promise<KeyList>
  /** The list in memory, however old. */
  latest(): KeyList | undefined
  /** Whose key this is: compares with every one there is, and looks for a newer list before it says no. Fails as `current` does. */
  findClient(key: string): Promise<Client | undefined>
  /** How many clients the secret names, whatever keys they have. Fails as `current` does. */
  countClients(): Promise<number>
  /** Looks for a newer list, if nobody did so in the last 30 s. Never fails: the old list stays. */
  refresh(): Promise<void>
}

export interface KeySourceParts {
  client: Pick<SecretsManagerClient, 'send'>
  secretId: string
  /** Milliseconds since 1970. */
  clock(): number
  /** From 0 to 1. */
  random(): number
  log: Log
}

const SECOND = 1000
const FRESH = 300 * SECOND
/** Environments start together; they need not ask together. */
const SPREAD = 0.2
const STALE = 24 * 3600 * SECOND
const BETWEEN_TRIES = 30 * SECOND
/** An environment can be frozen while it waits, and the connection is gone when it thaws. */
const PATIENCE = 5 * SECOND

interface Loaded extends KeyList {
  clients: readonly { client: Client; digest: Buffer }[]
  loadedAt: number
}

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest()

const toLoaded = (secret: Secret, version: string, loadedAt: number): Loaded => ({
  version,
  loadedAt,
  keys: secret.geminiKeys.map(({ id, key, project, weight = 1 }) => ({ id, key, project, weight })),
  clients: secret.clientKeys.map(({ id, client, sha256 }) => ({
    client: { name: client ?? id, keyId: id },
    digest: Buffer.from(sha256, 'hex'),
  })),
})

/** Compares with every entry, so that the time says nothing about which one fits. */
const find = ({ clients }: Loaded, digest: Buffer): Client | undefined => {
  let found: Client | undefined
  for (const entry of clients) if (timingSafeEqual(entry.digest, digest)) found = entry.client
  return found
}

/**
 * The secret, kept in memory: asked for again after 5 min in the background, used for up to 24 h while Secrets Manager
 * fails, and never replaced by a list that doesn't fit its schema.
 */
export const keySource = ({ client, secretId, clock, random, log }: KeySourceParts): KeySource => {
  let list: Loaded | undefined
  let freshUntil = 0
  let triedAt = Number.NEGATIVE_INFINITY
  let loading: Promise<Loaded> | undefined

  const fetchStage = async (stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<Loaded> => {
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage })
    const answer = await client.send(command, { abortSignal: AbortSignal.timeout(PATIENCE) })
    const reading = readSecret(answer.SecretString ?? '')
    if (!reading.ok) throw new Error(`The list of keys is not usable: ${reading.problems.slice(0, 10).join('; ')}`)
    return toLoaded(reading.secret, answer.VersionId ?? '', clock())
  }

  const fail = (error: unknown, stage: string): void =>
    log({ level: 'error', message: 'The secret could not be read.', stage, version: list?.version, error })

  const spread = (milliseconds: number): number => milliseconds * (1 + SPREAD * (2 * random() - 1))

  const load = async (): Promise<Loaded> => {
    triedAt = clock()
    freshUntil = triedAt + spread(BETWEEN_TRIES)
    try {
      list = await fetchStage('AWSCURRENT')
      freshUntil = list.loadedAt + spread(FRESH)
      return list
    } catch (error) {
      fail(error, 'AWSCURRENT')
      if (list) throw error
    }
    // Only an environment that never had a list makes do with the version before
    try {
      list = await fetchStage('AWSPREVIOUS')
      return list
    } catch (error) {
      fail(error, 'AWSPREVIOUS')
      throw error
    }
  }

  /** One at a time: all who ask meanwhile get the same answer. */
  const reload = (): Promise<Loaded> => {
    loading ??= load().finally(() => {
      loading = undefined
    })
    return loading
  }

  /** As `reload`, for those who go on with what there is; failures were logged where they happened. */
  const tryReload = (): Promise<unknown> => reload().catch(() => undefined)

  const loaded = async (): Promise<Loaded> => {
    const now = clock()
    if (list && now < list.loadedAt + STALE) {
      if (now >= freshUntil) void tryReload()
      return list
    }
    return await reload().catch((cause: unknown) => {
      throw new GatewayError('unavailable', 'The gateway has no keys at the moment.', { cause, retryAfter: 5 })
    })
  }

  const refresh = async (): Promise<void> => {
    if (loading || clock() - triedAt >= BETWEEN_TRIES) await tryReload()
  }

  return {
    start: () => void tryReload(),
    current: loaded,
    latest: () => list,
    refresh,
    countClients: async () => new Set((await loaded()).clients.map(({ client: { name } }) => name)).size,
    findClient: async (key) => {
      const digest = digestOf(key)
      const before = await loaded()
      const found = find(before, digest)
      if (found) return found
      // Perhaps a key that was made a minute ago
      await refresh()
      return list && list !== before ? find(list, digest) : undefined
    },
  }
}
