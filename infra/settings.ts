// What an operator can set: in cdk.json's `context`, or with `-c name=value`. README's table is printed from this schema.
import { ApplicationLogLevel } from 'aws-cdk-lib/aws-lambda'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import * as z from 'zod'
import type { RuntimeSettings } from '../lib/contract/settings.ts'

/** `-c` gives text, cdk.json gives the value itself. */
const wholeNumber = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`
  return z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error })
    .pipe(z.int({ error }).min(least, { error }).max(most, { error }))
}

const list = z.union(
  [
    z.array(z.string()),
    z.string().transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    ),
  ],
  { error: 'must be a list, or text with commas between' },
)

const ALIASES_FORM = 'must be an object of names, or its JSON: {"gpt-5": "gemini-3.1-pro-preview"}'
const jsonText = (text: string, context: z.RefinementCtx): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: ALIASES_FORM })
    return z.NEVER
  }
}
const aliases = z
  .preprocess((value, context) => (typeof value === 'string' ? jsonText(value, context) : value), z.unknown())
  .pipe(z.record(z.string(), z.string({ error: ALIASES_FORM }), { error: ALIASES_FORM }))

const isHttpsOrigin = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'https:' && url.origin === text
}
const origin = z.string().refine(isHttpsOrigin, { error: 'must be an https origin without a path' })

const retentionDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
)
const logLevels = [
  ApplicationLogLevel.DEBUG,
  ApplicationLogLevel.INFO,
  ApplicationLogLevel.WARN,
  ApplicationLogLevel.ERROR,
] as const

/** Every setting with its meaning; `parse({})` gives the defaults. Unknown names are refused, so that a slip of the pen isn't silently ignored. */
export const settingsSchema = z.strictObject({
  memory: wholeNumber(128, 10_240)
    .default(512)
    .describe(
      'MB for each function. It decides the bill, and the largest body: 6 MB from 512, 4 MB at 256, 1 MB at 128',
    ),
  timeout: wholeNumber(30, 900).default(900).describe('Seconds after which AWS ends a request, streamed ones too'),
  reservedConcurrency: wholeNumber(1, 1000)
    .optional()
    .describe(
      'Most requests at once for each function: a bound on what anyone can make you spend. Needs as much unreserved concurrency in the account, which new accounts lack',
    ),
  logRetention: wholeNumber(1, 3653)
    .pipe(z.literal(retentionDays, { error: `must be one of ${retentionDays.join(', ')}` }))
    .default(RetentionDays.ONE_MONTH)
    .describe('Days that CloudWatch keeps the logs'),
  logLevel: z
    .enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` })
    .default(ApplicationLogLevel.INFO)
    .describe('Least severe level that is logged'),
  allowedOrigins: list
    .default(['*'])
    .describe('Web origins whose pages may call from a browser; `*` is any, since keys travel in headers, not cookies'),
  modelAliases: aliases
    .default({})
    .describe('Names that clients use for a model, each with the name Gemini has for it; a name may end in `*`'),
  geminiBaseUrl: origin.default('https://generativelanguage.googleapis.com').describe('Where Gemini is'),
  table: z
    .enum(['retain', 'destroy'], { error: 'must be retain or destroy' })
    .default('retain')
    .describe('What becomes of the table when the stack is deleted'),
})

export type Settings = z.infer<typeof settingsSchema>

/** What the functions themselves need to know. */
export const toRuntime = ({ allowedOrigins, modelAliases }: Settings): RuntimeSettings => ({
  allowedOrigins,
  modelAliases,
})

/** Context that is not ours: feature flags (`@aws-cdk/…`), the CLI's own (`aws:cdk:…`), and what it remembers in cdk.context.json. */
const isForeign = (name: string): boolean => /[@:]/.test(name) || name === 'acknowledged-issue-numbers'

/** Reads the settings out of CDK's context. Throws an Error with one line for each setting that is wrong. */
export const readSettings = (context: Record<string, unknown>): Settings => {
  const own = Object.fromEntries(Object.entries(context).filter(([name]) => !isForeign(name)))
  const result = settingsSchema.safeParse(own)
  if (result.success) return result.data
  throw new Error(result.error.issues.flatMap((issue) => complaints(issue, own)).join('\n'))
}

const complaints = (issue: z.core.$ZodIssue, context: Record<string, unknown>): string[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `Unknown setting ${key}. There are: ${Object.keys(settingsSchema.shape).join(', ')}.`,
    )
  const name = String(issue.path[0])
  return [`Setting ${issue.path.join('.')} ${issue.message}; it is ${JSON.stringify(context[name])}.`]
}
