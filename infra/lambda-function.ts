import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'

/** What differs between the functions. */
export interface FunctionParts {
  description: string
  /** The folder that holds the bundle's `index.mjs`. */
  asset: string
  settings: Settings
  /** What its role may do, besides writing to its own log. */
  allowed: readonly (readonly [actions: string[], resource: string])[]
  /** MB. */
  memory: number
  /** Seconds. */
  timeout: number
  reservedConcurrency?: number | undefined
  environment: Record<string, string>
  /** Why cdk-nag need not ask for a queue of failures, and not for traces where they are off. */
  reasons: { noQueue: string; noTraces: string }
}

/** A function with a log group and a role of its own, which may do what is said and nothing else. */
export const addFunction = (
  scope: Construct,
  parts: FunctionParts,
): { handler: lambda.Function; logGroup: LogGroup } => {
  const { settings, reasons } = parts
  const logGroup = new LogGroup(scope, 'Logs', {
    retention: settings.logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Needed: new PolicyDocument({
        statements: [
          allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn),
          ...parts.allowed.map(([actions, resource]) => allow(actions, resource)),
        ],
      }),
    },
  })
  const handler = new lambda.Function(scope, 'Function', {
    description: parts.description,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    // A bundle that is being replaced just now leaves drafts behind.
    code: lambda.Code.fromAsset(parts.asset, { exclude: ['*.writing'] }),
    handler: 'index.handler',
    memorySize: parts.memory,
    timeout: Duration.seconds(parts.timeout),
    reservedConcurrentExecutions: parts.reservedConcurrency,
    role,
    logGroup,
    loggingFormat: lambda.LoggingFormat.JSON,
    applicationLogLevelV2: lambda.ApplicationLogLevel[settings.logLevel],
    systemLogLevelV2: lambda.SystemLogLevel.WARN,
    ...(settings.tracing && { tracing: lambda.Tracing.ACTIVE }),
    environment: parts.environment,
  })
  Validations.of(handler).acknowledge({ id: 'Serverless-LambdaDLQ', reason: reasons.noQueue })
  if (settings.tracing) {
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray has no resources of its own that a policy could name: its two write actions need all of them.',
    })
  } else {
    Validations.of(handler).acknowledge({ id: 'Serverless-LambdaTracing', reason: reasons.noTraces })
  }
  return { handler, logGroup }
}

const allow = (actions: string[], resource: string): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] })
