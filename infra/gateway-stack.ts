import { CfnOutput, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import type { Family } from './family.ts'
import { FrontDoor } from './front-door/index.ts'
import { addObservability } from './observability/index.ts'
import { ProtocolFunction } from './protocol-function.ts'
import { RotationFunction } from './rotation-function.ts'
import type { Settings } from './settings.ts'

export interface GatewayProps extends StackProps {
  settings: Settings
  /** The folder of a function's bundle. */
  asset: (name: Family | 'rotation') => string
}

const REMOVAL = { retain: RemovalPolicy.RETAIN, destroy: RemovalPolicy.DESTROY } as const

/** A whole Triglot: three functions behind their own URLs or one REST API, the secret that holds all keys with the function that tries new ones, and the table for what must outlive a request. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, props: GatewayProps) {
    super(scope, id, { description: 'Triglot: OpenAI, Anthropic and Gemini clients, answered by Gemini.', ...props })
    const { settings } = props

    // CloudFormation fills a secret with random text. In this form it is a list without keys, so that until the operator
    // puts a real one every call is refused and the log says what is missing. No key passes through a template.
    const secret = new Secret(this, 'Keys', {
      description: 'Triglot: Gemini keys and client keys, one JSON object',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ geminiKeys: [], clientKeys: [] }),
        generateStringKey: 'placeholder',
      },
      removalPolicy: REMOVAL[settings.secret],
    })
    const table = new TableV2(this, 'State', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: REMOVAL[settings.table],
    })

    const serve = (id: string, family: Family, description: string): ProtocolFunction => {
      const url = settings.frontDoor !== 'api'
      return new ProtocolFunction(this, id, { description, asset: props.asset(family), secret, table, settings, url })
    }
    const openai = serve('OpenAI', 'openai', 'Triglot for OpenAI clients')
    const anthropic = serve('Anthropic', 'anthropic', 'Triglot for Anthropic clients')
    const gemini = serve('Gemini', 'gemini', 'Triglot for Gemini clients')
    const handlers = { openai: openai.handler, anthropic: anthropic.handler, gemini: gemini.handler }
    const door = settings.frontDoor === 'urls' ? undefined : new FrontDoor(this, 'FrontDoor', { handlers, settings })

    const rotation = new RotationFunction(this, 'Rotation', { asset: props.asset('rotation'), secret, settings })

    const functions = [openai, anthropic, gemini]
    const logGroups = functions.map(({ logGroup }) => logGroup)
    addObservability(this, {
      settings,
      functions: functions.map(({ handler }) => handler),
      logGroups,
      rotation: rotation.handler,
      ...(door && { api: door.api }),
    })

    const originOf = (one: ProtocolFunction): string => door?.origin ?? one.origin ?? ''
    const output = (id: string, value: string, description: string) => new CfnOutput(this, id, { value, description })
    output('OpenAIBaseUrl', `${originOf(openai)}/v1`, 'OPENAI_BASE_URL, or base_url of an OpenAI client')
    output('AnthropicBaseUrl', originOf(anthropic), 'ANTHROPIC_BASE_URL, or base_url of an Anthropic client')
    output('GeminiBaseUrl', originOf(gemini), 'GOOGLE_GEMINI_BASE_URL, or baseUrl of a Gemini client')
    if (door?.domainTarget !== undefined) {
      output('DomainTarget', door.domainTarget, 'What the DNS record of domainName has to point to (CNAME or alias)')
    }
    output(
      'KeysSecretArn',
      secret.secretArn,
      'Where the key list goes: aws secretsmanager put-secret-value --secret-id',
    )
    output('StateTableName', table.tableName, 'What must outlive a request: cooldowns, owners, stored turns')
    output(
      'LogGroups',
      Fn.join(
        ',',
        logGroups.map(({ logGroupName }) => logGroupName),
      ),
      'What npm run usage reads',
    )
  }
}
