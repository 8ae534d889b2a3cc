import { type Duration } from 'aws-cdk-lib'
import { Metric as CloudWatchMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { type Metric, NAMESPACE } from '../../lib/contract/metrics.ts'

/** One of the code's own metrics, over all requests. */
export const measure = ({ name }: Metric, statistic: string, period: Duration, label?: string): CloudWatchMetric =>
  new CloudWatchMetric({ namespace: NAMESPACE, metricName: name, statistic, period, ...(label && { label }) })

/** One of them by its dimension: a line for each value there is. */
export const measureBy = ({ name, by }: Metric, period: Duration): MathExpression =>
  new MathExpression({
    expression: `SEARCH('{${NAMESPACE},"${by}"} MetricName="${name}"', 'Sum', ${period.toSeconds()})`,
    usingMetrics: {},
    label: '',
    period,
  })
