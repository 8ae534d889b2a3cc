import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { nodeSend } from '../../lib/gemini/upstream/send.ts'
import { tryKey } from '../../lib/gemini/upstream/trial.ts'
import { rotation } from '../../lib/keys/rotation.ts'
import { versionsOf } from '../../lib/keys/versions.ts'
import { clock, log, setting } from '../environment.ts'

const client = new SecretsManagerClient({ maxAttempts: 3 })
const send = nodeSend(setting('GEMINI_BASE_URL'))

/** Called by Secrets Manager alone, for each step of a rotation. */
export const handler = rotation({
  versions: (secretId) => versionsOf(client, secretId),
  tryKey: (key) => tryKey(send, key),
  clock,
  log,
})
