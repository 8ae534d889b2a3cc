import * as z from 'zod/mini'

/** What the stack tells its functions, as JSON in the environment variable `SETTINGS`. Without it every setting has its default. */
export const runtimeSettings = z.strictObject({
  /** Web origins that may call from a browser; `*` is any. */
  allowedOrigins: z._default(z.array(z.string()), ['*']),
  /** A name that clients use for a model → Gemini's name. Arbitrary names: look up with Object.hasOwn. */
  modelAliases: z._default(z.record(z.string(), z.string()), {}),
  /** Seconds that a stream may take. */
  streamTimeout: z._default(z.number(), 900),
})

export type RuntimeSettings = z.infer<typeof runtimeSettings>

/** Throws where the text is not what the schema says: the stack wrote it, so that is a broken deployment. */
export const readRuntimeSettings = (text = '{}'): RuntimeSettings => runtimeSettings.parse(JSON.parse(text))
