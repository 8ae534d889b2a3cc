import { describe, expect, test } from '@jest/globals'
import { Match } from 'aws-cdk-lib/assertions'
import { readRuntimeSettings } from '../../lib/contract/settings.ts'
import { synth } from './synth.ts'

const { json, ofType, template } = synth()

interface Statement {
  Effect: string
  Action: string | string[]
  Resource: unknown
}
const statements = ofType('AWS::IAM::Role').flatMap(
  ({ Properties }) =>
    (Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    ) satisfies Statement[],
)

/** What CloudFormation would make of a value, were every function URL this one. */
const resolve = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const [[name, given] = ['', undefined]] = Object.entries(value)
  const parts = Array.isArray(given) ? given.map(resolve) : []
  if (name === 'Fn::GetAtt') return 'https://abc.lambda-url.eu-west-1.on.aws/'
  if (name === 'Fn::Split') return String(parts[1]).split(String(parts[0]))
  if (name === 'Fn::Select') return (parts[1] as unknown[])[Number(parts[0])]
  if (name === 'Fn::Join') return (parts[1] as unknown[]).map(resolve).join(String(parts[0]))
  return Array.isArray(value) ? value.map(resolve) : value
}

const ROTATION = 'RotationFunction8B9BF3C3'

/** Of the three that clients call, the properties. */
const serving = (settings: Record<string, unknown> = {}): Record<string, unknown>[] =>
  Object.entries(synth(settings).json.Resources)
    .filter(([id, { Type }]) => Type === 'AWS::Lambda::Function' && id !== ROTATION)
    .map(([, { Properties }]) => Properties)

describe('functions', () => {
  test('on arm64 and Node 24, that log as JSON into a group of their own', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: {
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'WARN',
        LogGroup: Match.anyValue(),
      },
    })
    const groups = ofType('AWS::Lambda::Function').map(({ Properties }) => JSON.stringify(Properties.LoggingConfig))
    expect(new Set(groups).size).toBe(4)
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 })
  })

  test('three that clients call, with the memory and time that the settings say', () => {
    expect(serving()).toHaveLength(3)
    for (const one of serving()) expect(one).toMatchObject({ MemorySize: 512, Timeout: 900 })
    for (const one of serving({ memory: 128, timeout: 60 })) expect(one).toMatchObject({ MemorySize: 128, Timeout: 60 })
  })

  test('no reserved concurrency unless asked: a new account has none to give', () => {
    template.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() })
    const reserved = serving({ reservedConcurrency: '20' }).map((one) => one.ReservedConcurrentExecutions)
    expect(reserved).toEqual([20, 20, 20])
  })

  test('get the settings in the form that lib reads', () => {
    const chosen = {
      allowedOrigins: 'https://a.example, https://b.example',
      allowedModels: 'gemini-2.5-*,gemini-3.6-flash',
      modelAliases: '{"gpt-5":"gemini-x"}',
      defaultModel: 'gemini-3.6-flash(low)',
      force: 'search,thinking',
      safety: 'OFF',
      streaming: 'fake',
      chatImages: 'markdown',
      nativeUnknown: 'never',
      streamTimeout: '60',
    }
    for (const { Environment } of serving(chosen)) {
      const { Variables } = Environment as { Variables: Record<string, string> }
      expect(Object.keys(Variables).sort()).toEqual(['GEMINI_BASE_URL', 'SECRET_ARN', 'SETTINGS', 'TABLE_NAME'])
      expect(readRuntimeSettings(Variables.SETTINGS)).toMatchObject({
        allowedOrigins: ['https://a.example', 'https://b.example'],
        allowedModels: ['gemini-2.5-*', 'gemini-3.6-flash'],
        modelAliases: { 'gpt-5': 'gemini-x' },
        defaultModel: 'gemini-3.6-flash(low)',
        force: ['search', 'thinking'],
        safety: 'OFF',
        streaming: 'fake',
        chatImages: 'markdown',
        nativeUnknown: 'never',
        streamTimeout: 60,
      })
    }
  })

  test('stream through public URLs; keys are checked by the function, so AWS has to let everyone in', () => {
    template.resourceCountIs('AWS::Lambda::Url', 3)
    template.allResourcesProperties('AWS::Lambda::Url', { AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' })
    const permissions = ofType('AWS::Lambda::Permission').map(({ Properties }) => Properties)
    expect(
      permissions.filter((one) => one.Action === 'lambda:InvokeFunctionUrl' && one.FunctionUrlAuthType === 'NONE'),
    ).toHaveLength(3)
    expect(
      permissions.filter((one) => one.Action === 'lambda:InvokeFunction' && one.InvokedViaFunctionUrl === true),
    ).toHaveLength(3)
    expect(permissions.filter(({ FunctionName }) => !JSON.stringify(FunctionName).includes(ROTATION))).toHaveLength(6)
  })
})

