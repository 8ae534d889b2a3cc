import { setTimeout as sleep } from 'node:timers/promises'
import type { GetQueryResultsCommandOutput } from '@aws-sdk/client-cloudwatch-logs'

export interface Question {
  logGroups: readonly string[]
  query: string
  /** Milliseconds since 1970. */
  from: number
  to: number
}

/** Logs Insights gives no more. */
export const MOST_ROWS = 10_000
const FIRST_LOOK = 200
const LONGEST_PAUSE = 2_000

/** Asks Logs Insights and waits for its answer: each row as column → text. Throws where the query fails. */
export const askLogs = async ({ logGroups, query, from, to }: Question): Promise<Record<string, string>[]> => {
  const { CloudWatchLogsClient, GetQueryResultsCommand, StartQueryCommand } = await import(
    '@aws-sdk/client-cloudwatch-logs'
  )
  const client = new CloudWatchLogsClient()
  const { queryId } = await client.send(
    new StartQueryCommand({
      logGroupNames: [...logGroups],
      queryString: query,
      startTime: Math.floor(from / 1000),
      endTime: Math.ceil(to / 1000),
      limit: MOST_ROWS,
    }),
  )
  for (let pause = FIRST_LOOK; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const answer = await client.send(new GetQueryResultsCommand({ queryId }))
    if (answer.status === 'Complete') return rowsOf(answer)
    if (answer.status !== 'Scheduled' && answer.status !== 'Running') {
      throw new Error(`CloudWatch could not answer: the query is ${answer.status ?? 'lost'}.`)
    }
    await sleep(pause)
  }
}

/** Names that a query had to quote may come back with their quotes. */
const rowsOf = ({ results = [] }: GetQueryResultsCommandOutput): Record<string, string>[] =>
  results.map((fields) =>
    Object.fromEntries(fields.map(({ field = '', value = '' }) => [field.replaceAll('`', ''), value])),
  )
