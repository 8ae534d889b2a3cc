import type { Content } from './wire.ts'

// The ids of calls are the one thing that every client sends back, so they carry what ties a turn to the one before it.

const CALL_ID = /^call_([a-z0-9]{3})[a-z0-9]{21}$/

/** `call_`, the tag of the project that serves the turn, and 21 characters of chance. `newId` gives 24 of `[a-z0-9]`. */
export const newCallId = (tag: string, newId: () => string): string => `call_${tag}${newId().slice(tag.length)}`

/** The tag in the latest call of a conversation: undefined where it has none, or none of ours. */
export const latestTag = (contents: readonly Content[]): string | undefined => {
  const turn = contents.findLast(({ parts }) => parts.some(({ functionCall }) => functionCall))
  const call = turn?.parts.findLast(({ functionCall }) => functionCall)
  return CALL_ID.exec(call?.functionCall?.id ?? '')?.[1]
}
