import { Fn } from 'aws-cdk-lib'
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { addFunction } from './lambda-function.ts'
import { type Settings, toRuntime } from './settings.ts'

export interface ProtocolFunctionProps {
  description: string
  /** The folder that holds the bundle's `index.mjs`. */
  asset: string
  secret: ISecret
  table: ITableV2
  settings: Settings
  /** Whether it has a public URL of its own. */
  url: boolean
}

/** Everything a function may do to the table; test/stack holds it against the commands the code sends. */
const TABLE_ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
]

/** One protocol family: a function with its own log group and role, streaming its replies, through its own public URL where it has one. */
export class ProtocolFunction extends Construct {
  /** Of its own URL: `https://….on.aws`, no slash at its end. */
  readonly origin: string | undefined
  readonly handler: lambda.Function
  readonly logGroup: LogGroup

  constructor(scope: Construct, id: string, props: ProtocolFunctionProps) {
    super(scope, id)
    const { secret, settings, table } = props

    const { handler, logGroup } = addFunction(this, {
      description: props.description,
      asset: props.asset,
      settings,
      allowed: [
        [['secretsmanager:GetSecretValue'], secret.secretArn],
        [TABLE_ACTIONS, table.tableArn],
      ],
      memory: settings.memory,
      timeout: settings.timeout,
      reservedConcurrency: settings.reservedConcurrency,
      environment: {
        SECRET_ARN: secret.secretArn,
        TABLE_NAME: table.tableName,
        GEMINI_BASE_URL: settings.geminiBaseUrl,
        SETTINGS: JSON.stringify(toRuntime(settings)),
      },
      reasons: {
        noQueue:
          'The function is only invoked by HTTP requests, synchronously: a failure goes to the client, never to a queue.',
        noTraces:
          'Every request leaves one record with its times already; X-Ray costs extra, so the operator asks for it.',
      },
    })
    this.handler = handler
    this.logGroup = logGroup
    this.origin = props.url ? addOrigin(handler) : undefined
  }
}

const addOrigin = (handler: lambda.Function): string => {
  const { url } = handler.addFunctionUrl({
    authType: lambda.FunctionUrlAuthType.NONE,
    invokeMode: lambda.InvokeMode.RESPONSE_STREAM,
  })
  return Fn.join('', ['https://', Fn.select(2, Fn.split('/', url))])
}
