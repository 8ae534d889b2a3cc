import { createServer, type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Listening, listen } from '../../infra/local/listen.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { queryText } from '../../infra/observability/queries.ts'
import { rowsOfLog } from '../../infra/operator/usage-rows.ts'
import { command, type LocalRun, startLocalRun } from './processes.ts'

interface Usage {
  promptTokenCount?: number
  candidatesTokenCount?: number
  thoughtsTokenCount?: number
  candidatesTokensDetails?: { modality: string; tokenCount: number }[]
}

const read = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Passes all on to Gemini and notes what each reply says it used, last. */
const wiretap = async (origin: string): Promise<{ tap: Listening; heard: Usage[] }> => {
  const heard: Usage[] = []
  const server = createServer((incoming, outgoing) => {
    void read(incoming).then((body) => {
      const { method, headers, url = '' } = incoming
      request(new URL(url, origin), { method, headers }, (reply) => {
        outgoing.writeHead(reply.statusCode ?? 0, reply.headers)
        void read(reply).then((bytes) => {
          const said = [...bytes.toString().matchAll(/"usageMetadata":\s*(\{[^{}]*(?:\[[^\]]*\][^{}]*)*\})/g)].at(-1)
          if (said?.[1]) heard.push(JSON.parse(said[1]) as Usage)
          outgoing.end(bytes)
        })
      }).end(body)
    })
  })
  return { tap: await listen(server), heard }
}

let gemini: SimulatedGemini
let tap: Listening
let heard: Usage[]
let run: LocalRun

beforeAll(async () => {
  gemini = await startSimulatedGemini()
  ;({ tap, heard } = await wiretap(gemini.origin))
  run = await startLocalRun({
    LOG: '1',
    API_KEYS: 'key-of-ann,key-of-bob',
    GEMINI_API_KEYS: 'p1:first,p2:second',
    GEMINI_BASE_URL: tap.origin,
  })
}, 30_000)
afterAll(async () => {
  await run.stop()
  await tap.close()
  await gemini.close()
})

