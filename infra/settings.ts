// What an operator can set: in cdk.json's `context`, or with `-c name=value`. README's table is printed from this schema.
import * as z from 'zod'
import { FORCES, NATIVE_UNKNOWN, type RuntimeSettings, THRESHOLDS } from '../lib/contract/settings.ts'
import {
  choice,
  email,
  flag,
  httpsOrigin,
  listOf,
  modelName,
  modelNames,
  names,
  origins,
  shaped,
  wholeNumber,
} from './setting-forms.ts'

/** CDK's own lists; written out here, since loading CDK takes a second that the local run should not take. */
const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const
export const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const

/** Every setting with its meaning; `parse({})` gives the defaults. Unknown names are refused, so that a slip of the pen isn't silently ignored. */
export const settingsSchema = z.strictObject({
  // ---- The functions ----
  memory: wholeNumber(128, 10_240)
    .default(512)
    .describe(
      'MB for each function. It decides the bill, and the largest body: 6 MB from 512, 4 MB at 256, 1 MB at 128',
    ),
  timeout: wholeNumber(30, 900).default(900).describe('Seconds after which AWS ends a request, streamed ones too'),
  streamTimeout: wholeNumber(30, 900)
    .default(900)
    .describe("Seconds after which Triglot itself ends a stream, with the protocol's error event"),
  reservedConcurrency: wholeNumber(1, 1000)
    .optional()
    .describe(
      'Most requests at once for each function: a bound on what anyone can make you spend. Needs as much unreserved concurrency in the account, which new accounts lack',
    ),
  logRetention: wholeNumber(1, 3653)
    .pipe(z.literal(RETENTIONS, { error: `must be one of ${RETENTIONS.join(', ')}` }))
    .default(30)
    .describe('Days that CloudWatch keeps the logs'),
  logLevel: choice(...LOG_LEVELS)
    .default('INFO')
    .describe(
      'Least severe level that is logged; above `INFO` there are neither usage nor metrics, nor alarms on these',
    ),

  // ---- What an operator sees ----
  alarms: flag()
    .default(true)
    .describe(
      'Alarms on keys, failures and limits, which ring in a topic: $0.90 to $1.10 a month, of which an account has $1 free',
    ),
  alarmEmail: email().optional().describe('Who is told by e-mail when an alarm rings; must be confirmed once'),
  concurrencyQuota: wholeNumber(10, 1_000_000)
    .default(1000)
    .describe(
      "The account's quota of Lambda requests at once, for the alarm at 80 % of it; new accounts start with 10",
    ),
  dashboard: flag()
    .default(true)
    .describe('A dashboard: one of three that are free in each account, $3 a month beyond'),
  tracing: flag().default(false).describe('Traces in X-Ray: $5 for a million, and AWS traces only a part of many'),

  // ---- What clients may do ----
  allowedOrigins: origins()
    .default(['*'])
    .describe('Web origins whose pages may call from a browser; `*` is any, since keys travel in headers, not cookies'),
  allowedModels: modelNames()
    .default(['*'])
    .describe(
      "Gemini's names of the models, and of Interactions' agents, that clients may use; a name may end in `*`. Others get 403 and aren't listed",
    ),
  nativeUnknown: choice(...NATIVE_UNKNOWN)
    .default('alone')
    .describe(
      "Native calls of collections that this version doesn't know, and so can't keep apart by clients: passed on while the secret names one client `alone`, `always` or `never`",
    ),

  // ---- What models do ----
  modelAliases: names()
    .default({})
    .describe('Names that clients use for a model, each with the name Gemini has for it; a name may end in `*`'),
  defaultModel: modelName().optional().describe('The model of a request that names none, which is an error otherwise'),
  force: listOf(...FORCES)
    .default([])
    .describe(
      'What every request gets that does not say otherwise itself: `thinking` (shown thoughts), `search`, `code`, `url`, wherever the model can',
    ),
  safety: z
    .enum(THRESHOLDS, { error: `must be one of ${THRESHOLDS.join(', ')}` })
    .optional()
    .describe("Safety threshold of requests that set none; without it Google's own default holds"),
  streaming: choice('real', 'fake')
    .default('real')
    .describe(
      '`fake` fetches each answer whole and then sends it as a stream, with keep-alives meanwhile; a model name that ends in `-real` or `-fake` says it for one request',
    ),
  chatImages: choice('images', 'markdown')
    .default('images')
    .describe("Where Chat Completions has a model's images: in `message.images`, or in the text, as Markdown"),

  // ---- What clients reach ----
  frontDoor: choice('urls', 'api', 'both')
    .default('urls')
    .describe(
      '`urls`: a URL for each function. `api`: one REST API before all three, and no other way in. `both`: the API, and the URLs remain',
    ),
  domainName: shaped(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/, 'a domain name in lower case')
    .optional()
    .describe("The REST API's own domain; where its DNS record has to point is an output"),
  certificateArn: shaped(
    /^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
    'the ARN of a certificate of ACM in the region of the stack',
  )
    .optional()
    .describe('The certificate of that domain'),
  requestRate: wholeNumber(1, 10_000)
    .default(100)
    .describe('Requests a second that the REST API lets in, twice as many for a moment; above it 429'),
  accessLogs: flag()
    .default(false)
    .describe(
      "Whether the REST API logs each request, those that reach no function too. Sets API Gateway's logging role, which all APIs of the account share in a region",
    ),
  firewall: flag()
    .default(false)
    .describe(
      "Whether a WAF web ACL stands before the REST API: known bad addresses and requests, and a rate for each address. Bodies aren't judged: prompts look like attacks",
    ),

  // ---- Around them ----
  geminiBaseUrl: httpsOrigin().default('https://generativelanguage.googleapis.com').describe('Where Gemini is'),
  table: choice('retain', 'destroy').default('retain').describe('What becomes of the table when the stack is deleted'),
  secret: choice('retain', 'destroy')
    .default('retain')
    .describe('What becomes of the secret when the stack is deleted'),
  rotationDays: wholeNumber(1, 365)
    .default(30)
    .describe(
      'Days after which every key in the secret is tried again; a dead one is named in the log and rings the alarm',
    ),
})

