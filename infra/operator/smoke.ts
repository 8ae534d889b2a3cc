// `npm run smoke`: does a deployment answer the clients of all three families? A table, and exit code 1 if anything fails.
import { parseArgs } from 'node:util'
import { outputsOf, STACK } from './deployed.ts'
import type { Check, Target } from './smoke-checks.ts'
import { textTable } from './text-table.ts'

const HELP = `npm run smoke -- --url URL --key KEY
npm run smoke -- --stack ${STACK} --key KEY

  --url          one address that serves all three families, as npm start and a front door have it
  --openai-url, --anthropic-url, --gemini-url
                 the address of one family, as its clients are told it
  --stack        take the addresses from the outputs of this deployed stack
  --key          a client key; or in TRIGLOT_API_KEY, where no list of processes shows it
  --model        the model to call (gemini-2.5-flash); --embedding-model (gemini-embedding-001)`

const read = () =>
  parseArgs({
    options: {
      url: { type: 'string' },
      'openai-url': { type: 'string' },
      'anthropic-url': { type: 'string' },
      'gemini-url': { type: 'string' },
      stack: { type: 'string' },
      key: { type: 'string', default: process.env.TRIGLOT_API_KEY ?? '' },
      model: { type: 'string', default: 'gemini-2.5-flash' },
      'embedding-model': { type: 'string', default: 'gemini-embedding-001' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')

const targetOf = async (values: ReturnType<typeof read>): Promise<Target> => {
  const outputs: Readonly<Record<string, string>> = values.stack === undefined ? {} : await outputsOf(values.stack)
  const addressOf = (name: string, given: string | undefined, output: string): string => {
    const url = given ?? outputs[output] ?? values.url
    if (url === undefined || !URL.canParse(url))
      throw new Error(`Where is ${name}? Give --url, --stack or --${name}-url.`)
    return withoutSlash(url)
  }
  if (values.key === '') throw new Error('A client key is needed: --key, or TRIGLOT_API_KEY.')
  const openai = addressOf('openai', values['openai-url'], 'OpenAIBaseUrl')
  return {
    openai: openai.endsWith('/v1') ? openai : `${openai}/v1`,
    anthropic: addressOf('anthropic', values['anthropic-url'], 'AnthropicBaseUrl'),
    gemini: addressOf('gemini', values['gemini-url'], 'GeminiBaseUrl'),
    key: values.key,
    model: values.model,
    embeddingModel: values['embedding-model'],
  }
}

interface Outcome {
  ok: boolean
  row: readonly (string | number)[]
}

const attempt = async ({ family, call, run }: Check): Promise<Outcome> => {
  const begun = performance.now()
  const [ok, said] = await run().then(
    (text) => [true, text] as const,
    (error: unknown) => [false, error instanceof Error ? error.message : String(error)] as const,
  )
  const line = said.split('\n', 1)[0]?.slice(0, 150) ?? ''
  return { ok, row: [ok ? 'ok' : 'FAILED', family, call, Math.round(performance.now() - begun), line] }
}

const run = async (): Promise<void> => {
  const values = read()
  if (values.help) return console.log(HELP)
  const outcomes: Outcome[] = []
  // One after the other: what they cost each other in time would say nothing.
  const target = await targetOf(values)
  // Loaded for those who have said what to call: the SDKs take their time.
  const { checksOf } = await import('./smoke-checks.ts')
  for (const check of checksOf(target)) outcomes.push(await attempt(check))
  const failed = outcomes.filter(({ ok }) => !ok).length
  console.log(
    textTable(
      ['', 'family', 'call', 'ms', 'what came'],
      outcomes.map(({ row }) => row),
    ),
  )
  console.log(
    failed === 0 ? `\nAll ${outcomes.length} calls are well.` : `\n${failed} of ${outcomes.length} calls failed.`,
  )
  process.exitCode = failed === 0 ? 0 : 1
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
