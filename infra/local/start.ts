// `npm start`: everything on one address of this machine.
import { stop } from 'esbuild'
import { contextOf } from '../context.ts'
import { FAMILIES } from '../family.ts'
import { readSettings as readDeployed, toRuntime } from '../settings.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { removeRunFile, writeRunFile } from './run-file.ts'
import { DEFAULT_CLIENT_KEY, type LocalSettings, readSettings } from './settings.ts'
import { terminalLine } from './terminal.ts'

const start = async (): Promise<void> => {
  const deployed = readDeployed(contextOf(process.argv.slice(2)))
  const settings = readSettings(process.env, deployed)
  const starting = startGateway({
    ...settings,
    ...(settings.gemini && { geminiKeys: settings.gemini.keys, geminiBaseUrl: settings.gemini.baseUrl }),
    settings: toRuntime(deployed),
    frontDoor: deployed.frontDoor === 'urls' ? 'urls' : 'api',
    timeoutMs: deployed.timeout * 1000,
    concurrency: deployed.reservedConcurrency,
    simulation: { pace: { chunkMs: 20 } },
    log: (line) => {
      const text = terminalLine(line, settings.verbose)
      if (text) console.log(text)
    },
  })
  // Ctrl-C comes more than once (from the terminal and from npm): the first one counts.
  let ending: Promise<void> | undefined
  const end = (): void => {
    ending ??= starting
      .then(async (gateway) => {
        await Promise.all([removeRunFile(gateway.port), gateway.close()])
        process.exit(0)
      })
      .catch(complain)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  // A launcher that is killed outright passes nothing on.
  const launcher = process.ppid
  setInterval(() => process.ppid !== launcher && end(), 500).unref()
  const gateway = await starting
  await writeRunFile(gateway.port, {
    secretsManager: gateway.secret.origin,
    secretArn: gateway.secret.arn,
    geminiBaseUrl: gateway.geminiBaseUrl,
    pid: process.pid,
  })
  // The bundler's process has nothing more to do.
  await stop()
  console.log(welcome(gateway, settings))
}

const complain = (error: unknown): void => {
  console.error(reason(error))
  process.exit(1)
}

const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Choose another: PORT=7861 npm start`
  if (code === 'EACCES')
    return `Port ${port} needs more rights than this process has. Choose another: PORT=7861 npm start`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${address ?? process.env.HOST} is no address of this machine.`
  return error.message
}

const welcome = ({ url, urls }: Gateway, { clientKeys, gemini }: LocalSettings): string => {
  const key = clientKeys[0] === DEFAULT_CLIENT_KEY ? DEFAULT_CLIENT_KEY : 'ONE_OF_YOUR_API_KEYS'
  // Pages from anywhere may ask, as they may of a deployment, whose keys nobody knows.
  const known =
    gemini && key === DEFAULT_CLIENT_KEY ? ' (known to any web page you open: API_KEYS=<your own> npm start)' : ''
  const upstream = gemini
    ? `${gemini.baseUrl}, with ${gemini.keys.length} ${gemini.keys.length === 1 ? 'key' : 'keys'}`
    : 'a simulated Gemini, embedded here; for the real one: GEMINI_API_KEYS=<key>,<key> npm start'
  return `Triglot is ready on ${url}

  OpenAI      ${url}/v1
  Anthropic   ${url}
  Gemini      ${url}
  client key  ${key}${known}
  upstream    ${upstream}
  functions   ${FAMILIES.map((family) => `${family} ${urls[family]}`).join('  ')}

Try it:

curl ${url}/v1/chat/completions \\
  -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\
  -d '{"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hello!"}]}'
`
}

await start().catch(complain)