/** Of the 4 KB that AWS gives a function for its environment, what is left for the settings; bytes. */
const ROOM = 3000

const spaceOf = (settings: Settings): string[] => {
  const size = Buffer.byteLength(JSON.stringify(toRuntime(settings)))
  return size > ROOM
    ? [
        `Settings allowedOrigins, allowedModels and modelAliases are too long: ${size} bytes, and there is room for ${ROOM}.`,
      ]
    : []
}

/** Settings that mean nothing, or not enough, beside the others. */
const contradictions = (settings: Settings): string[] => {
  const { accessLogs, certificateArn, domainName, firewall, frontDoor } = settings
  const idle = frontDoor === 'urls' ? Object.entries({ accessLogs, certificateArn, domainName, firewall }) : []
  return [
    ...idle
      .filter(([, value]) => value !== undefined && value !== false)
      .map(([name]) => `Setting ${name} is the REST API's: it needs frontDoor=api or frontDoor=both.`),
    ...((domainName === undefined) === (certificateArn === undefined)
      ? []
      : ['Settings domainName and certificateArn need each other.']),
    ...spaceOf(settings),
  ]
}

export type Settings = z.infer<typeof settingsSchema>

/** What the functions themselves need to know. */
export const toRuntime = (settings: Settings): RuntimeSettings => ({
  allowedOrigins: settings.allowedOrigins,
  allowedModels: settings.allowedModels,
  nativeUnknown: settings.nativeUnknown,
  modelAliases: settings.modelAliases,
  defaultModel: settings.defaultModel,
  force: settings.force,
  safety: settings.safety,
  streaming: settings.streaming,
  chatImages: settings.chatImages,
  streamTimeout: settings.streamTimeout,
})

/** Context that is not ours: feature flags (`@aws-cdk/…`), the CLI's own (`aws:cdk:…`), and what it remembers in cdk.context.json. */
const isForeign = (name: string): boolean => /[@:]/.test(name) || name === 'acknowledged-issue-numbers'

/** Reads the settings out of CDK's context. Throws an Error with one line for each setting that is wrong. */
export const readSettings = (context: Record<string, unknown>): Settings => {
  const own = Object.fromEntries(Object.entries(context).filter(([name]) => !isForeign(name)))
  const result = settingsSchema.safeParse(own)
  const wrong = result.success ? contradictions(result.data) : []
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
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
