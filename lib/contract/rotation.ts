// How a new list of keys comes to count. Whoever changes it stores it as a candidate and starts a rotation; the rotation
// function makes the candidate pending, tries its keys, and only then makes it current. Labels on the secret's versions tell
// where things stand. (Nobody but a rotation may set AWSPENDING: Secrets Manager takes that for a rotation under way.)
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html

/** What Secrets Manager asks the rotation function to do, step by step. */
export type RotationStep = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'

export interface RotationEvent {
  SecretId: string
  /** The version that is to become current. */
  ClientRequestToken: string
  Step: RotationStep
}

/** On a version whose keys were tried, and found to do. */
export const TESTED = 'TRIGLOT-TESTED'

export interface CandidateLabel {
  /** Of the rotation that is to take the candidate up. */
  token: string
  /** The version that was current when the candidate was made of it. */
  base: string
}

const CANDIDATE = /^TRIGLOT-CANDIDATE:([^:]+):([^:]+)$/

export const candidateLabel = ({ token, base }: CandidateLabel): string => `TRIGLOT-CANDIDATE:${token}:${base}`

export const readCandidateLabel = (label: string): CandidateLabel | undefined => {
  const [, token, base] = CANDIDATE.exec(label) ?? []
  return token !== undefined && base !== undefined ? { token, base } : undefined
}
