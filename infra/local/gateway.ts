import { createServer } from 'node:http'
import { UPLOAD_SESSION, UPLOAD_SESSION_HEADER } from '../../lib/contract/front-door.ts'
import { bundle } from '../bundle.ts'
import { FAMILIES, type Family } from '../family.ts'
import { routeOf, STAGE } from '../front-door/routes.ts'
import { type LocalTable, startAws } from './aws.ts'
import { createEnvironments } from './environments.ts'
import { functionUrl, type HttpHandler } from './function-url.ts'
import { type Listening, listen } from './listen.ts'
import { restApi } from './rest-api.ts'
import { rotateWith } from './rotation.ts'
import { holdCode } from './running-code.ts'
import type { LogLine } from './runtime.ts'
import { type GeminiKey, secretText } from './secret.ts'
import type { LocalSecret } from './secrets-manager.ts'
import { DEFAULT_CLIENT_KEY } from './settings.ts'
import { type SimulatedGemini, type Options as Simulation, startSimulatedGemini } from './simulated-gemini/index.ts'
import { tooLarge } from './too-large.ts'
import { uploadSession } from './upload-session.ts'

export interface GatewayOptions {
  /** Any free port, if unset. */
  port?: number
  host?: string
  clientKeys?: readonly string[]
  geminiKeys?: readonly GeminiKey[]
  /** Where Gemini is called: an origin. Unset: the embedded simulated Gemini. */
  geminiBaseUrl?: string
  /** How that one behaves. */
  simulation?: Simulation
  /** What the address of all families is: before the functions' URLs (the default), or the REST API of `-c frontDoor=api`. */
  frontDoor?: 'urls' | 'api'
  /** One process a function takes all requests (the default), or one request a process, as in Lambda. */
  shared?: boolean
  /** Requests at a time for each function; above it 429. */
  concurrency?: number
  memory?: number
  timeoutMs?: number
  /** What the functions read as SETTINGS. */
  settings?: { allowedOrigins?: readonly string[]; [name: string]: unknown }
  /** More of the functions' environment: `NODE_OPTIONS`, say. */
  variables?: Readonly<Record<string, string>>
  /** The folder of the functions and that of their bundles, if not the repository's own. */
  functions?: string
  output?: string
  /** Every log line of the functions, as it comes. */
  log?(line: LogLine): void
}

export interface Gateway {
  /** Everything on one address; behind the REST API its stage follows the port. */
  url: string
  port: number
  /** Where the functions call Gemini: an origin. */
  geminiBaseUrl: string
  /** Each function by itself, as its Function URL is. */
  urls: Record<Family, string>
  /** The latest log lines of the functions. */
  logs: LogLine[]
  secret: LocalSecret
  table: LocalTable
  tableEndpoint: string
  /** The embedded one; throws where another Gemini is called. */
  readonly simulated: SimulatedGemini
  /** Ends every function's process: the next request is a cold start, with secret and table as they are. */
  restart(): Promise<void>
  close(): Promise<void>
}

const LOG_LINES_KEPT = 10_000
const SIMULATED_KEYS: readonly GeminiKey[] = [
  { key: 'simulated-key-1', project: 'simulated-project-1' },
  { key: 'simulated-key-2', project: 'simulated-project-2' },
]

