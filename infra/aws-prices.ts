/**
 * AWS's list prices in us-east-1, in US dollars, each list from the day it was read. Other regions differ by some percent.
 * https://aws.amazon.com/lambda/pricing, …/cloudwatch/pricing, …/api-gateway/pricing, …/dynamodb/pricing, …/waf/pricing
 */
interface AwsPrices {
  since: string
  lambda: { gbSecond: number; request: number }
  /** For a GB, and above how many GB a month: what leaves for the internet. */
  transfer: { gb: number; freeGb: number }
  /** Custom metrics and alarms for a month (metrics by the hour in which they come), logs for a GB taken in. */
  cloudWatch: {
    metric: number
    freeMetrics: number
    alarm: number
    freeAlarms: number
    dashboard: number
    logGb: number
  }
  table: { writeUnit: number; readUnit: number }
  secret: { month: number; call: number }
  /** A request, of up to 10 MB of reply. */
  restApi: { request: number }
  waf: { month: number; rule: number; request: number }
  xray: { trace: number }
}

const PRICES: readonly [AwsPrices, ...AwsPrices[]] = [
  {
    since: '2026-11-01',
    lambda: { gbSecond: 0.0000133334, request: 0.0000002 },
    transfer: { gb: 0.09, freeGb: 100 },
    cloudWatch: { metric: 0.3, freeMetrics: 10, alarm: 0.1, freeAlarms: 10, dashboard: 3, logGb: 0.5 },
    table: { writeUnit: 0.000000625, readUnit: 0.000000125 },
    secret: { month: 0.4, call: 0.000005 },
    restApi: { request: 0.0000035 },
    waf: { month: 5, rule: 1, request: 0.0000006 },
    xray: { trace: 0.000005 },
  },
]

/** The latest list. */
export const AWS_PRICES: AwsPrices = PRICES.at(-1) ?? PRICES[0]
