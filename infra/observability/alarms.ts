import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import { METRICS } from '../../lib/contract/metrics.ts'
import type { Settings } from '../settings.ts'
import { measure } from './measures.ts'

export interface AlarmsProps {
  settings: Settings
  functions: readonly IFunction[]
  /** The function that rotates the secret, where there is one. */
  rotation?: IFunction
}

interface Rule {
  /** What has happened, for the subject of an e-mail, and what to do about it. */
  says: string
  metric: cloudwatch.IMetric
  above?: number
  below?: number
  /** Periods of which as many must be bad. */
  of?: readonly [bad: number, periods: number]
  /** Where no requests are, the state stays. */
  stays?: boolean
}

const MINUTES = Duration.minutes(5)
/** Of what may run at once. */
const NEARLY_ALL = 0.8

/** Alarms that ring in one topic. A metric in an alarm costs $0.10 a month; the account's first ten are free. */
export const addAlarms = (scope: Construct, props: AlarmsProps): cloudwatch.Alarm[] => {
  const ring = new SnsAction(topicFor(scope, props.settings))
  return Object.entries(rules(props)).map(([name, rule]) => {
    const alarm = alarmOf(scope, name, rule)
    alarm.addAlarmAction(ring)
    alarm.addOkAction(ring)
    return alarm
  })
}

const topicFor = (scope: Construct, { alarmEmail }: Settings): Topic => {
  const topic = new Topic(scope, 'Topic', { displayName: 'Triglot', enforceSSL: true })
  // A topic with a policy of its own lets nobody publish who isn't named in it.
  const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } }
  topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions }))
  if (alarmEmail !== undefined) {
    Validations.of(topic.addSubscription(new EmailSubscription(alarmEmail))).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason: 'Amazon delivers the e-mail or nobody does: a queue of e-mails that failed would have no reader.',
    })
  }
  const output = new CfnOutput(scope, 'TopicArn', { value: topic.topicArn, description: 'Where alarms ring' })
  output.overrideLogicalId('AlarmTopicArn')
  return topic
}

const alarmOf = (scope: Construct, name: string, { says, metric, above, below, of, stays }: Rule): cloudwatch.Alarm =>
  new cloudwatch.Alarm(scope, name, {
    alarmDescription: says,
    metric,
    threshold: above ?? below ?? 0,
    comparisonOperator:
      above === undefined
        ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        : cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    datapointsToAlarm: of?.[0] ?? 1,
    evaluationPeriods: of?.[1] ?? 1,
    treatMissingData: stays ? cloudwatch.TreatMissingData.IGNORE : cloudwatch.TreatMissingData.NOT_BREACHING,
  })

/** What the functions count goes into the log, below whose level there is none of it. */
const isCounted = ({ logLevel }: Settings): boolean => logLevel === 'DEBUG' || logLevel === 'INFO'

const COUNTED: Readonly<Record<string, Rule>> = {
  PoolEmpty: {
    says: 'No Gemini key is usable: every call fails. See the query "Keys that had to rest", then the secret.',
    metric: measure(METRICS.poolHealthy, 'Minimum', MINUTES),
    below: 1,
    stays: true,
  },
  PoolBelowHalf: {
    says: 'Less than half of the Gemini keys are usable.',
    metric: measure(METRICS.poolHealthy, 'Minimum', MINUTES),
    below: 50,
    stays: true,
  },
  DeadKey: {
    says: 'A Gemini key is dead, leaked, suspended or unbilled: it needs a human. See the query "Keys that had to rest".',
    metric: measure(METRICS.poolDead, 'Maximum', MINUTES),
    above: 0,
    stays: true,
  },
  Failing: {
    says: 'More than 5 % of the requests fail through no fault of their callers. See the query "Errors".',
    metric: measure(METRICS.failed, 'Average', MINUTES),
    above: 0.05,
    of: [2, 3],
  },
}

const rules = ({ settings, functions, rotation }: AlarmsProps): Record<string, Rule> => ({
  ...(isCounted(settings) && COUNTED),
  Throttled: {
    says: 'AWS turned requests away: more came at once than Lambda may run. Ask AWS for a higher quota, or raise reservedConcurrency.',
    metric: overFunctions(functions, 'SUM', (each) => each.metricThrottles({ period: MINUTES, statistic: 'Sum' })),
    above: 0,
  },
  NearConcurrencyLimit: settings.reservedConcurrency
    ? {
        says: 'A function runs more than 80 % of the requests at once that reservedConcurrency allows.',
        metric: overFunctions(functions, 'MAX', (each) =>
          each.metric('ConcurrentExecutions', { period: MINUTES, statistic: 'Maximum' }),
        ),
        above: NEARLY_ALL * settings.reservedConcurrency,
      }
    : {
        says: 'The account runs more than 80 % of the Lambda requests at once that its quota allows (setting concurrencyQuota).',
        metric: new cloudwatch.Metric({
          namespace: 'AWS/Lambda',
          metricName: 'ClaimedAccountConcurrency',
          statistic: 'Maximum',
          period: MINUTES,
        }),
        above: NEARLY_ALL * settings.concurrencyQuota,
      },
  ...(rotation && {
    RotationFailed: {
      says: 'The rotation of the secret failed: what was added to it does not count. See the log of the rotation function.',
      metric: rotation.metricErrors({ period: MINUTES, statistic: 'Sum' }),
      above: 0,
    },
  }),
})

const overFunctions = (
  functions: readonly IFunction[],
  how: 'SUM' | 'MAX',
  metricOf: (each: IFunction) => cloudwatch.IMetric,
): cloudwatch.IMetric =>
  new cloudwatch.MathExpression({
    expression: `${how}([${functions.map((_, index) => `f${index}`).join(', ')}])`,
    usingMetrics: Object.fromEntries(functions.map((each, index) => [`f${index}`, metricOf(each)])),
    period: MINUTES,
  })
