// One call to Google with a key, from the machine of whoever types the command. It names no model and costs nothing.

export interface Trial {
  outcome: 'works' | 'refused' | 'unclear'
  /** Google's own word, or what kept us from asking. */
  why: string
}

/** Milliseconds. */
const PATIENCE = 10_000

interface GoogleError {
  error?: { status?: unknown; details?: { reason?: unknown }[] }
}

/** Google's reason in one word: no free text, which has held keys. */
const reasonOf = (body: unknown, status: number): string => {
  const error = (Array.isArray(body) ? (body as GoogleError[])[0] : (body as GoogleError | undefined))?.error
  const reason = error?.details?.find((detail) => typeof detail.reason === 'string')?.reason ?? error?.status
  return typeof reason === 'string' && /^[A-Z_]+$/.test(reason) ? reason : `HTTP ${status}`
}

export const tryKey = async (origin: string, key: string): Promise<Trial> => {
  try {
    const response = await fetch(`${origin}/v1beta/models?pageSize=1`, {
      headers: { 'x-goog-api-key': key },
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    })
    const body: unknown = await response.json().catch(() => undefined)
    if (response.ok) return { outcome: 'works', why: '' }
    const why = reasonOf(body, response.status)
    // Its quota is used up: Google knows the key.
    if (response.status === 429) return { outcome: 'works', why }
    const refused = why === 'API_KEY_INVALID' || [401, 402, 403].includes(response.status)
    return { outcome: refused ? 'refused' : 'unclear', why }
  } catch {
    return { outcome: 'unclear', why: 'Google could not be reached from here' }
  }
}
