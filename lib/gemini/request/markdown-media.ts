import { base64Of } from '../base64.ts'
import type { Part } from '../wire.ts'

/** What stands around the base64 of media that are written as text: a Markdown picture, which every chat window shows. */
export const mediaFrame = (mimeType: string): { head: string; tail: string } => ({
  head: `${mimeType.startsWith('image/') ? '![image]' : '[media]'}(data:${mimeType};base64,`,
  tail: ')',
})

const FRAME = /!?\[(?:image|media)\]\(data:([\w.+-]+\/[\w.+-]+);base64,/g

/** What the model wrote earlier. Media that we gave as Markdown become media again; what only looks like it stays text. */
export const writtenParts = (text: string): Part[] => {
  const parts: Part[] = []
  let told = 0
  let end = 0
  for (const { index, 0: head, 1: mimeType = '' } of text.matchAll(FRAME)) {
    const begin = index + head.length
    if (end < begin) end = text.indexOf(')', begin)
    if (end < 0) break
    const data = base64Of(text.slice(begin, end))
    if (!data) continue
    parts.push(...textParts(text.slice(told, index)), { inlineData: { mimeType, data } })
    told = end + 1
  }
  return [...parts, ...textParts(text.slice(told))]
}

/** Gemini refuses empty text. */
export const textParts = (text: string): Part[] => (text === '' ? [] : [{ text }])
