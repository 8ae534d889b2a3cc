import { modelOf } from '../models/model.ts'
import type { Content, GenerateContentRequest, Part } from '../wire.ts'

// https://ai.google.dev/gemini-api/docs/thought-signatures

/** What Gemini takes in place of a signature that nobody has any more. */
export const SKIP_SIGNATURE = 'skip_thought_signature_validator'

/** Image models sign with more than a megabyte; such signatures are neither carried nor stored. */
const LONGEST = 32 * 1024

const PREFIX = 'tg1.'
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

export const isCarried = (signature: string | undefined): signature is string =>
  signature !== undefined && signature.length > 0 && signature.length <= LONGEST

/**
 * A signature as it travels in a field that other vendors' signatures travel in too: marked as ours, with its length, so
 * that one cut by a client counts as missing.
 */
export const wrapSignature = (signature: string): string => `${PREFIX}${signature.length.toString(36)}.${signature}`

/** The way back: undefined for a foreign or damaged one. */
export const unwrapSignature = (carried: string | null | undefined): string | undefined => {
  if (!carried?.startsWith(PREFIX)) return undefined
  const dot = carried.indexOf('.', PREFIX.length)
  const signature = carried.slice(dot + 1)
  return dot > 0 && carried.slice(PREFIX.length, dot) === signature.length.toString(36)
    ? plainSignature(signature)
    : undefined
}

/** A signature that came unmarked, as Google's own compatibility layer carries it: undefined if it doesn't decode whole. */
export const plainSignature = (signature: string | null | undefined): string | undefined =>
  signature &&
  isCarried(signature) &&
  (signature === SKIP_SIGNATURE || (signature.length % 4 === 0 && BASE64.test(signature)))
    ? signature
    : undefined

/**
 * The ids of first calls of a step that came without their signature. Gemini checks only those of the current turn; but a
 * call that were signed now and not any more when its turn is over would spoil the prompt cache from there on.
 */
export const unsignedCalls = (request: GenerateContentRequest, model: string): string[] => {
  if (!modelOf(model).signsCalls) return []
  return request.contents.flatMap((content) => {
    const call = unsignedCall(content)
    return call ? [call.functionCall?.id ?? ''] : []
  })
}

const unsignedCall = ({ role, parts }: Content): Part | undefined => {
  const first = role === 'model' ? parts.find((part) => part.functionCall) : undefined
  return first?.thoughtSignature ? undefined : first
}

/** The request with each missing signature filled in: the one `known` has for the call's id, else the skip value. */
export const signCalls = (
  request: GenerateContentRequest,
  model: string,
  known: ReadonlyMap<string, string>,
): GenerateContentRequest => {
  if (!modelOf(model).signsCalls) return request
  const contents = request.contents.map((content) => {
    const call = unsignedCall(content)
    if (!call) return content
    const thoughtSignature = known.get(call.functionCall?.id ?? '') ?? SKIP_SIGNATURE
    return { ...content, parts: content.parts.map((part) => (part === call ? { ...part, thoughtSignature } : part)) }
  })
  return { ...request, contents }
}

/** The request with every signature replaced by the skip value, for the one more try after Gemini called one corrupt. */
export const skipSignatures = (request: GenerateContentRequest): GenerateContentRequest => ({
  ...request,
  contents: request.contents.map((content) => ({
    ...content,
    parts: content.parts.map((part) =>
      part.thoughtSignature
        ? part.functionCall
          ? { ...part, thoughtSignature: SKIP_SIGNATURE }
          : withoutSignature(part)
        : part,
    ),
  })),
})

const withoutSignature = ({ thoughtSignature: _, ...part }: Part): Part => part
