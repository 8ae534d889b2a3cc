// Counting tokens: near enough to Google's to be plausible, and always the same.
// https://ai.google.dev/gemini-api/docs/tokens
import { isObject, type Json, objectOf, objectsOf, textOf } from '../json.ts'

export type Modality = 'TEXT' | 'IMAGE' | 'AUDIO' | 'VIDEO' | 'DOCUMENT'
export type Counts = Partial<Record<Modality, number>>

const WIDE = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]/g
const CHARACTERS_A_TOKEN = 4

/** A token for each four letters, and for each Chinese, Japanese or Korean character. */
export const tokensOf = (text: string): number => {
  const wide = text.match(WIDE)?.length ?? 0
  return wide + Math.ceil((text.length - wide) / CHARACTERS_A_TOKEN)
}

/** The beginning of a text that is at most so many tokens. */
export const firstTokens = (text: string, most: number): string => {
  let kept = ''
  for (const character of text) {
    if (tokensOf(kept + character) > most) return kept
    kept += character
  }
  return kept
}

const MEDIA_TOKENS: Record<Exclude<Modality, 'TEXT'>, number> = { IMAGE: 258, AUDIO: 320, VIDEO: 2630, DOCUMENT: 258 }

export const modalityOf = (mimeType: string): Modality => {
  if (mimeType.startsWith('image/')) return 'IMAGE'
  if (mimeType.startsWith('audio/')) return 'AUDIO'
  if (mimeType.startsWith('video/')) return 'VIDEO'
  return mimeType === 'application/pdf' ? 'DOCUMENT' : 'TEXT'
}

const add = (counts: Counts, modality: Modality, tokens: number): void => {
  counts[modality] = (counts[modality] ?? 0) + tokens
}

const countMedia = (counts: Counts, media: unknown): void => {
  if (!isObject(media)) return
  const modality = modalityOf(textOf(media.mimeType) || 'image/png')
  const text = modality === 'TEXT'
  add(counts, modality, text ? tokensOf(Buffer.from(textOf(media.data), 'base64').toString()) : MEDIA_TOKENS[modality])
}

/** Tokens of a content's parts, by modality. */
export const countContent = (content: Json, counts: Counts = {}): Counts => {
  for (const part of objectsOf(content.parts)) {
    const { inlineData, fileData, thoughtSignature, text, ...rest } = part
    if (typeof text === 'string') add(counts, 'TEXT', tokensOf(text))
    else if (inlineData ?? fileData) countMedia(counts, inlineData ?? fileData)
    else add(counts, 'TEXT', tokensOf(JSON.stringify(rest)))
    for (const item of objectsOf(objectOf(part.functionResponse).parts)) countMedia(counts, item.inlineData)
  }
  return counts
}

/** Tokens of everything a request sends, by modality. */
export const countRequest = (request: Json): Counts => {
  const counts: Counts = { TEXT: 0 }
  for (const content of objectsOf(request.contents)) countContent(content, counts)
  countContent(objectOf(request.systemInstruction), counts)
  if (request.tools !== undefined) add(counts, 'TEXT', tokensOf(JSON.stringify(request.tools)))
  return counts
}

export const totalOf = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** As usage lists them, those without tokens left out. */
export const detailsOf = (counts: Counts): Json[] =>
  Object.entries(counts)
    .filter(([, tokenCount]) => tokenCount > 0)
    .map(([modality, tokenCount]) => ({ modality, tokenCount }))
