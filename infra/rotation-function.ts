import { Stack } from 'aws-cdk-lib'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type * as lambda from 'aws-cdk-lib/aws-lambda'
import { CfnRotationSchedule, type ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { addFunction } from './lambda-function.ts'
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
    const { handler } = addFunction(this, {
      description: 'Triglot: tries the keys of a new list before it counts',
      asset,
      settings,
      allowed: [[SECRET_ACTIONS, secret.secretArn]],
      memory: 256,
      timeout: 300,
      environment: { GEMINI_BASE_URL: settings.geminiBaseUrl },
      reasons: {
        noQueue: 'Secrets Manager repeats a rotation that failed, and an alarm rings; a queue would have no reader.',
        noTraces: 'It runs once in a while, and says in its log what it found of every key.',
      },
    })
    this.handler = handler
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
  }
}
