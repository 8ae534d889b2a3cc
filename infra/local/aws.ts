import { createServer, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { listen } from './listen.ts'
import { type LocalSecret, startSecretsManager } from './secrets-manager.ts'

export const TABLE_NAME = 'triglot-state'
const CALLS_KEPT = 1000

/** What can be wrong with the table: no answer at all, one that takes `SLOW_MS`, or a refusal because of too many calls. */
export type TableFault = 'down' | 'slow' | 'throttled'
const SLOW_MS = 5_000

/** The one table, as tests look at it. */
export interface LocalTable {
  /** Every call that came, oldest first: `PutItem`, and its JSON. */
  calls: { operation: string; body: string }[]
  /** Until it is set back to `undefined`. */
  fault: TableFault | undefined
}

export interface LocalAws {
  secret: LocalSecret
  table: LocalTable
  /** Where DynamoDB answers, with the table in it. */
  tableEndpoint: string
  /** What makes a function find them. */
  variables: Record<string, string>
  close(): Promise<void>
}

/** Local stand-ins for what the functions use of AWS: one secret and one table, both in memory. */
export const startAws = async (secretValue: string): Promise<LocalAws> => {
  const [secret, table] = await Promise.all([startSecretsManager('triglot', secretValue), startTable()])
  return {
    secret,
    table: table.seen,
    tableEndpoint: table.origin,
    variables: {
      SECRET_ARN: secret.arn,
      TABLE_NAME,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secret.origin,
      AWS_ENDPOINT_URL_DYNAMODB: table.origin,
    },
    close: async () => {
      await Promise.all([secret.close(), table.close()])
    },
  }
}

const startTable = async () => {
  // It has no types, and is CommonJS.
  const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server
  const dynamo = dynalite({ createTableMs: 0 })
  const seen: LocalTable = { calls: [], fault: undefined }
  const watched = createServer((request, response) => {
    const call = { operation: String(request.headers['x-amz-target']).replace(/.*\./, ''), body: '' }
    seen.calls.push(call)
    if (seen.calls.length > CALLS_KEPT) seen.calls.shift()
    const serve = (): void => {
      // Who waits no longer has gone, and its call with it
      if (response.destroyed) return
      request.on('data', (bytes: Buffer) => (call.body += bytes.toString('latin1')))
      dynamo.emit('request', request, response)
    }
    if (seen.fault === 'down') request.destroy()
    else if (seen.fault === 'throttled') throttle(response, call.operation)
    else if (seen.fault === 'slow') setTimeout(serve, SLOW_MS).unref()
    else serve()
  })
  const table = await listen(watched)
  await createTable(table.origin)
  seen.calls.splice(0)
  return { ...table, seen }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const THROTTLED = [
  {
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message:
      'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
  },
  {
    __type: 'com.amazon.coral.availability#ThrottlingException',
    message:
      'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly.',
  },
] as const

/** Tables on demand word it either way; here reads have the one, and writes the other. */
const throttle = (response: ServerResponse, operation: string): void => {
  const [reading, writing] = THROTTLED
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
  response.end(JSON.stringify(/Get|Query/.test(operation) ? reading : writing))
}

/** One plain call: the SDK would cost the start more time than all the rest. dynalite wants a signature, but not a right one. */
const createTable = async (endpoint: string): Promise<void> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.CreateTable',
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
    },
    body: JSON.stringify({
      TableName: TABLE_NAME,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  })
  if (!response.ok) throw new Error(`The local table can't be made: ${await response.text()}`)
}
