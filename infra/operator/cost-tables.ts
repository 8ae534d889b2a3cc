import { METRICS } from '../../lib/contract/metrics.ts'
import { costOf } from '../../lib/contract/prices.ts'
import { AWS_PRICES } from '../aws-prices.ts'

/** Measured with the local run, on the day; test/operator/cost.test.ts measures again. */
export const MEASURED = {
  day: '2026-11-23',
  /** Of log for a request with one call to Gemini. */
  logBytes: 2800,
  /** That a streamed text sends for a token, in the form that takes most: Responses. */
  streamBytes: 40,
  /** A function's process while it streams text. Lambda counts its own runtime on top. */
  memoryMb: 85,
} as const

/** What alarms a stack has, counted by the metrics in them, as AWS bills them. */
export const ALARM_METRICS = 9

const MEMORIES = [128, 256, 512, 1024]
const SECONDS = [2, 10, 30, 120]
/** How fast a Flash model writes, roughly. */
const TOKENS_PER_SECOND = 150
const MANY = 1000
const GB = 1e9

const money = (dollars: number): string => {
  const digits = dollars >= 1 || dollars === 0 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(dollars)))
  return `$${dollars.toFixed(Math.max(2, digits))}`
}

/** Everything that a streamed request costs at AWS behind its function's own URL. */
const requestCost = (memory: number, seconds: number): number => {
  const { lambda, cloudWatch, transfer } = AWS_PRICES
  const compute = (memory / 1024) * seconds * lambda.gbSecond + lambda.request
  const log = (MEASURED.logBytes / GB) * cloudWatch.logGb
  const sent = ((seconds * TOKENS_PER_SECOND * MEASURED.streamBytes) / GB) * transfer.gb
  return compute + log + sent
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')

/** Memory size by length of the stream. */
export const requestTable = (): string =>
  table(
    ['memory', ...SECONDS.map((seconds) => `${seconds} s`)],
    MEMORIES.map((memory) => [`${memory} MB`, ...SECONDS.map((seconds) => money(MANY * requestCost(memory, seconds)))]),
  )

/** What stands beside the functions: for a month without a request, and for a thousand requests. */
export const optionTable = (): string => {
  const { cloudWatch, restApi, secret, table: state, waf, xray } = AWS_PRICES
  const beyondFree = (count: number, free: number, price: number): string => money(Math.max(0, count - free) * price)
  const plain = Object.values(METRICS).filter((metric) => !('by' in metric)).length
  const rules = 4
  const alarms = ALARM_METRICS * cloudWatch.alarm
  const storedTurn = 4 * state.writeUnit
  // Its claim, itself, and that it is there
  const keptAnswer = 6 * state.writeUnit
  return table(
    ['what', 'a month without requests', `${MANY.toLocaleString('en-US')} requests`],
    [
      ['the secret', money(secret.month), '–'],
      [
        `${ALARM_METRICS} alarm metrics (\`alarms\`)`,
        `${money(alarms)}; ${beyondFree(ALARM_METRICS, cloudWatch.freeAlarms, cloudWatch.alarm)} within the ${cloudWatch.freeAlarms} that are free`,
        '–',
      ],
      [`the dashboard (\`dashboard\`)`, `$0.00 as one of three; else ${money(cloudWatch.dashboard)}`, '–'],
      [
        '**all of these**',
        `**${money(secret.month)}**; ${money(secret.month + alarms + cloudWatch.dashboard)} where nothing is free any more`,
        '–',
      ],
      [
        `${plain} metrics, and one for each kind of error and of rest`,
        '$0.00',
        `${beyondFree(plain, cloudWatch.freeMetrics, cloudWatch.metric)} a month with requests in every hour, after the ${cloudWatch.freeMetrics} that are free`,
      ],
      ['a turn that Responses stores, of 4 KB', '$0.00', money(MANY * storedTurn)],
      ['a signature kept for a Chat client that calls tools', '$0.00', money(MANY * 2 * state.writeUnit)],
      ['an answer of 4 KB kept for its `Idempotency-Key`', '$0.00', money(MANY * keptAnswer)],
      ['the REST API (`frontDoor`)', '$0.00', money(MANY * restApi.request)],
      ['its firewall (`firewall`)', money(waf.month + rules * waf.rule), money(MANY * waf.request)],
      ['X-Ray (`tracing`), were every request traced', '$0.00', money(MANY * xray.trace)],
    ],
  )
}

/** What Google asks for the same, at its list price on that day: 2,000 tokens in, 500 out. */
export const geminiCost = (model: string): string => {
  const usage = { promptTokenCount: 2000, candidatesTokenCount: 500 }
  const { microUsd } = costOf({ model, modelVersion: '', usage }, Date.parse(MEASURED.day))
  return money((MANY * microUsd) / 1_000_000)
}