const ask = async (path: string, key: string, body: object): Promise<void> => {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
  }
  const reply = await fetch(`${run.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  await reply.text()
}

interface Report {
  rows: { client: string; model: string; requests: number; microUsd: number; output: number }[]
  total: { requests: number; input: number; output: number; thoughts: number; microUsd: number; assumed: number }
}

describe('npm run usage, from a local log', () => {
  const messages = [{ role: 'user', content: 'How many whales are there?' }]
  let log: string

  beforeAll(async () => {
    await ask('/v1/chat/completions', 'key-of-ann', { model: 'gemini-2.5-flash', messages })
    await ask('/v1/chat/completions', 'key-of-ann', { model: 'gemini-2.5-flash', messages, stream: true })
    await ask('/v1/responses', 'key-of-bob', { model: 'gemini-2.5-pro', input: 'Tell me.', stream: true })
    await ask('/v1/messages', 'key-of-bob', { model: 'gemini-2.5-flash', max_tokens: 500, messages })
    await ask('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse', 'key-of-bob', {
      contents: [{ role: 'user', parts: [{ text: 'And dolphins?' }] }],
    })
    await ask('/v1/chat/completions', 'nobody', { model: 'gemini-2.5-flash', messages })
    gemini.fail({ fault: 'error', error: 'minute-quota' })
    await ask('/v1/chat/completions', 'key-of-bob', { model: 'gemini-3.1-flash-lite-image', messages })
    const until = Date.now() + 5000
    while ((run.output().match(/INFO request /g)?.length ?? 0) < 7 && Date.now() < until) {
      await new Promise((done) => setTimeout(done, 20))
    }
    log = run.output()
  }, 30_000)

  const usage = async (...words: string[]) =>
    command('infra/operator/usage.ts', ['--log', '-', ...words], { input: log })

  test('adds up to what Gemini said it was', async () => {
    const { code, stdout, stderr } = await usage('--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { rows, total } = JSON.parse(stdout) as Report
    const said = (field: Exclude<keyof Usage, 'candidatesTokensDetails'>): number =>
      heard.reduce((sum, one) => sum + (one[field] ?? 0), 0)
    expect(heard).toHaveLength(6)
    expect(total).toMatchObject({
      requests: 6,
      input: said('promptTokenCount'),
      output: said('candidatesTokenCount') + said('thoughtsTokenCount'),
      thoughts: said('thoughtsTokenCount'),
      assumed: 1,
    })
    expect(rows.map(({ client, model, requests }) => [client, model, requests])).toEqual(
      expect.arrayContaining([
        ['client-1', 'gemini-2.5-flash', 2],
        ['client-2', 'gemini-2.5-pro', 1],
        ['client-2', 'gemini-2.5-flash', 2],
        ['client-2', 'gemini-3.1-flash-lite-image', 1],
      ]),
    )
    expect(rows).toHaveLength(4)
  })

  test('costs what the tokens cost, to the micro-dollar', async () => {
    const { rows, total } = JSON.parse((await usage('--json')).stdout) as Report
    // Each reply by its model's prices, for input, output and pictures; the last is an unknown model's, by those of 3 Pro Image.
    const [flash, pro, picture] = [
      [0.3, 2.5, 0],
      [1.25, 10, 0],
      [2, 12, 120],
    ] as const
    const rates = [flash, flash, pro, flash, flash, picture]
    const costs = heard.map((usage, index) => {
      const [input = 0, output = 0, drawn = 0] = rates[index] ?? []
      const {
        promptTokenCount = 0,
        candidatesTokenCount = 0,
        thoughtsTokenCount = 0,
        candidatesTokensDetails = [],
      } = usage
      const pictures = candidatesTokensDetails.find(({ modality }) => modality === 'IMAGE')?.tokenCount ?? 0
      const text = candidatesTokenCount - pictures + thoughtsTokenCount
      return Math.round(promptTokenCount * input + text * output + pictures * drawn)
    })
    expect(total.microUsd).toBe(costs.reduce((sum, cost) => sum + cost, 0))
    expect(rows.map(({ microUsd }) => microUsd)).toEqual(rows.map(({ microUsd }) => microUsd).toSorted((a, b) => b - a))
  })

  test('prints a table for people, and says where a price was not known', async () => {
    const { stdout } = await usage()
    const lines = stdout.split('\n')
    expect(lines[0]).toMatch(/^client +model +requests +input +cached +output +thoughts +images +searches +US\$$/)
    expect(stdout).toMatch(/^client-2 +gemini-3.1-flash-lite-image +1 .* 0\.\d{6}\*$/m)
    expect(stdout).toMatch(/^all .* 6 .* 0\.\d{6}\*$/m)
    expect(stdout).toContain('* The price of the model is not known')
  })
})

test('a call is counted as the function wrote it, and as the AWS CLI prints it; what is cut or something else is not', () => {
  const record = {
    level: 'info',
    message: 'settled',
    request_id: 'r',
    client: 'ann',
    'gen_ai.request.model': 'm',
    'gen_ai.usage.input_tokens': 7,
    'triglot.cost_micro_usd': 3,
  }
  const other = { ...record, message: 'request' }
  const spoiled = JSON.stringify(record).slice(0, -1)
  const lines = [record, other].map((line) => JSON.stringify(line))
  const rows = rowsOfLog([
    ...lines,
    `2026-11-23T13:45:00 ${lines[0]}`,
    spoiled,
    'settled',
    '',
    'openai INFO settled {}',
  ])
  expect(rows).toMatchObject([{ client: 'ann', model: 'm', requests: 1, input: 14, microUsd: 6, assumed: 0 }])
})

describe('npm run usage, from a stack', () => {
  interface Call {
    target: string
    body: Record<string, unknown>
  }
  const calls: Call[] = []
  let outputs = { LogGroups: 'group-a,group-b' } as Record<string, string>
  let states: string[]
  let rows = 1
  let aws: Listening

  beforeAll(async () => {
    aws = await listen(
      createServer((incoming, outgoing) => {
        void read(incoming).then((bytes) => {
          const target = String(incoming.headers['x-amz-target'] ?? '').replace(/.*\./, '')
          if (target === '') {
            const members = Object.entries(outputs).map(
              ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
            )
            outgoing.setHeader('content-type', 'text/xml')
            outgoing.end(
              `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Triglot</StackName><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
            )
            return
          }
          calls.push({ target, body: JSON.parse(bytes.toString()) as Record<string, unknown> })
          const row = {
            client: 'ann',
            '`gen_ai.request.model`': 'm',
            requests: '3',
            input: '1200',
            micro_usd: '1500000',
          }
          outgoing.setHeader('content-type', 'application/x-amz-json-1.1')
          outgoing.end(
            JSON.stringify(
              target === 'StartQuery'
                ? { queryId: 'q' }
                : {
                    status: states.shift() ?? 'Complete',
                    results: Array(rows).fill(Object.entries(row).map(([field, value]) => ({ field, value }))),
                  },
            ),
          )
        })
      }),
    )
  })
  afterAll(() => aws.close())

  const usage = (...words: string[]) =>
    command('infra/operator/usage.ts', words, {
      variables: {
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 'b',
        AWS_ENDPOINT_URL: aws.origin,
      },
    })

  test('asks the saved query of the stack’s log groups, and waits for it', async () => {
    states = ['Scheduled', 'Running']
    const { code, stdout, stderr } = await usage('--since', '12h')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^ann +m +3 +1,200 .* 1\.500000$/m)
    const [{ body }, ...polls] = calls as [Call, ...Call[]]
    expect(body).toMatchObject({ logGroupNames: ['group-a', 'group-b'], queryString: queryText('usage') })
    expect(Number(body.endTime) - Number(body.startTime)).toBeGreaterThanOrEqual(43_200)
    expect(Number(body.endTime) - Number(body.startTime)).toBeLessThanOrEqual(43_202)
    expect(polls).toHaveLength(3)
  })

  test('says when there may be more than can be had', async () => {
    states = []
    rows = 10_000
    const { code, stdout, stderr } = await usage('--json')
    rows = 1
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^Logs Insights gives 10,000 rows at the most: .*\n$/)])
    expect((JSON.parse(stdout) as Report).rows).toHaveLength(10_000)
  })

  test('fails in one line', async () => {
    states = ['Failed']
    expect(await usage()).toMatchObject({ code: 1, stderr: 'CloudWatch could not answer: the query is Failed.\n' })
    outputs = {}
    expect((await usage()).stderr).toMatch(/^The stack Triglot names no log groups.*\n$/)
    expect((await usage('--since', 'yesterday')).stderr).toMatch(/^--since must be .* not "yesterday"\.\n$/)
    expect((await usage('--log', '-', '--since', '1d')).stderr).toMatch(/^A log at hand is counted whole.*\n$/)
  })
})
