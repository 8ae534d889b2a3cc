import type { Log } from '../contract/log.ts'
import { METRICS, withMetrics } from '../contract/metrics.ts'
import { type RotationEvent, type RotationStep, TESTED } from '../contract/rotation.ts'
import { readDraft, readSecret, type Secret } from '../contract/secret.ts'
import { CONSEQUENCES, type Fault, type FaultClass } from './faults.ts'
import { type Candidate, candidateFor, holderOf, type Labels, type Versions } from './versions.ts'

export interface RotationParts {
  versions(secretId: string): Versions
  /** Calls Google once with a key: undefined where that works, else what is wrong. */
  tryKey(key: string): Promise<Fault | undefined>
  /** Milliseconds since 1970. */
  clock(): number
  log: Log
}

/** One step of a rotation: all of them may be asked for again. Throws where the new list must not count; no key is in the error. */
export type Rotate = (event: RotationEvent) => Promise<void>

type Outcome = 'works' | 'refused' | 'unclear'

/** Faults that Google answers with when it knows the key: it is busy, not bad. */
const BUSY: ReadonlySet<FaultClass> = new Set(['rate_minute', 'rate_day', 'spend_window', 'capacity', 'overload'])
const AT_A_TIME = 8

const outcomeOf = (fault: Fault | undefined): Outcome => {
  if (!fault || BUSY.has(fault.class)) return 'works'
  const { scope } = CONSEQUENCES[fault.class]
  return scope === 'key' || scope === 'project' ? 'refused' : 'unclear'
}

/** One rotation of one secret. */
interface Rotation {
  token: string
  versions: Versions
  labels: Labels
  current: string
  candidate: Candidate | undefined
}

export const rotation = ({ versions: versionsOf, tryKey, clock, log }: RotationParts): Rotate => {
  /** Nothing of this rotation stays behind, so that the next one isn't held up. */
  const refuse = async ({ token, versions, labels, candidate }: Rotation, why: string): Promise<never> => {
    if (labels[token]?.includes('AWSPENDING')) await versions.move('AWSPENDING', token)
    if (candidate) await versions.move(candidate.label, candidate.version)
    throw new Error(why)
  }

  const textOf = async ({ versions }: Rotation, version: string): Promise<string> => {
    const text = await versions.read(version)
    if (text === undefined) throw new Error(`Version ${version} of the secret has no text yet.`)
    return text
  }

  /** The pending version becomes what somebody stored for it, or the current list, whose keys are then tried anew. */
  const create = async (rotation: Rotation): Promise<void> => {
    const { token, versions, current, candidate } = rotation
    if ((await versions.read(token)) !== undefined) return
    if (candidate && candidate.base !== current) await refuse(rotation, CHANGED)
    await versions.writePending(token, await textOf(rotation, candidate?.version ?? current))
  }

  const tryAll = async ({ geminiKeys }: Secret): Promise<Map<string, Outcome>> => {
    const outcomes = new Map<string, Outcome>()
    const left = geminiKeys.values()
    const worker = async (): Promise<void> => {
      for (const { id, key, project } of left) {
        const fault = await tryKey(key)
        const outcome = outcomeOf(fault)
        outcomes.set(key, outcome)
        const level = outcome === 'refused' ? 'error' : 'info'
        log({ level, message: 'A key was tried.', keyId: id, project, outcome, why: fault?.class })
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, worker))
    return outcomes
  }

  /** One key must work, and none that is new may be refused. */
  const test = async (rotation: Rotation): Promise<void> => {
    const { token, versions, current, labels } = rotation
    const pending = await versions.read(token)
    const before = await versions.read(current)
    const old = readDraft(before ?? '')
    const known = new Set(old.ok ? old.secret.geminiKeys.map(({ key }) => key) : [])
    if (pending === undefined || (pending === before && known.size === 0)) {
      // So Secrets Manager tries out the function when the rotation is set up.
      log({ level: 'info', message: 'There is no list to test.' })
      return
    }
    const reading = readSecret(pending)
    if (!reading.ok) return refuse(rotation, `The new list is not usable: ${reading.problems.slice(0, 10).join('; ')}.`)
    const outcomes = await tryAll(reading.secret)
    const refused = reading.secret.geminiKeys.filter(({ key }) => outcomes.get(key) === 'refused')
    const dead = refused.filter(({ key }) => known.has(key)).length
    const counted = withMetrics('request', { [METRICS.poolDead.name]: dead }, clock())
    log({ level: 'info', message: 'The keys were tried.', ...counted })
    if (![...outcomes.values()].includes('works')) await refuse(rotation, 'None of its keys works.')
    const bad = refused.filter(({ key }) => !known.has(key))
    if (bad.length > 0) await refuse(rotation, `Google refuses new keys: ${bad.map(({ id }) => id).join(', ')}.`)
    if (!labels[token]?.includes(TESTED)) await versions.move(TESTED, holderOf(labels, TESTED), token)
  }

  /** Fails if any other version became current since the list was made. */
  const finish = async (rotation: Rotation): Promise<void> => {
    const { token, versions, labels, current, candidate } = rotation
    if (!labels[token]?.includes(TESTED)) throw new Error('The pending list was not tested.')
    const unchanged = candidate
      ? candidate.base === current
      : (await textOf(rotation, token)) === (await textOf(rotation, current))
    if (!unchanged) await refuse(rotation, CHANGED)
    await versions.move('AWSCURRENT', current, token)
    if (candidate) await versions.move(candidate.label, candidate.version)
    log({ level: 'info', message: 'A new list of keys is current.', version: token })
  }

  const STEPS: Record<RotationStep, (rotation: Rotation) => Promise<void>> = {
    createSecret: create,
    // Keys are made at Google, and by the operator: there is nowhere to set them.
    setSecret: async () => {},
    testSecret: test,
    finishSecret: finish,
  }

  return async ({ SecretId, ClientRequestToken: token, Step }) => {
    const versions = versionsOf(SecretId)
    const labels = await versions.labels()
    const current = holderOf(labels, 'AWSCURRENT')
    if (current === token) return
    if (current === undefined || !labels[token]?.includes('AWSPENDING')) {
      throw new Error(`Version ${token} of the secret is not pending.`)
    }
    await STEPS[Step]({ token, versions, labels, current, candidate: candidateFor(labels, token) })
  }
}

const CHANGED = 'The list was changed by somebody else meanwhile.'
