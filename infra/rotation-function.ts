import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { CfnRotationSchedule, type ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { Settings } from './settings.ts'

export interface RotationFunctionProps {
  /** The folder that holds the bundle's `index.mjs`. */
  asset: string
  secret: ISecret
  settings: Settings
}

/** Everything it may do to the secret; test/stack holds it against the commands the code sends. */
const SECRET_ACTIONS = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
]

/** Tries the keys of a new list before it becomes the current one. The only function that may write to the secret. */
export class RotationFunction extends Construct {
  readonly handler: lambda.Function

  constructor(scope: Construct, id: string, { asset, secret, settings }: RotationFunctionProps) {
    super(scope, id)
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
            allow(SECRET_ACTIONS, secret.secretArn),
          ],
        }),
      },
    })
    this.handler = new lambda.Function(this, 'Function', {
      description: 'Triglot: tries the keys of a new list before it counts',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(asset, { exclude: ['*.writing'] }),
      handler: 'index.handler',
      memorySize: 256,
      timeout: Duration.minutes(5),
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel[settings.logLevel],
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      ...(settings.tracing && { tracing: lambda.Tracing.ACTIVE }),
      environment: { GEMINI_BASE_URL: settings.geminiBaseUrl },
    })
    this.handler.addPermission('SecretsManager', {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: Stack.of(this).account,
    })
    // Not CDK's own construct: that one brings a policy with a wildcard, and lets any account call the function.
    const schedule = new CfnRotationSchedule(this, 'Schedule', {
      secretId: secret.secretArn,
      rotationLambdaArn: this.handler.functionArn,
      rotationRules: { automaticallyAfterDays: settings.rotationDays },
      // The first deployment has no keys yet.
      rotateImmediatelyOnUpdate: false,
    })
    schedule.node.addDependency(this.handler)

    Validations.of(this.handler).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'Secrets Manager repeats a rotation that failed, and an alarm rings; a queue would have no reader.',
    })
    if (settings.tracing) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray has no resources of its own that a policy could name: its two write actions need all of them.',
      })
    } else {
      Validations.of(this.handler).acknowledge({
        id: 'Serverless-LambdaTracing',
        reason: 'It runs once in a while, and says in its log what it found of every key.',
      })
    }
  }
}

const allow = (actions: string[], resource: string): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] })
