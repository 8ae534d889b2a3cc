import type { RuntimeSettings } from '../contract/settings.ts'
import type { Naming } from '../gemini/naming/aliases.ts'
import type { Owners } from '../gemini/resources/ownership.ts'
import type { Caller, GeminiClient } from '../gemini/upstream/client.ts'
import type { NativePath } from './path.ts'

/** What native calls are answered with. */
export interface NativeParts extends Naming {
  gemini: GeminiClient
  owners: Owners
  settings: RuntimeSettings
  /** Whether the secret names a single client. */
  isOnlyClient(): Promise<boolean>
  /** Bytes of the largest body that gets in. */
  bodyLimit: number
  /** Unique, of `[a-z0-9]`. */
  newId(): string
  /** Milliseconds since 1970. */
  clock(): number
}

/** A native call that was read. */
export interface NativeRequest {
  path: NativePath
  /** Without what isn't the client's to say. */
  query: string
  /** Its JSON, where it has some. */
  body: unknown
  caller: Caller
}
