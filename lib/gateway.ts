import type { Log } from './contract/log.ts'
import type { RuntimeSettings } from './contract/settings.ts'
import type { Owners } from './gemini/resources/ownership.ts'
import type { Catalogue } from './gemini/upstream/catalogue.ts'
import type { GeminiClient } from './gemini/upstream/client.ts'
import type { AdmittedRequest } from './http/exchange.ts'
import type { ConversationState } from './state/conversations.ts'
import type { TurnState } from './state/turns.ts'
import type { VideoState } from './state/videos.ts'

/** Keeps the signatures of calls for clients that send back no more than the call's id. */
export interface SignatureStore {
  read(client: string, callIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  write(client: string, signatures: ReadonlyMap<string, string>): Promise<void>
}

/** What every request of a function shares. */
export interface Gateway {
  gemini: GeminiClient
  owners: Owners
  settings: RuntimeSettings
  catalogue: Catalogue
  signatures: SignatureStore
  turns: TurnState
  conversations: ConversationState
  videos: VideoState
  /** Whether the secret names a single client. */
  isOnlyClient(): Promise<boolean>
  /** Bytes of the largest body that gets in. */
  bodyLimit: number
  /** Unique, 24 characters of `[A-Za-z0-9]`. */
  newId(): string
  /** Milliseconds since 1970. */
  clock(): number
  log: Log
}

/** Who calls, as Gemini's side counts it. */
export const callerOf = ({ id, client, receivedAt, deadline, after }: AdmittedRequest) => ({
  requestId: id,
  client,
  receivedAt,
  deadline,
  after,
})
