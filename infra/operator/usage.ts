// `npm run usage`: who used what, and what it cost, from the deployed stack's log or from one at hand.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { queryText } from '../observability/queries.ts'
import { outputsOf, STACK } from './deployed.ts'
import { askLogs, MOST_ROWS } from './log-insights.ts'
import { textTable } from './text-table.ts'
import { rowOf, rowsOfLog, sortRows, totalOf, type UsageRow } from './usage-rows.ts'

const HELP = `npm run usage -- [--since 7d] [--stack ${STACK}] [--json]
npm run usage -- --log FILE [--json]

  --since  how far back: 90m, 12h, 7d (the default), 4w
  --stack  the deployed stack; region and credentials are those of the shell
  --log    a log at hand instead, such as LOG=1 npm start > FILE writes; - is standard input
  --json   rows and total as JSON; costs in millionths of a dollar`

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Milliseconds. */
const readSpan = (text: string): number => {
  const [, count, unit = ''] = /^(\d+)([mhdw])$/.exec(text) ?? []
  const seconds = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (!(seconds > 0)) throw new Error(`--since must be a number and m, h, d or w, such as 7d, not "${text}".`)
  return 1000 * seconds
}

const fromStack = async (stack: string, span: number): Promise<UsageRow[]> => {
  const { LogGroups = '' } = await outputsOf(stack)
  if (LogGroups === '') throw new Error(`The stack ${stack} names no log groups: deploy this version of it first.`)
  const to = Date.now()
  const question = { logGroups: LogGroups.split(','), query: queryText('usage'), from: to - span, to }
  const rows = (await askLogs(question)).map(rowOf)
  if (rows.length === MOST_ROWS) console.error(CUT)
  return rows
}

const CUT = `Logs Insights gives ${MOST_ROWS.toLocaleString('en-US')} rows at the most: the cheapest may be missing, in the totals too. Ask for a shorter time.`

const fromFile = (file: string): UsageRow[] => rowsOfLog(readFileSync(file === '-' ? 0 : file, 'utf8').split('\n'))

const dollars = (microUsd: number): string => (microUsd / 1_000_000).toFixed(6)

const report = (rows: readonly UsageRow[]): string => {
  const total = totalOf(rows)
  const cells = ({ client, model, ...counts }: UsageRow) => [
    client,
    model,
    ...[
      counts.requests,
      counts.input,
      counts.cached,
      counts.output,
      counts.thoughts,
      counts.images,
      counts.searches,
    ].map((count) => count.toLocaleString('en-US')),
    `${dollars(counts.microUsd)}${counts.assumed > 0 ? '*' : ''}`,
  ]
  const head = ['client', 'model', 'requests', 'input', 'cached', 'output', 'thoughts', 'images', 'searches', 'US$']
  const table = textTable(head, [...rows.map(cells), cells({ client: 'all', model: '', ...total })])
  const notes = [
    'Cached tokens are part of the input, thoughts of the output. Google’s list prices, without taxes and free quotas.',
    'What batches use and what stored caches cost is not in it: Google tells neither with an answer.',
    ...(total.assumed > 0 ? ['* The price of the model is not known: that of the dearest of its kind stands in.'] : []),
  ]
  return `${table}\n\n${notes.join('\n')}`
}

const run = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      since: { type: 'string' },
      stack: { type: 'string', default: STACK },
      log: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  if (values.log !== undefined && values.since !== undefined) {
    throw new Error('A log at hand is counted whole: --since is for the deployed stack.')
  }
  const found =
    values.log === undefined ? await fromStack(values.stack, readSpan(values.since ?? '7d')) : fromFile(values.log)
  const rows = sortRows(found)
  if (values.json) console.log(JSON.stringify({ rows, total: totalOf(rows) }))
  else console.log(rows.length > 0 ? report(rows) : 'No calls to Gemini in that time.')
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
