import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RotationEvent, RotationStep } from '../../lib/contract/rotation.ts'
import { type Listening, listen } from './listen.ts'

/** What can be wrong with Secrets Manager: no answer at all, a refusal for one of two reasons, an answer that isn't JSON, or a late one. */
export type SecretFault = 'down' | 'denied' | 'throttled' | 'garbage' | { slowMs: number }

export interface LocalSecret {
  arn: string
  origin: string
  /** The current version's text. */
  value(): string
  /** Makes a new current version, as an operator would. */
  put(value: string): void
  /** Version → its labels. */
  labels(): Record<string, string[]>
  /** Who rotates it: called for each step, as Secrets Manager calls a function. Without one it can't be rotated. */
  rotate: ((event: RotationEvent) => Promise<void>) | undefined
  /** Ends with the latest rotation, however that ends. */
  rotated: Promise<void>
  /** Until it is set back to `undefined`. */
  fault: SecretFault | undefined
  /** Calls since the start, by operation. */
  readonly calls: Readonly<Record<string, number>>
  close(): Promise<void>
}

interface Version {
  /** Undefined for one that a rotation announced. */
  value: string | undefined
  stages: Set<string>
  created: number
}

const STEPS: readonly RotationStep[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret']

type Input = Readonly<Record<string, unknown>>

/** An error as the service words it: its name and HTTP status. */
class ServiceError extends Error {
  readonly type: string
  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

/**
 * Stands in for Secrets Manager with one secret in memory, versions and stages included:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
export const startSecretsManager = async (name: string, value: string): Promise<LocalSecret> => {
  const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-local1`
  const versions = new Map<string, Version>()
  const calls: Record<string, number> = {}

  const holderOf = (stage: string): string | undefined =>
    [...versions.entries()].find(([, { stages }]) => stages.has(stage))?.[0]

  /** A stage is on one version at a time; the version that was current before becomes the previous one. */
  const moveStage = (stage: string, to: string): void => {
    const from = holderOf(stage)
    if (from === to) return
    if (from) versions.get(from)?.stages.delete(stage)
    versions.get(to)?.stages.add(stage)
    if (stage === 'AWSCURRENT' && from) moveStage('AWSPREVIOUS', from)
  }

  const store = (id: string, text: string, stages: readonly string[]): void => {
    const present = versions.get(id)
    if (present?.value !== undefined && present.value !== text) {
      throw new ServiceError('ResourceExistsException', 'A version with this token holds another value.')
    }
    if (present) present.value = text
    else announce(id, text)
    for (const stage of stages) moveStage(stage, id)
  }
  const announce = (id: string, value?: string): void => {
    versions.set(id, { value, stages: new Set(), created: Date.now() / 1000 })
  }

  const labels = (): Record<string, string[]> =>
    Object.fromEntries(
      [...versions].filter(([, { stages }]) => stages.size > 0).map(([id, { stages }]) => [id, [...stages]]),
    )

  /** Step by step, in the background. What a failed step leaves behind stays; a whole rotation leaves nothing pending. */
  const rotateTo = async (token: string, rotate: NonNullable<LocalSecret['rotate']>): Promise<void> => {
    for (const Step of STEPS) await rotate({ SecretId: arn, ClientRequestToken: token, Step })
    versions.get(token)?.stages.delete('AWSPENDING')
  }

  const operations: Record<string, (input: Input) => unknown> = {
    GetSecretValue: (input) => {
      const id = textOf(input, 'VersionId') ?? holderOf(textOf(input, 'VersionStage') ?? 'AWSCURRENT')
      const version = id ? versions.get(id) : undefined
      if (version?.value === undefined) {
        throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret value.")
      }
      return {
        ARN: arn,
        Name: name,
        VersionId: id,
        SecretString: version.value,
        VersionStages: [...version.stages],
        CreatedDate: version.created,
      }
    },
    PutSecretValue: (input) => {
      const id = textOf(input, 'ClientRequestToken') ?? randomUUID()
      const stages = Array.isArray(input.VersionStages) ? input.VersionStages.map(String) : ['AWSCURRENT']
      store(id, textOf(input, 'SecretString') ?? '', stages)
      return { ARN: arn, Name: name, VersionId: id, VersionStages: stages }
    },
    UpdateSecretVersionStage: (input) => {
      const stage = textOf(input, 'VersionStage') ?? ''
      const [to, from, holder] = [
        textOf(input, 'MoveToVersionId'),
        textOf(input, 'RemoveFromVersionId'),
        holderOf(stage),
      ]
      if (holder && holder !== to && holder !== from) {
        throw new ServiceError(
          'InvalidParameterException',
          `RemoveFromVersionId must be the version that holds ${stage}.`,
        )
      }
      if (to && !versions.has(to)) throw new ServiceError('ResourceNotFoundException', 'There is no such version.')
      if (to) moveStage(stage, to)
      else if (from) versions.get(from)?.stages.delete(stage)
      return { ARN: arn, Name: name }
    },
    DescribeSecret: () => ({
      ARN: arn,
      Name: name,
      RotationEnabled: secret.rotate !== undefined,
      VersionIdsToStages: labels(),
    }),
    RotateSecret: (input) => {
      if (!secret.rotate) {
        throw new ServiceError(
          'InvalidRequestException',
          'No Lambda rotation function ARN is associated with this secret.',
        )
      }
      const [pending, current] = [holderOf('AWSPENDING'), holderOf('AWSCURRENT')]
      if (pending && pending !== current) {
        const message = "A previous rotation isn't complete. That rotation will be reattempted."
        throw new ServiceError('InvalidRequestException', message)
      }
      const token = textOf(input, 'ClientRequestToken') ?? randomUUID()
      announce(token)
      moveStage('AWSPENDING', token)
      // A step that fails is the rotation function's to report, as in AWS.
      secret.rotated = rotateTo(token, secret.rotate).catch(() => undefined)
      return { ARN: arn, Name: name, VersionId: token }
    },
  }

  const perform = (operation: string, input: Input): unknown => {
    if (secret.fault === 'denied') {
      throw new ServiceError('AccessDeniedException', `Not authorized to perform: secretsmanager:${operation}`)
    }
    if (secret.fault === 'throttled') throw new ServiceError('ThrottlingException', 'Rate exceeded')
    const id = textOf(input, 'SecretId')
    if (id !== arn && id !== name) {
      throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
    }
    const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined
    if (!run) throw new ServiceError('UnknownOperationException', `${operation} is not part of this stand-in.`)
    return run(input)
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const input = await text(request)
    const operation = String(request.headers['x-amz-target']).replace('secretsmanager.', '')
    calls[operation] = (calls[operation] ?? 0) + 1
    if (secret.fault === 'down') return void response.destroy()
    if (typeof secret.fault === 'object') await sleep(secret.fault.slowMs)
    const [status, reply] = attempt(() => perform(operation, JSON.parse(input) as Input))
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(secret.fault === 'garbage' ? '<html>' : JSON.stringify(reply))
  }
  const server = createServer((request, response) => {
    // Only a caller that went away gets here.
    answer(request, response).catch(() => response.destroy())
  })

  const put = (text: string): void => store(randomUUID(), text, ['AWSCURRENT'])
  put(value)
  const { origin, close }: Listening = await listen(server)
  const secret: LocalSecret = {
    arn,
    origin,
    value: () => versions.get(holderOf('AWSCURRENT') ?? '')?.value ?? '',
    put,
    labels,
    rotate: undefined,
    rotated: Promise.resolve(),
    fault: undefined,
    calls,
    close,
  }
  return secret
}

const textOf = (input: Input, name: string): string | undefined => {
  const value = input[name]
  return typeof value === 'string' ? value : undefined
}

const attempt = (work: () => unknown): [status: number, reply: unknown] => {
  try {
    return [200, work()]
  } catch (error) {
    const type = error instanceof ServiceError ? error.type : 'InvalidRequestException'
    return [400, { __type: type, Message: error instanceof Error ? error.message : String(error) }]
  }
}