/** The whole gateway on this machine: the bundles that are deployed, under Lambda's runtime, with AWS stood in for. */
export const startGateway = async (options: GatewayOptions = {}): Promise<Gateway> => {
  const { shared = true, clientKeys = [DEFAULT_CLIENT_KEY], geminiKeys = SIMULATED_KEYS } = options
  const logs: LogLine[] = []
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).toReversed()) await end()
  }
  const open = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting
    opened.push(started.close)
    return started
  }

  const start = async (): Promise<Gateway> => {
    const projects = Object.fromEntries(geminiKeys.map(({ key, project }) => [key, project]))
    const [bundles, aws, simulated] = await Promise.all([
      bundle(options),
      open(startAws(secretText(geminiKeys, clientKeys))),
      options.geminiBaseUrl === undefined ? open(startSimulatedGemini({ projects, ...options.simulation })) : undefined,
    ])
    const needed = new Set([...FAMILIES, ...bundles.names])
    const code = await open(holdCode(new Map([...needed].map((name) => [name, bundles.folder(name)]))))
    const geminiBaseUrl = options.geminiBaseUrl ?? simulated?.origin ?? ''
    const variables = {
      ...aws.variables,
      GEMINI_BASE_URL: geminiBaseUrl,
      SETTINGS: JSON.stringify(options.settings ?? {}),
      ...options.variables,
    }
    const log = (line: LogLine): void => {
      logs.push(line)
      if (logs.length > 2 * LOG_LINES_KEPT) logs.splice(0, LOG_LINES_KEPT)
      options.log?.(line)
    }
    const common = { memory: options.memory ?? 512, timeoutMs: options.timeoutMs ?? 900_000, variables, log }
    const environments = forEachFamily((family) =>
      createEnvironments({
        ...common,
        name: family,
        folder: code.folder(family),
        shared,
        concurrency: options.concurrency ?? 1000,
      }),
    )
    const rotation = bundles.names.includes('rotation')
      ? createEnvironments({
          ...common,
          name: 'rotation',
          folder: code.folder('rotation'),
          shared: false,
          concurrency: 10,
        })
      : undefined
    aws.secret.rotate = rotation && rotateWith(rotation)
    const stop = async (): Promise<void> => {
      await Promise.all([...FAMILIES.map((family) => environments[family].stop()), rotation?.stop()])
    }
    opened.push(stop)

    const toGoogle = uploadSession({
      origin: geminiBaseUrl,
      allowedOrigins: options.settings?.allowedOrigins ?? ['*'],
    })
    const handlers = (added?: Readonly<Record<string, string>>) =>
      forEachFamily((family) => functionUrl({ environments: environments[family], tooLarge: tooLarge[family], added }))
    const frontDoor =
      options.frontDoor === 'api'
        ? restApi({ environments, uploadSession: toGoogle })
        : beforeUrls(handlers({ [UPLOAD_SESSION_HEADER]: UPLOAD_SESSION }), toGoogle)
    // The port comes first: that it is taken shall be known before anything is loaded.
    const front = await open(serve(frontDoor, options.port, options.host))
    const bare = handlers()
    const urls = Object.fromEntries(
      await Promise.all(FAMILIES.map(async (family) => [family, (await open(serve(bare[family]))).origin] as const)),
    ) as Record<Family, string>
    await Promise.all(FAMILIES.map((family) => environments[family].warm()))

    return {
      url: options.frontDoor === 'api' ? `${front.origin}/${STAGE}` : front.origin,
      port: front.port,
      geminiBaseUrl,
      urls,
      logs,
      secret: aws.secret,
      table: aws.table,
      tableEndpoint: aws.tableEndpoint,
      get simulated() {
        if (simulated) return simulated
        throw new Error(`Gemini is not simulated here: it is called at ${options.geminiBaseUrl}.`)
      },
      restart: stop,
      close,
    }
  }

  try {
    return await start()
  } catch (error) {
    await close()
    throw error
  }
}

const forEachFamily = <T>(make: (family: Family) => T): Record<Family, T> => ({
  openai: make('openai'),
  anthropic: make('anthropic'),
  gemini: make('gemini'),
})

/** One address before the functions' own: by path, as the REST API shares them out. */
const beforeUrls =
  (handlers: Record<Family, HttpHandler>, toGoogle: HttpHandler): HttpHandler =>
  (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    const { target } = routeOf(request.method ?? 'GET', path)
    const handler = target === 'google' ? toGoogle : handlers[target]
    handler(request, response)
  }

const serve = (handler: HttpHandler, port?: number, host?: string): Promise<Listening> =>
  listen(createServer(handler), port, host)
