import { Readable } from 'node:stream'
import type { Log } from '../lib/contract/log.ts'
import { readRuntimeSettings } from '../lib/contract/settings.ts'
import type { Owners } from '../lib/gemini/resources/ownership.ts'
import { geminiClient } from '../lib/gemini/upstream/client.ts'
import type { Send } from '../lib/gemini/upstream/send.ts'
import { type FrontParts, front } from '../lib/http/front.ts'
import type { Routes } from '../lib/http/routes.ts'
import { sharedCooldowns } from '../lib/keys/cooldowns.ts'
import { keyPool } from '../lib/keys/pool.ts'
import type { Gateway } from '../lib/relay.ts'
import type { ConversationState } from '../lib/state/conversations.ts'
import type { TurnState } from '../lib/state/turns.ts'
import type { VideoState } from '../lib/state/videos.ts'

/** A request of the family's own. */
export interface Example {
  path: string
  query?: string
  body: object
}

const part = (value: object, more: object = {}): string =>
  `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts: [value] }, index: 0, ...more }], usageMetadata: { promptTokenCount: 1 }, modelVersion: 'warm-up', responseId: 'warm-up' })}\r\n\r\n`

/** A thought, text and a call: what most turns are made of. */
const REPLY = [
  part({ text: 'a', thought: true }),
  part({ text: 'b' }),
  part({ functionCall: { name: 'f', args: { a: 1 } } }, { finishReason: 'STOP' }),
]

const replySend: Send = async () => {
  const reply = Readable.from(REPLY.map((text) => Buffer.from(text)))
  return Object.assign(reply, {
    statusCode: 200,
    headers: { 'content-type': 'text/event-stream' },
  }) as unknown as Awaited<ReturnType<Send>>
}

const KEY = { id: 'warm-up', key: 'warm-up', project: 'warm-up', weight: 1 }
const nothing = (): undefined => undefined
const no = async (): Promise<boolean> => false
const none = async (): Promise<undefined> => {}
const NO_TURNS: TurnState = {
  writeTurn: no,
  readTurn: none,
  readChain: none,
  readItems: async () => [],
  removeTurn: no,
}
const NO_CONVERSATIONS: ConversationState = {
  writeConversation: none,
  readConversation: none,
  readBatches: none,
  addBatch: no,
  removeConversation: none,
}
const NO_VIDEOS: VideoState = {
  writeVideo: none,
  readVideo: none,
  listVideos: async () => [],
  removeVideo: none,
}
const NO_TABLE = { readCooldowns: async () => new Map(), addCooldown: async () => new Map(), lease: async () => false }
const NO_OWNERS: Owners = {
  projectOf: async () => KEY.project,
  find: async () => undefined,
  note: async () => {},
  noteOnce: async () => {},
  list: async () => [],
  forget: async () => {},
  doubt: nothing,
  claim: async () => false,
}

/**
 * Runs one request through the whole path in this process while the function starts, where CPU is plentiful, so that the
 * first real one doesn't wait for compilation. Nothing goes upstream, nothing is logged or counted, and it can't fail.
 */
export const warmUp = async (
  routesOf: (gateway: Gateway) => Routes,
  parts: Pick<FrontParts, 'formOf' | 'cors' | 'bodyLimit'>,
  { path, query = '', body }: Example,
  log: Log,
): Promise<void> => {
  const clock = (): number => 0
  const gateway: Gateway = {
    gemini: geminiClient({
      send: replySend,
      keys: async () => ({ version: 'warm-up', keys: [KEY] }),
      distrust: none,
      pool: keyPool({
        random: clock,
        cooldowns: sharedCooldowns({ table: NO_TABLE, clock, random: clock, log: nothing }),
      }),
      refresh: nothing,
      sweep: async () => {},
      random: clock,
      sleep: async () => {},
      settle: async () => {},
      clock,
    }),
    owners: NO_OWNERS,
    settings: readRuntimeSettings(),
    catalogue: { list: async () => [], knows: () => false },
    signatures: { read: async () => new Map(), write: async () => {} },
    turns: NO_TURNS,
    conversations: NO_CONVERSATIONS,
    videos: NO_VIDEOS,
    isOnlyClient: async () => false,
    bodyLimit: parts.bodyLimit,
    newId: () => 'warm',
    clock,
    log: nothing,
  }
  const answer = front({
    ...parts,
    routes: routesOf(gateway),
    admit: async (request) => ({ ...request, client: { name: 'warm-up', keyId: 'warm-up' } }),
    log: nothing,
  })
  try {
    const reply = await answer({
      id: 'warm-up',
      method: 'POST',
      path,
      query,
      headers: {},
      body: JSON.stringify(body),
      receivedAt: 0,
      deadline: 900_000,
      after: nothing,
    })
    if (reply.body instanceof Readable) for await (const _ of reply.body) nothing()
  } catch (error) {
    log({ level: 'warn', message: 'The warm-up failed.', error })
  }
}
