// All state of one simulated Gemini.
import type { Arrival, Fault, KeyState, Options, Pace, Script, When } from './contract.ts'
import type { Json } from './json.ts'

export interface Queued<T> {
  what: T
  when: When
  left: number
}

export interface World {
  readonly now: () => number
  readonly signatures: NonNullable<Options['signatures']>
  readonly processing: number
  pace: Pace
  readonly projects: Map<string, string>
  /** Key, or key and model with a space between, → state. */
  readonly keys: Map<string, KeyState>
  readonly requests: Arrival[]
  readonly scripts: Queued<Script>[]
  readonly faults: Queued<Fault>[]
  /** Signatures that a script brought along. */
  readonly given: Set<string>
  /** Prompts that were seen, by project: what an implicit cache would hold. */
  readonly prefixes: Map<string, string[]>
  readonly files: Map<string, StoredFile>
  readonly uploads: Map<string, Upload>
  readonly caches: Map<string, Owned>
  readonly batches: Map<string, Owned>
  readonly operations: Map<string, Owned>
  /** File search stores, their documents and operations, by their whole names. */
  readonly stores: Map<string, Owned>
  readonly interactions: Map<string, Owned>
  /** Where clients reach this server, for the URLs in its replies. */
  origin: string
  count: number
}

/** A resource that belongs to a project; another project's key can't tell it from one that isn't there. */
export interface Owned {
  project: string
  value: Json
  /** What the resource keeps to itself. */
  hidden: Json
}

export interface StoredFile {
  project: string
  value: Json
  bytes: Buffer
  /** How often it must be looked at before it is ready. */
  looks: number
}

export interface Upload {
  project: string
  /** The file search store that it is for, if it is for one. */
  store: string | undefined
  metadata: Json
  mimeType: string
  length: number | undefined
  received: Buffer[]
  size: number
  done: boolean
}

/** Google's URLs of its resources name this host, whoever plays it. */
export const GOOGLE = 'https://generativelanguage.googleapis.com'

const PACE: Pace = { firstByteMs: 0, chunkMs: 0, chunkCharacters: 48 }

export const makeWorld = (options: Options): World => ({
  now: options.now ?? Date.now,
  signatures: options.signatures ?? 'anywhere',
  processing: options.processing ?? 0,
  pace: { ...PACE, ...options.pace },
  projects: new Map(Object.entries(options.projects ?? {})),
  keys: new Map(Object.entries(options.keys ?? {})),
  requests: [],
  scripts: [],
  faults: [],
  given: new Set(),
  prefixes: new Map(),
  files: new Map(),
  uploads: new Map(),
  caches: new Map(),
  batches: new Map(),
  operations: new Map(),
  stores: new Map(),
  interactions: new Map(),
  origin: '',
  count: 0,
})

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** A new name of lower-case letters and digits. Names differ from each other, and are the same in every run. */
export const newName = (world: World, length: number): string => {
  world.count += 1
  let seed = Math.imul(world.count, 0x9e3779b1) >>> 0
  let name = ''
  for (let at = 0; at < length; at++) {
    seed = (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + world.count) >>> 0
    name += LETTERS[seed % LETTERS.length]
  }
  return name
}

/** A time as Google writes it. */
export const timestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '000Z')
