import * as z from 'zod/mini'

/** What a request can be given that doesn't ask for it. */
export const FORCES = ['thinking', 'search', 'code', 'url'] as const

/** https://ai.google.dev/api/generate-content#HarmBlockThreshold */
export const THRESHOLDS = [
  'OFF',
  'BLOCK_NONE',
  'BLOCK_ONLY_HIGH',
  'BLOCK_MEDIUM_AND_ABOVE',
  'BLOCK_LOW_AND_ABOVE',
] as const

export const NATIVE_UNKNOWN = ['alone', 'always', 'never'] as const

/** What the stack tells its functions, as JSON in the environment variable `SETTINGS`. Without it every setting has its default. */
export const runtimeSettings = z.strictObject({
  /** Web origins that may call from a browser; `*` is any. */
  allowedOrigins: z._default(z.array(z.string()), ['*']),
  /** Gemini's names of models; one may end in `*`. */
  allowedModels: z._default(z.array(z.string()), ['*']),
  /** A name that clients use for a model → Gemini's name. Arbitrary names: look up with Object.hasOwn. */
  modelAliases: z._default(z.record(z.string(), z.string()), {}),
  /** For a request that names no model. */
  defaultModel: z.optional(z.string()),
  /** Native calls of collections that can't be told apart by clients: passed on while there is one client alone, always, or never. */
  nativeUnknown: z._default(z.enum(NATIVE_UNKNOWN), 'alone'),
  force: z._default(z.array(z.enum(FORCES)), []),
  /** For a request that sets no threshold. */
  safety: z.optional(z.enum(THRESHOLDS)),
  /** `fake`: the answer is fetched whole, and sent as a stream. */
  streaming: z._default(z.enum(['real', 'fake']), 'real'),
  /** Where Chat Completions has a model's images. */
  chatImages: z._default(z.enum(['images', 'markdown']), 'images'),
  /** Seconds that a stream may take. */
  streamTimeout: z._default(z.number(), 900),
})

export type RuntimeSettings = z.infer<typeof runtimeSettings>

/** Throws where the text is not what the schema says: the stack wrote it, so that is a broken deployment. */
export const readRuntimeSettings = (text = '{}'): RuntimeSettings => runtimeSettings.parse(JSON.parse(text))