test('the rotation function is for Secrets Manager of this account alone, and does not run before there are keys', () => {
  template.hasResourceProperties('AWS::Lambda::Permission', {
    FunctionName: Match.objectLike({ 'Fn::GetAtt': [ROTATION, 'Arn'] }),
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: { Ref: 'AWS::AccountId' },
  })
  template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    RotateImmediatelyOnUpdate: false,
    RotationLambdaARN: { 'Fn::GetAtt': [ROTATION, 'Arn'] },
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
})

describe('roles', () => {
  test('hold no managed policy and no wildcard', () => {
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() })
    template.resourceCountIs('AWS::IAM::Policy', 0)
    expect(statements.length).toBeGreaterThan(0)
    for (const statement of statements) expect(JSON.stringify(statement)).not.toContain('*')
  })

  test('reach one secret, one table and their own log group', () => {
    const resources = new Set(statements.map(({ Resource }) => JSON.stringify(Resource)))
    const kinds = [...resources].map(
      (text) => json.Resources[/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/.exec(text)?.[1] ?? '']?.Type ?? 'none',
    )
    expect(kinds.sort()).toEqual([
      'AWS::DynamoDB::GlobalTable',
      ...Array.from({ length: 4 }, () => 'AWS::Logs::LogGroup'),
      'AWS::SecretsManager::Secret',
    ])
  })
})

describe('what is kept', () => {
  test('the secret holds no key of anyone, and outlives the stack unless told otherwise', () => {
    template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain' })
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      SecretString: Match.absent(),
      GenerateSecretString: { SecretStringTemplate: Match.serializedJson({ geminiKeys: [], clientKeys: [] }) },
    })
    synth({ secret: 'destroy' }).template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Delete' })
  })

  test('the table is paid by request, can be restored, and forgets by ttl', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      },
    })
    synth({ table: 'destroy' }).template.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' })
  })

  // A new logical id means a new resource: the keys would be gone, the table empty, the addresses changed.
  test('keeps its logical id from one version to the next', () => {
    const lasting = /^AWS::(SecretsManager::Secret|DynamoDB::GlobalTable|Lambda::Function|Lambda::Url)$/
    expect(
      Object.entries(json.Resources)
        .filter(([, { Type }]) => lasting.test(Type))
        .map(([id]) => id),
    ).toMatchInlineSnapshot(`
[
  "Keys4E30B592",
  "State1C20CC9A",
  "OpenAIFunctionFCA646B9",
  "OpenAIFunctionFunctionUrl2D5D8BBC",
  "AnthropicFunction59A93ACE",
  "AnthropicFunctionFunctionUrl9457C470",
  "GeminiFunction9CC6644D",
  "GeminiFunctionFunctionUrl4F281974",
  "RotationFunction8B9BF3C3",
]
`)
  })
})

describe('outputs', () => {
  test.each([
    ['OpenAIBaseUrl', 'https://abc.lambda-url.eu-west-1.on.aws/v1'],
    ['AnthropicBaseUrl', 'https://abc.lambda-url.eu-west-1.on.aws'],
    ['GeminiBaseUrl', 'https://abc.lambda-url.eu-west-1.on.aws'],
  ])('%s is what its clients append their paths to', (name, url) => {
    expect(resolve(json.Outputs[name]?.Value)).toBe(url)
  })
})

test('the template belongs to no account, region or partition', () => {
  expect(JSON.stringify(json)).not.toMatch(/arn:aws|\d{12}|(us|eu|ap)-\w+-\d/)
})
