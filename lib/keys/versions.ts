import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { readCandidateLabel } from '../contract/rotation.ts'

/** The secret's versions, as a rotation sees them. */
export interface Versions {
  /** Version → its labels. */
  labels(): Promise<Readonly<Record<string, readonly string[]>>>
  /** A version's text; undefined for a version that was only announced. */
  read(version: string): Promise<string | undefined>
  /** Gives an announced version its text, with AWSPENDING on it. */
  writePending(version: string, text: string): Promise<void>
  /** Moves a label, or takes it off where `to` is missing. Fails where `from` does not have it. */
  move(label: string, from: string | undefined, to?: string): Promise<void>
}

export const versionsOf = (client: Pick<SecretsManagerClient, 'send'>, SecretId: string): Versions => ({
  labels: async () => (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {},
  read: async (VersionId) => {
    try {
      return (await client.send(new GetSecretValueCommand({ SecretId, VersionId }))).SecretString
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
      throw error
    }
  },
  writePending: async (ClientRequestToken, SecretString) => {
    const VersionStages = ['AWSPENDING']
    await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages }))
  },
  move: async (VersionStage, RemoveFromVersionId, MoveToVersionId) => {
    await client.send(
      new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId }),
    )
  },
})

export type Labels = Awaited<ReturnType<Versions['labels']>>

/** The version that has a label. */
export const holderOf = (labels: Labels, label: string): string | undefined =>
  Object.entries(labels).find(([, all]) => all.includes(label))?.[0]

export interface Candidate {
  version: string
  label: string
  base: string
}

/** What somebody stored for this rotation to take up. */
export const candidateFor = (labels: Labels, token: string): Candidate | undefined => {
  for (const [version, all] of Object.entries(labels)) {
    for (const label of all) {
      const found = readCandidateLabel(label)
      if (found?.token === token) return { version, label, base: found.base }
    }
  }
  return undefined
}
