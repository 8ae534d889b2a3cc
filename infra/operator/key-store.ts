// The secret, from an operator's side: read, and changed in such a way that a new list is tried before it counts.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { candidateLabel } from '../../lib/contract/rotation.ts'
import { readDraft, type Secret } from '../../lib/contract/secret.ts'

export interface StoredList {
  version: string
  list: Secret
}

/**
 * What became of a new list. `refused`: the rotation function found that its keys don't do. `changed`: the one it was made of
 * is no longer current. `busy`: another change is under way. `slow`: nobody knows yet.
 */
export type Outcome = 'current' | 'refused' | 'changed' | 'busy' | 'slow'

export interface KeyStore {
  read(): Promise<StoredList>
  /** Makes `list` current, if `base` still is and the keys are found to work. */
  replace(base: string, list: Secret): Promise<Outcome>
}

/** Milliseconds. */
const BETWEEN_LOOKS = 300
/** So long may a rotation that was started not be seen, and so long may it last. */
const UNSEEN = 15_000
const LONGEST = 300_000

const isBusy = (error: unknown): boolean =>
  error instanceof Error && error.name === 'InvalidRequestException' && /previous rotation/i.test(error.message)

export const keyStore = (client: Pick<SecretsManagerClient, 'send'>, SecretId: string): KeyStore => {
  const labels = async (): Promise<Record<string, string[]>> =>
    (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {}

  /** Until the rotation is over, whichever way. */
  const outcomeOf = async (token: string, base: string): Promise<Outcome> => {
    const started = Date.now()
    let seen = false
    while (Date.now() - started < LONGEST) {
      const all = await labels()
      const own = all[token] ?? []
      // Somebody else's may have followed already.
      if (own.includes('AWSCURRENT') || own.includes('AWSPREVIOUS')) return 'current'
      const isUnchanged = all[base]?.includes('AWSCURRENT') === true
      if (own.includes('AWSPENDING')) seen = true
      // A list of what is no longer current won't count any more, if it did not already, and was followed by two others.
      else if (seen || !isUnchanged || Date.now() - started > UNSEEN) return isUnchanged ? 'refused' : 'changed'
      await sleep(BETWEEN_LOOKS)
    }
    return 'slow'
  }

  return {
    read: async () => {
      const { SecretString = '', VersionId = '' } = await client.send(new GetSecretValueCommand({ SecretId }))
      const reading = readDraft(SecretString)
      if (!reading.ok) throw new Error(`The list in the secret is not usable: ${reading.problems[0]}.`)
      return { version: VersionId, list: reading.secret }
    },
    replace: async (base, list) => {
      const token = randomUUID()
      const label = candidateLabel({ token, base })
      const candidate = randomUUID()
      const SecretString = JSON.stringify(list)
      await client.send(
        new PutSecretValueCommand({ SecretId, ClientRequestToken: candidate, SecretString, VersionStages: [label] }),
      )
      try {
        await client.send(new RotateSecretCommand({ SecretId, ClientRequestToken: token }))
      } catch (error) {
        const off = { SecretId, VersionStage: label, RemoveFromVersionId: candidate }
        await client.send(new UpdateSecretVersionStageCommand(off))
        if (isBusy(error)) return 'busy'
        throw error
      }
      return outcomeOf(token, base)
    },
  }
}
