import { Duration, Stack } from 'aws-cdk-lib'
import type { RestApi } from 'aws-cdk-lib/aws-apigateway'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { METRICS } from '../../lib/contract/metrics.ts'
import { AWS_PRICES } from '../aws-prices.ts'
import type { Settings } from '../settings.ts'
import { measure, measureBy } from './measures.ts'
import { QUERIES, type QueryName } from './queries.ts'

export interface DashboardProps {
  settings: Settings
  functions: readonly IFunction[]
  logGroups: readonly ILogGroup[]
  alarms: readonly cloudwatch.IAlarm[]
  /** The REST API before the functions, where there is one. */
  api?: RestApi
}

const FIVE_MINUTES = Duration.minutes(5)
const DAY = Duration.days(1)

/** One screen: is it up, how slow, which keys are out, who used what, what it costs today. */
export const addDashboard = (scope: Construct, props: DashboardProps): cloudwatch.Dashboard =>
  new cloudwatch.Dashboard(scope, 'Dashboard', {
    // Dashboards belong to the account, whatever the region: a second stack elsewhere would write over the first one's.
    dashboardName: `${Stack.of(scope).stackName}-${Stack.of(scope).region}`,
    defaultInterval: DAY,
    widgets: [today(props), isItUp(props), howSlow(), whichKeys(props), whoUsedWhat(props)],
  })

const number = (title: string, width: number, ...metrics: cloudwatch.IMetric[]): cloudwatch.IWidget =>
  new cloudwatch.SingleValueWidget({ title, width, height: 3, metrics, setPeriodToTimeRange: true })

const graph = (
  title: string,
  width: number,
  left: cloudwatch.IMetric[],
  more: Partial<cloudwatch.GraphWidgetProps> = {},
) => new cloudwatch.GraphWidget({ title, width, height: 5, left, leftYAxis: { min: 0 }, ...more })

const table = (name: QueryName, width: number, { logGroups }: DashboardProps): cloudwatch.IWidget =>
  new cloudwatch.LogQueryWidget({
    title: QUERIES[name].title,
    width,
    height: 6,
    logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
    queryLines: [...QUERIES[name].lines],
  })

