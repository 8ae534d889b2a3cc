// The forms a setting can have. `-c` gives text, cdk.json gives the value itself: each form reads both.
import * as z from 'zod'

/** A message that says what the setting must be; the setting's name and the value given are put around it. */
interface Must {
  error: string
}

export const wholeNumber = (least: number, most: number) => {
  const must: Must = { error: `must be a whole number from ${least} to ${most}` }
  return z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], must)
    .pipe(z.int(must).min(least, must).max(most, must))
}

export const flag = () => {
  const must: Must = { error: 'must be true or false' }
  return z.union([z.boolean(), z.enum(['true', 'false'], must).transform((text) => text === 'true')], must)
}

export const choice = <const Choices extends readonly [string, ...string[]]>(...choices: Choices) =>
  z.enum(choices, { error: `must be ${inWords(choices)}` })

const inWords = (choices: readonly string[]): string =>
  choices.length < 3 ? choices.join(' or ') : `one of ${choices.join(', ')}`

const entriesOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)

export const list = () =>
  z.union([z.array(z.string()), z.string().transform(entriesOf)], {
    error: 'must be a list, or text with commas between',
  })

export const listOf = <const Choices extends readonly [string, ...string[]]>(...choices: Choices) => {
  const must: Must = { error: `must be a list of ${choices.join(', ')}, or text with commas between` }
  return z
    .union([z.array(z.unknown()), z.string().transform(entriesOf)], must)
    .pipe(z.array(z.enum(choices, must), must))
}

/** Web origins as browsers send them, or `*`. One in another form, such as with a slash at its end, would never be met. */
export const origins = () =>
  list().pipe(
    z.array(
      shaped(
        /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^\s/'"\\,*A-Z]+)$/,
        'a list of origins such as https://app.example.com, or *',
      ),
    ),
  )

/** Names of models; without one nothing could be asked. */
export const modelNames = () => {
  const form = 'a list of names of models, each with a * at its end or without'
  return list().pipe(z.array(shaped(/^(?:[A-Za-z0-9][\w./-]*\*?|\*)$/, form)).min(1, { error: `must be ${form}` }))
}

/** A name that Gemini has for a model. */
export const modelName = () => shaped(/^[A-Za-z0-9][\w./()-]*$/, 'the name of a model, such as gemini-3.6-flash')

const NAMES_FORM = 'must be an object of names, or its JSON: {"gpt-5": "gemini-3.1-pro-preview"}'
const jsonText = (text: string, context: z.RefinementCtx): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: NAMES_FORM })
    return z.NEVER
  }
}
const ALIAS = z.string().regex(/^(?:[^*]+\*?|\*)$/)
/** A client's name → the model that it stands for; a `*` may stand at a name's end. */
export const names = () =>
  z
    .preprocess((value, context) => (typeof value === 'string' ? jsonText(value, context) : value), z.unknown())
    .pipe(z.record(ALIAS, z.string({ error: NAMES_FORM }).pipe(modelName()), { error: NAMES_FORM }))

export const email = () => z.email({ error: 'must be an e-mail address' })

const isHttpsOrigin = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'https:' && url.origin === text
}
export const httpsOrigin = () => {
  const must: Must = { error: 'must be an https origin without a path' }
  return z.string(must).refine(isHttpsOrigin, must)
}

/** Text of a form that one pattern tells. `what` ends the sentence "must be …". */
export const shaped = (pattern: RegExp, what: string) => {
  const must: Must = { error: `must be ${what}` }
  return z.string(must).regex(pattern, must)
}
