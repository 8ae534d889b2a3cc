import * as z from 'zod/mini'

/**
 * The one secret: `{"geminiKeys": [{"id", "key", "project", "weight"?}], "clientKeys": [{"id", "client"?, "sha256", "name"?}]}`.
 * The only home of key material, so nothing here puts a value into a message: entries are named by their place alone.
 */

/** Names stand in the table's keys, with `#` between them, and in logs. Of halves of a character all would be one there. */
const NAME = /^[^\s#\p{Cc}\p{Cs}]{1,100}$/u
/** Google's two forms of a key. Somebody who mixes up two columns must not have keys printed as names. */
const LIKE_A_KEY = /^(?:AIza|AQ\.)/

const text = (): z.ZodMiniString => z.string({ error: 'must be a string' }).check(z.trim())
const name = (): z.ZodMiniString =>
  text().check(
    z.regex(NAME, { error: 'must be 1 to 100 characters, without blanks and #' }),
    z.refine((value) => !LIKE_A_KEY.test(value), { error: 'looks like a key; give it a name' }),
  )

const geminiKey = z.object(
  {
    id: name(),
    key: text().check(z.regex(/^[\x21-\x7e]+$/, { error: 'must be a key: visible ASCII, not empty' })),
    /** Quotas and prompt caches belong to a project, so keys of one project are one choice. */
    project: name(),
    /** Of the key's project, relative to others. */
    weight: z.optional(z.number({ error: 'must be a number' }).check(z.positive({ error: 'must be greater than 0' }))),
  },
  { error: 'must be an object' },
)

const clientKey = z.object(
  {
    id: name(),
    /** Whose it is: owns state and is what is counted. Default: the key's id. */
    client: z.optional(name()),
    sha256: text().check(z.regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hexadecimal digits' })),
    /** For people. */
    name: z.optional(text()),
  },
  { error: 'must be an object' },
)

/** Says of every entry whose `field` an earlier one has: `clientKeys[3].id is that of clientKeys[1], too`. */
const unique = <Entry>(list: string, field: keyof Entry & string) =>
  z.check<Entry[]>((payload) => {
    const first = new Map<Entry[keyof Entry & string], number>()
    for (const [place, entry] of payload.value.entries()) {
      const earlier = first.get(entry[field])
      if (earlier === undefined) first.set(entry[field], place)
      else
        payload.issues.push({
          code: 'custom',
          input: undefined,
          path: [place, field],
          message: `is that of ${list}[${earlier}], too`,
        })
    }
  })

const geminiKeys = z.array(geminiKey, { error: 'must be a list' }).check(unique('geminiKeys', 'id'))
const clientKeys = z
  .array(clientKey, { error: 'must be a list' })
  .check(unique('clientKeys', 'id'), unique('clientKeys', 'sha256'))
const MUST_BE_OBJECT = { error: 'must be an object' }

const secret = z.object(
  { geminiKeys: geminiKeys.check(z.minLength(1, { error: 'must hold at least one key' })), clientKeys },
  MUST_BE_OBJECT,
)
/** As the stack makes it: nobody's keys. */
const draft = z.object({ geminiKeys, clientKeys }, MUST_BE_OBJECT)

export type Secret = z.infer<typeof secret>

/** What reading a secret comes to: all of it, or what is wrong with it, without any of its values. */
export type SecretReading = { ok: true; secret: Secret } | { ok: false; problems: string[] }

/** JSON.parse quotes what it can't read, so its message must not get out. */
const parse = (json: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(json) }
  } catch {
    return undefined
  }
}

const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')

const readAs = (schema: typeof secret, json: string): SecretReading => {
  const parsed = parse(json)
  if (!parsed) return { ok: false, problems: ['the secret is not JSON'] }
  const result = z.safeParse(schema, parsed.value)
  if (result.success) return { ok: true, secret: result.data }
  return {
    ok: false,
    problems: result.error.issues.map(({ path, message }) => `${placeOf(path).slice(1) || 'the secret'} ${message}`),
  }
}

/** Reads the secret's text. Never throws, and never repeats a value of it. */
export const readSecret = (json: string): SecretReading => readAs(secret, json)

/** As `readSecret`, but the list may still be without a key. */
export const readDraft = (json: string): SecretReading => readAs(draft, json)