const today = ({ settings, functions, alarms }: DashboardProps): cloudwatch.IWidget[] => [
  number('Requests', 3, measure(METRICS.requests, 'Sum', DAY, 'requests')),
  number('Failed', 3, share(measure(METRICS.failed, 'Average', DAY))),
  number(
    'First token',
    5,
    measure(METRICS.timeToFirstToken, 'p50', DAY, 'median'),
    measure(METRICS.timeToFirstToken, 'p95', DAY, 'p95'),
  ),
  number('Healthy keys, at worst', 4, measure(METRICS.poolHealthy, 'Minimum', DAY, '%')),
  number('Cost in US$', 9, geminiCost(), lambdaCost(functions, settings)),
  ...(alarms.length > 0
    ? [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', width: 24, height: 3, alarms: [...alarms] })]
    : []),
]

const share = (metric: cloudwatch.IMetric): cloudwatch.IMetric =>
  new cloudwatch.MathExpression({ expression: '100 * rate', usingMetrics: { rate: metric }, label: '%', period: DAY })

/** Google's list price of all calls. */
const geminiCost = (): cloudwatch.IMetric =>
  new cloudwatch.MathExpression({
    expression: 'micro / 1000000',
    usingMetrics: { micro: measure(METRICS.cost, 'Sum', DAY) },
    label: 'Gemini',
    period: DAY,
  })

/** What of AWS's bill grows with use, nearly all of it: milliseconds times memory, and requests. */
const lambdaCost = (functions: readonly IFunction[], { memory }: Settings): cloudwatch.IMetric => {
  const { gbSecond, request } = AWS_PRICES.lambda
  const sumOf = (letter: string): string => functions.map((_, index) => `${letter}${index}`).join(' + ')
  return new cloudwatch.MathExpression({
    expression: `(${sumOf('d')}) / 1000 * ${memory} / 1024 * ${gbSecond.toFixed(10)} + (${sumOf('n')}) * ${request.toFixed(7)}`,
    usingMetrics: Object.fromEntries(
      functions.flatMap((each, index) => [
        [`d${index}`, each.metricDuration({ statistic: 'Sum', period: DAY })],
        [`n${index}`, each.metricInvocations({ statistic: 'Sum', period: DAY })],
      ]),
    ),
    label: 'Lambda, about',
    period: DAY,
  })
}

const isItUp = ({ functions, api }: DashboardProps): cloudwatch.IWidget[] => {
  const width = api ? 6 : 8
  const door = api && [
    api.metricClientError({ statistic: 'Sum', period: FIVE_MINUTES, label: 'refused' }),
    api.metricServerError({ statistic: 'Sum', period: FIVE_MINUTES, label: 'failed' }),
  ]
  return [
    graph('Is it up: requests, and those that failed', width, [
      measure(METRICS.requests, 'Sum', FIVE_MINUTES, 'requests'),
      measure(METRICS.failed, 'Sum', FIVE_MINUTES, 'failed'),
      measure(METRICS.streamsCut, 'Sum', FIVE_MINUTES, 'streams cut'),
    ]),
    graph('Errors by kind', width, [measureBy(METRICS.errors, FIVE_MINUTES)]),
    graph(
      'At once, and turned away by AWS',
      width,
      functions.map((each) => each.metric('ConcurrentExecutions', { statistic: 'Maximum', period: FIVE_MINUTES })),
      { right: functions.map((each) => each.metricThrottles({ statistic: 'Sum', period: FIVE_MINUTES })) },
    ),
    ...(door ? [graph('At the REST API, by AWS itself too', width, door)] : []),
  ]
}

const howSlow = (): cloudwatch.IWidget[] => [
  graph('How slow: seconds to the first token', 8, [
    measure(METRICS.timeToFirstToken, 'p50', FIVE_MINUTES, 'median'),
    measure(METRICS.timeToFirstToken, 'p95', FIVE_MINUTES, 'p95'),
  ]),
  graph('Seconds in all', 8, [
    measure(METRICS.duration, 'p50', FIVE_MINUTES, 'median'),
    measure(METRICS.duration, 'p95', FIVE_MINUTES, 'p95'),
  ]),
  graph('Milliseconds of our own, in the mean', 8, [measure(METRICS.overhead, 'Average', FIVE_MINUTES, 'overhead')]),
]

const whichKeys = (props: DashboardProps): cloudwatch.IWidget[] => [
  graph('Which keys are out', 6, [measure(METRICS.poolHealthy, 'Minimum', FIVE_MINUTES, 'healthy, %')], {
    right: [measure(METRICS.poolDead, 'Maximum', FIVE_MINUTES, 'dead')],
    rightYAxis: { min: 0 },
  }),
  graph('Rests by reason; calls for a request', 6, [measureBy(METRICS.cooldowns, FIVE_MINUTES)], {
    right: [
      measure(METRICS.tries, 'Average', FIVE_MINUTES, 'tries'),
      measure(METRICS.failovers, 'Average', FIVE_MINUTES, 'failovers'),
    ],
    rightYAxis: { min: 0 },
  }),
  table('keyFaults', 12, props),
]

const whoUsedWhat = (props: DashboardProps): cloudwatch.IWidget[] => [
  table('usage', 16, props),
  graph('Tokens', 8, [
    measure(METRICS.inputTokens, 'Sum', FIVE_MINUTES, 'input'),
    measure(METRICS.cachedTokens, 'Sum', FIVE_MINUTES, 'of it cached'),
    measure(METRICS.outputTokens, 'Sum', FIVE_MINUTES, 'output'),
    measure(METRICS.thoughtTokens, 'Sum', FIVE_MINUTES, 'of it thoughts'),
  ]),
]
