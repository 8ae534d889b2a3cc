import { Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib'
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
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

    const logGroup = new LogGroup(this, 'Logs', {
      retention: settings.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Needed: new PolicyDocument({
          statements: [
            allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn),
            allow(['secretsmanager:GetSecretValue'], secret.secretArn),
            allow(TABLE_ACTIONS, table.tableArn),
          ],
        }),
      },
    })
    const handler = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      // A bundle that is being replaced just now leaves drafts behind.
      code: lambda.Code.fromAsset(props.asset, { exclude: ['*.writing'] }),
      handler: 'index.handler',
      memorySize: settings.memory,
      timeout: Duration.seconds(settings.timeout),
      reservedConcurrentExecutions: settings.reservedConcurrency,
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel[settings.logLevel],
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      ...(settings.tracing && { tracing: lambda.Tracing.ACTIVE }),
      environment: {
        SECRET_ARN: secret.secretArn,
        TABLE_NAME: table.tableName,
        GEMINI_BASE_URL: settings.geminiBaseUrl,
        SETTINGS: JSON.stringify(toRuntime(settings)),
      },
    })
    this.handler = handler
    this.logGroup = logGroup
    this.origin = props.url ? addOrigin(handler) : undefined

    Validations.of(handler).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'The function is only invoked by HTTP requests, synchronously: a failure goes to the client, never to a queue.',
    })
    if (settings.tracing) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray has no resources of its own that a policy could name: its two write actions need all of them.',
      })
    } else {
      Validations.of(handler).acknowledge({
        id: 'Serverless-LambdaTracing',
        reason:
          'Every request leaves one record with its times already; X-Ray costs extra, so the operator asks for it.',
      })
    }
  }
}

const addOrigin = (handler: lambda.Function): string => {
  const { url } = handler.addFunctionUrl({
    authType: lambda.FunctionUrlAuthType.NONE,
    invokeMode: lambda.InvokeMode.RESPONSE_STREAM,
  })
  return Fn.join('', ['https://', Fn.select(2, Fn.split('/', url))])
}

const allow = (actions: string[], resource: string): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] })
