import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Match } from 'aws-cdk-lib/assertions'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { QUERIES, type QueryName, queryText } from '../../infra/observability/queries.ts'
import { ALARM_METRICS } from '../../infra/operator/cost-tables.ts'
import { settingsSchema } from '../../infra/settings.ts'
import { NAMESPACE } from '../../lib/contract/metrics.ts'
import { synth } from './synth.ts'

const standard = synth()
const { template, ofType } = standard
const ordered = synth({ alarmEmail: 'ops@example.com', concurrencyQuota: '10', tracing: 'true', frontDoor: 'api' })
const reserved = synth({ reservedConcurrency: 20 })

type Line = Record<string, unknown>

/** `name` of a metric over all requests, `name by dimension` of one that is split. */
const label = (name: string, dimensions: readonly string[]): string => [name, ...dimensions].join(' by ')

describe('what the code emits and what is looked at', () => {
  let gateway: Gateway
  let records: Line[]

  beforeAll(async () => {
    gateway = await startGateway({ simulation: { pace: { chunkCharacters: 8 } } })
    records = await provoke(gateway)
  }, 30_000)
  afterAll(() => gateway.close())

  const emitted = (): Set<string> =>
    new Set(
      records.flatMap(
        ({ _aws: aws }) =>
          (aws as Emf | undefined)?.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
            Metrics.map(({ Name }) => label(Name, Dimensions.flat())),
          ) ?? [],
      ),
    )

  test('every metric of the dashboard and the alarms is emitted, and every one that is emitted is on the dashboard', () => {
    expect([...alarmed()].filter((name) => !emitted().has(name))).toEqual([])
    expect([...shown()].sort()).toEqual([...emitted()].sort())
  })

  test('all of them go into the namespace', () => {
    const namespaces = records.flatMap(({ _aws: aws }) =>
      ((aws as Emf | undefined)?.CloudWatchMetrics ?? []).map(({ Namespace }) => Namespace),
    )
    expect(new Set(namespaces)).toEqual(new Set([NAMESPACE]))
  })

  test.each(Object.keys(QUERIES) as QueryName[])('the query %s asks for fields that there are', (name) => {
    const kind = /message = "(\w+)"/.exec(queryText(name))?.[1]
    const fields = new Set(records.filter(({ message }) => message === kind).flatMap(Object.keys))
    const asked = [...queryText(name).matchAll(/`([^`]+)`/g)].map(([, field]) => field ?? '')
    expect(asked.length).toBeGreaterThan(2)
    expect(asked.filter((field) => !fields.has(field))).toEqual([])
  })

  test('no record holds a prompt, an answer or a key', () => {
    const text = JSON.stringify(records)
    for (const secret of ['your-api-key-1', 'simulated-key', 'Tell me of whales', 'text/event-stream']) {
      expect(text).not.toContain(secret)
    }
  })
})

interface Emf {
  CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[]
}

/** One request of each outcome that has a record of its own. */
const provoke = async ({ url, logs, simulated }: Gateway): Promise<Line[]> => {
  const ask = async (body: object, key = 'your-api-key-1'): Promise<void> => {
    const reply = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: 'gemini-2.5-flash',
        messages: [{ role: 'user', content: 'Tell me of whales' }],
        ...body,
      }),
    })
    await reply.text()
  }
  await ask({})
  await ask({ stream: true })
  await ask({}, 'nobody')
  // The one place where a key stands in an address.
  await fetch(`${url}/v1beta/models/gemini-2.5-flash:generateContent?key=your-api-key-1`, {
    method: 'POST',
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Tell me of whales' }] }] }),
  }).then((reply) => reply.text())
  simulated.fail({ fault: 'error', error: 'minute-quota' })
  await ask({})
  simulated.fail({ fault: 'end', after: 2 })
  await ask({ stream: true })
  // Nobody has a price for it.
  await ask({ model: 'gemini-3.1-flash-lite-image' })
  const deadline = Date.now() + 5000
  const parsed = () => logs.flatMap(({ text }) => (text.startsWith('{') ? [JSON.parse(text) as Line] : []))
  while (parsed().filter(({ message }) => message === 'request').length < 7 && Date.now() < deadline) {
    await new Promise((done) => setTimeout(done, 20))
  }
  return parsed()
}

const shown = (): Set<string> => {
  const [dashboard] = ofType('AWS::CloudWatch::Dashboard').map(({ Properties }) => Properties.DashboardBody)
  const joined = (dashboard as { 'Fn::Join': [string, unknown[]] })['Fn::Join']
  const body = JSON.parse(joined[1].map((part) => (typeof part === 'string' ? part : 'x')).join('')) as {
    widgets: { properties: { metrics?: unknown[][] } }[]
  }
  const all = body.widgets.flatMap(({ properties }) => properties.metrics ?? [])
  return new Set(
    all.flatMap(([namespace, name]) => {
      if (namespace === NAMESPACE) return [label(String(name), [])]
      const search = /^SEARCH\('\{Triglot,"([^"]+)"\} MetricName="([^"]+)"'/.exec(
        (namespace as { expression?: string }).expression ?? '',
      )
      return search ? [label(search[2] ?? '', [search[1] ?? ''])] : []
    }),
  )
}

const alarmed = (): Set<string> =>
  new Set(
    ofType('AWS::CloudWatch::Alarm').flatMap(({ Properties: { Namespace, MetricName, Dimensions } }) =>
      Namespace === NAMESPACE
        ? [label(String(MetricName), (Dimensions as { Name: string }[] | undefined)?.map(({ Name }) => Name) ?? [])]
        : [],
    ),
  )

describe('alarms', () => {
  const metricsIn = (stack: typeof standard): object[] =>
    stack
      .ofType('AWS::CloudWatch::Alarm')
      .flatMap(({ Properties: { Metrics } }) =>
        Array.isArray(Metrics) ? (Metrics as { MetricStat?: object }[]).filter(({ MetricStat }) => MetricStat) : [{}],
      )

  test('are as many as README’s table of costs says', () => {
    expect(metricsIn(standard)).toHaveLength(ALARM_METRICS)
  })

  test.each([
    ['by default', standard],
    ['with reserved concurrency', reserved],
  ])('cost what the settings’ table says, %s', (_, stack) => {
    const metrics = metricsIn(stack)
    const [, least, most] = /\$([\d.]+) to \$([\d.]+) a month/.exec(settingsSchema.shape.alarms.description ?? '') ?? []
    expect(metrics.length * 10).toBeGreaterThanOrEqual(100 * Number(least))
    expect(metrics.length * 10).toBeLessThanOrEqual(100 * Number(most))
  })

  test('ring in a topic that CloudWatch may write to, and that writes to whom it was told', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('Topic') }],
      AlarmDescription: Match.anyValue(),
    })
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
          }),
        ]),
      }),
    })
    template.resourceCountIs('AWS::SNS::Subscription', 0)
    ordered.template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    })
  })

  test('watch what may run at once: the account’s quota, or what is reserved', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ClaimedAccountConcurrency',
      Threshold: 800,
    })
    ordered.template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 8 })
    reserved.template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 16 })
  })
})

test('what nobody wants is not there', () => {
  const { template: bare } = synth({ alarms: false, dashboard: 'false' })
  bare.resourceCountIs('AWS::CloudWatch::Alarm', 0)
  bare.resourceCountIs('AWS::SNS::Topic', 0)
  bare.resourceCountIs('AWS::CloudWatch::Dashboard', 0)
  bare.resourceCountIs('AWS::Logs::QueryDefinition', Object.keys(QUERIES).length)
})

test('where nothing is counted, there are no alarms that could never ring', () => {
  const names = synth({ logLevel: 'WARN' })
    .ofType('AWS::CloudWatch::Alarm')
    .map(({ Properties: { Namespace } }) => Namespace)
  expect(names).toHaveLength(3)
  expect(names).not.toContain(NAMESPACE)
})

test('each region has a dashboard of its own', () => {
  template.hasResourceProperties('AWS::CloudWatch::Dashboard', {
    DashboardName: { 'Fn::Join': ['', ['Triglot-', { Ref: 'AWS::Region' }]] },
  })
})

test('the REST API is on the dashboard where there is one: what AWS answers there, no function sees', () => {
  const body = (stack: typeof standard): string =>
    JSON.stringify(stack.ofType('AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody)
  expect(body(standard)).not.toContain('AWS/ApiGateway')
  expect(body(ordered)).toContain('AWS/ApiGateway')
})

test('X-Ray is for those who ask', () => {
  template.allResourcesProperties('AWS::Lambda::Function', { TracingConfig: Match.absent() })
  const families = ['OpenAI', 'Anthropic', 'Gemini'].map((name) =>
    Object.entries(ordered.json.Resources).find(
      ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(name),
    ),
  )
  for (const found of families) expect(found?.[1].Properties.TracingConfig).toEqual({ Mode: 'Active' })
})
