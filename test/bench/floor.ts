// The floor: the plainest program that does the work of a Chat Completions stream at all, and nothing else. It splits on
// bytes, decodes UTF-8, parses, builds an object, stringifies it, and writes once for each event. Its text is fixed: every
// limit is a multiple of what it costs, so a faster floor would move all limits.

interface Response {
  candidates?: {
    content?: { parts?: { text?: string; inlineData?: { mimeType: string; data: string } }[] }
    finishReason?: string
  }[]
  usageMetadata?: { promptTokenCount: number; candidatesTokenCount: number; totalTokenCount: number }
}

export type Write = (text: string) => void

/** A conversion under way: bytes in, text out through the `write` it was made with. */
export interface Conversion {
  push(bytes: Buffer): void
  end(): void
}

const ID = 'chatcmpl-8K9RVRUgOkKJuUFlRHfCPUgwIfHPp'
const CREATED = 1795332124
const MODEL = 'gemini-2.5-flash'

const chunk = (delta: object, finishReason: string | null): object => ({
  id: ID,
  object: 'chat.completion.chunk',
  created: CREATED,
  model: MODEL,
  choices: [{ index: 0, delta, finish_reason: finishReason }],
})

export const floor = (write: Write): Conversion => {
  let rest: Buffer[] = []
  let finished = 'stop'
  let usage: Response['usageMetadata']

  const convert = (response: Response): object[] => {
    const chunks: object[] = []
    for (const candidate of response.candidates ?? []) {
      for (const { inlineData, text } of candidate.content?.parts ?? []) {
        if (inlineData) {
          const url = `data:${inlineData.mimeType};base64,${inlineData.data}`
          chunks.push(chunk({ images: [{ type: 'image_url', image_url: { url } }] }, null))
        } else if (typeof text === 'string') {
          chunks.push(chunk({ content: text }, null))
        }
      }
      if (candidate.finishReason) finished = 'stop'
    }
    if (response.usageMetadata) usage = response.usageMetadata
    return chunks
  }

  const push = (bytes: Buffer): void => {
    if (rest.length > 0 && !bytes.includes(10)) {
      rest.push(bytes)
      return
    }
    const all = rest.length > 0 ? Buffer.concat([...rest, bytes]) : bytes
    rest = []
    let position = 0
    for (;;) {
      const lineEnd = all.indexOf(10, position)
      if (lineEnd < 0) break
      const end = lineEnd > position && all[lineEnd - 1] === 13 ? lineEnd - 1 : lineEnd
      if (end > position && all[position] === 100) {
        const start = all[position + 5] === 32 ? position + 6 : position + 5
        const response = JSON.parse(all.toString('utf8', start, end)) as Response
        for (const one of convert(response)) write(`data: ${JSON.stringify(one)}\n\n`)
      }
      position = lineEnd + 1
    }
    if (position < all.length) rest = [all.subarray(position)]
  }

  const end = (): void => {
    const { promptTokenCount = 0, candidatesTokenCount = 0, totalTokenCount = 0 } = usage ?? {}
    const counts = {
      prompt_tokens: promptTokenCount,
      completion_tokens: candidatesTokenCount,
      total_tokens: totalTokenCount,
    }
    write(`data: ${JSON.stringify(chunk({}, finished))}\n\n`)
    write(`data: ${JSON.stringify({ ...chunk({}, null), choices: [], usage: counts })}\n\n`)
    write('data: [DONE]\n\n')
  }

  return { push, end }
}
