/** Why a turn ended, in the only terms the client protocols can tell apart. Failures are errors, not outcomes. */
export type Outcome = 'stop' | 'calls' | 'length' | 'filtered'

/** `words` ends normally if there is text and is a failure without. */
type Reading = Exclude<Outcome, 'calls'> | 'words' | 'failed'

// https://ai.google.dev/api/generate-content#FinishReason, and two that only replies have shown
const READINGS: Record<string, Reading> = {
  STOP: 'stop',
  FINISH_REASON_UNSPECIFIED: 'stop',
  MAX_TOKENS: 'length',
  // A model's own limit for one request; only a request of Gemini's own form can go on from there.
  CONTINUATION: 'length',
  SAFETY: 'filtered',
  RECITATION: 'filtered',
  BLOCKLIST: 'filtered',
  PROHIBITED_CONTENT: 'filtered',
  SPII: 'filtered',
  ESCALATION: 'filtered',
  IMAGE_SAFETY: 'filtered',
  IMAGE_PROHIBITED_CONTENT: 'filtered',
  IMAGE_RECITATION: 'filtered',
  LANGUAGE: 'words',
  OTHER: 'words',
  NO_IMAGE: 'words',
  IMAGE_OTHER: 'words',
  MALFORMED_FUNCTION_CALL: 'failed',
  UNEXPECTED_TOOL_CALL: 'failed',
  TOO_MANY_TOOL_CALLS: 'failed',
  MALFORMED_RESPONSE: 'failed',
  MISSING_THOUGHT_SIGNATURE: 'failed',
}

export interface Produced {
  /** Gemini says STOP even when it stopped to call a tool. */
  called: boolean
  /** Text or media reached the client. */
  spoke: boolean
}

/** The outcome of a candidate; undefined where the turn failed. A reason nobody knows yet ends normally if it left text. */
export const outcomeOf = (reason: string, { called, spoke }: Produced): Outcome | undefined => {
  const reading = Object.hasOwn(READINGS, reason) ? READINGS[reason] : 'words'
  switch (reading) {
    case 'stop':
      return called ? 'calls' : 'stop'
    case 'words':
      return called ? 'calls' : spoke ? 'stop' : undefined
    case 'failed':
    case undefined:
      return undefined
    case 'length':
    case 'filtered':
      return reading
  }
}
