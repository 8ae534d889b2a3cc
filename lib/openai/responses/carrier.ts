import { isCarried, unwrapSignature, wrapSignature } from '../../gemini/request/signatures.ts'

/**
 * What a reasoning item's `encrypted_content` holds: one signature, and what it belongs to. Clients keep these items, but
 * some move them, so a call is named by its id; everything else is the item just before the reasoning item.
 */
export interface Carried {
  signature: string
  callId?: string
}

const SEPARATOR = ':'

/** Undefined for a signature that is too long to travel. */
export const carry = ({ signature, callId = '' }: Carried): string | undefined =>
  isCarried(signature) ? `${callId}${SEPARATOR}${wrapSignature(signature)}` : undefined

/** The way back: undefined for what isn't ours or didn't arrive whole. */
export const carried = (encryptedContent: string | null | undefined): Carried | undefined => {
  if (!encryptedContent) return undefined
  const end = encryptedContent.indexOf(SEPARATOR)
  const signature = end < 0 ? undefined : unwrapSignature(encryptedContent.slice(end + 1))
  return signature === undefined ? undefined : { signature, ...(end > 0 && { callId: encryptedContent.slice(0, end) }) }
}
