// One change of the list in the secret, though others change it at the same time.
import type { Secret } from '../../lib/contract/secret.ts'
import type { KeyStore, Outcome } from './key-store.ts'

/** A change of the list, and how one sees that it is in it. */
export interface Edit {
  apply(list: Secret): Secret
  isIn(list: Secret): boolean
}

export const SAID: Record<Exclude<Outcome, 'current'>, string> = {
  refused: 'The new list does not work, so the old one stays. The log of the rotation function says which key and why.',
  changed: 'Somebody else is changing the list of keys; nothing was changed. Try again.',
  busy: 'Another change of the list is under way; nothing was changed. Try again in a minute.',
  slow: 'The new list is still being tried. npm run keys -- list shows what counts.',
}

const ATTEMPTS = 30
/** Milliseconds, by and large. */
const PAUSE = 1000

/**
 * Applies an edit to whatever list is current, again if somebody else was faster. Others may also have been so fast
 * afterwards that nothing but the list tells that ours counted. Throws where nothing came of it, or `apply` does.
 */
export const changeList = async (
  store: KeyStore,
  { apply, isIn }: Edit,
  note: (text: string) => void,
  pause = PAUSE,
): Promise<'current' | 'slow'> => {
  let outcome: Outcome = 'busy'
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { version, list } = await store.read()
    if (outcome === 'changed' && isIn(list)) return 'current'
    const next = apply(list)
    if (attempt === 0) note('The keys of the new list are being tried …')
    outcome = await store.replace(version, next)
    if (outcome === 'current' || outcome === 'slow') return outcome
    if (outcome === 'refused') break
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())))
  }
  throw new Error(SAID[outcome])
}
