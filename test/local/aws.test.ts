import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type LocalAws, startAws, TABLE_NAME } from '../../infra/local/aws.ts'

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
let aws: LocalAws
let secrets: SecretsManagerClient
let SecretId: string
beforeAll(async () => {
  aws = await startAws('first')
  SecretId = aws.secret.arn
  secrets = new SecretsManagerClient({ region: 'us-east-1', credentials, endpoint: aws.secret.origin, maxAttempts: 1 })
})
afterAll(() => aws.close())

const read = async (VersionStage?: string): Promise<string | undefined> =>
  (await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString

describe('the secret, through the SDK', () => {
  test('rotates as Lambda rotation does it: pending, then current, then previous', async () => {
    expect(await read()).toBe('first')
    const { VersionId: first } = await secrets.send(new GetSecretValueCommand({ SecretId }))
    const second = '00000000-0000-0000-0000-000000000002'
    const pending = { SecretId, ClientRequestToken: second, SecretString: 'second', VersionStages: ['AWSPENDING'] }
    await secrets.send(new PutSecretValueCommand(pending))
    expect([await read(), await read('AWSPENDING')]).toEqual(['first', 'second'])
    await expect(secrets.send(new PutSecretValueCommand({ ...pending, SecretString: 'other' }))).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceExistsException' }),
    )

    const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: second }
    await expect(secrets.send(new UpdateSecretVersionStageCommand(move))).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidParameterException' }),
    )
    await secrets.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: first }))
    expect([await read(), await read('AWSPREVIOUS')]).toEqual(['second', 'first'])
    const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId }))
    expect(VersionIdsToStages).toEqual({ [second]: ['AWSPENDING', 'AWSCURRENT'], [first ?? '']: ['AWSPREVIOUS'] })
  })

  test('an operator can replace it', async () => {
    aws.secret.put('third')
    expect(await read()).toBe('third')
    expect(aws.secret.value()).toBe('third')
  })

  test('knows no other secret', async () => {
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'other' }))).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    )
  })

  test('can fail', async () => {
    aws.secret.fault = 'denied'
    await expect(read()).rejects.toThrow(expect.objectContaining({ name: 'AccessDeniedException' }))
    aws.secret.fault = 'throttled'
    await expect(read()).rejects.toThrow(expect.objectContaining({ name: 'ThrottlingException' }))
    aws.secret.fault = 'down'
    await expect(read()).rejects.toThrow()
    aws.secret.fault = 'garbage'
    await expect(read()).rejects.toThrow()
    aws.secret.fault = { slowMs: 60 }
    const started = performance.now()
    await read()
    expect(performance.now() - started).toBeGreaterThan(50)
    aws.secret.fault = undefined
    expect(await read()).toBe('third')
  })
})

test('the table is there', async () => {
  const table = new DynamoDBClient({ region: 'us-east-1', credentials, endpoint: aws.tableEndpoint })
  const Key = { pk: { S: 'POOL' }, sk: { S: 'v1' } }
  await table.send(new PutItemCommand({ TableName: TABLE_NAME, Item: { ...Key, until: { N: '7' } } }))
  const { Item } = await table.send(new GetItemCommand({ TableName: TABLE_NAME, Key }))
  expect(Item?.until).toEqual({ N: '7' })
})

test('the table can fail', async () => {
  const patience = { requestTimeout: 100, throwOnRequestTimeout: true }
  const options = { region: 'us-east-1', credentials, endpoint: aws.tableEndpoint, maxAttempts: 1 }
  const table = new DynamoDBClient({ ...options, requestHandler: patience })
  const Key = { pk: { S: 'POOL' }, sk: { S: 'v2' } }
  const read = () => table.send(new GetItemCommand({ TableName: TABLE_NAME, Key }))
  const write = () => table.send(new PutItemCommand({ TableName: TABLE_NAME, Item: Key }))
  aws.table.fault = 'down'
  await expect(read()).rejects.toThrow()
  aws.table.fault = 'slow'
  await expect(read()).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }))
  aws.table.fault = 'throttled'
  await expect(read()).rejects.toThrow(expect.objectContaining({ name: 'ProvisionedThroughputExceededException' }))
  await expect(write()).rejects.toThrow(expect.objectContaining({ name: 'ThrottlingException' }))
  aws.table.fault = undefined
  expect(await read()).not.toHaveProperty('Item')
})
