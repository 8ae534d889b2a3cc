// What the gateway wrote down: the lines of its log, and the table of long cooldowns.
import { TABLE_NAME } from '../../../infra/local/aws.ts'
import type { Gateway } from '../../../infra/local/gateway.ts'
import type { LogLine } from '../../../infra/local/runtime.ts'

export interface SettledCall {
  request_id: string
  key_id: string
  project: string
  outcome: string
  attempt: number
  duration_ms: number
  estimated: boolean
  usage: { totalTokenCount?: number }
  /** When it was over, as ISO 8601 has it. */
  timestamp: string
}

/** What the last line of a request says of it. */
export interface OverRequest {
  request_id: string
  /** Milliseconds until the reply that were not spent waiting for Gemini. */
  'triglot.overhead': number
  /** Seconds, with all the work after the reply. */
  'gen_ai.server.request.duration': number
}

/** Takes the gateway's lines as they come. State: the calls of each request, and which requests are over. */
export const logBook = () => {
  const calls = new Map<string, SettledCall[]>()
  const over = new Map<string, OverRequest>()
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let left = 500; left > 0 && !isSo(); left--) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    take({ text }: LogLine): void {
      if (text.includes('"message":"settled"')) {
        const call = JSON.parse(text) as SettledCall
        calls.set(call.request_id, [...(calls.get(call.request_id) ?? []), call])
      } else if (text.includes('"message":"request"')) {
        const request = JSON.parse(text) as OverRequest
        over.set(request.request_id, request)
      }
    },
    /** The calls that a request made, once it is over: its own line comes last. */
    async callsOf(requestId: string): Promise<SettledCall[]> {
      await until(() => over.has(requestId))
      return calls.get(requestId) ?? []
    },
    /** So many calls of a request, whatever it still does. */
    async firstCallsOf(requestId: string, count: number): Promise<SettledCall[]> {
      await until(() => (calls.get(requestId)?.length ?? 0) >= count)
      return calls.get(requestId) ?? []
    },
    async overOf(requestId: string): Promise<OverRequest | undefined> {
      await until(() => over.has(requestId))
      return over.get(requestId)
    },
  }
}

/** Kind and scope of each cooldown that all environments share: `pool_dead key gemini-7`, without the version of the secret. */
export const cooldownsOf = async (gateway: Gateway): Promise<Set<string>> => new Set((await endsOf(gateway)).keys())

/**
 * The same, and when they end; milliseconds since 1970. One plain call, as the SDK's client takes longer to make than to use.
 */
export const endsOf = async ({ tableEndpoint }: Gateway): Promise<Map<string, number>> => {
  const response = await fetch(tableEndpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
    },
    body: JSON.stringify({ TableName: TABLE_NAME, Key: { pk: { S: 'POOL' }, sk: { S: 'v1' } } }),
  })
  const { Item = {} } = (await response.json()) as { Item?: Record<string, { N?: string }> }
  return new Map(
    Object.entries(Item)
      .filter(([name]) => name.startsWith('until:'))
      .map(([name, { N }]) => [
        name.slice('until:'.length).replace(/ (key|project) [0-9a-f-]{36} /, ' $1 '),
        Number(N),
      ]),
  )
}
