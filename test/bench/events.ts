// What Gemini sends: server-sent events as the live API writes them, blank after colons, CR LF twice at the end.

const WORDS =
  'the quick brown fox jumps over a lazy dog while seven wizards box "quoted" lines\n and naïve café '.split(/(?<= )/)

/** Prose of so many UTF-16 units, the same for the same seed; about one in sixty needs an escape, one in fifty is not ASCII. */
const prose = (length: number, seed: number): string => {
  let text = ''
  for (let next = seed; text.length < length; next = (next * 1103515245 + 12345) >>> 8)
    text += WORDS[next % WORDS.length]
  return text.slice(0, length)
}

const event = (part: string, tokens: number, last: boolean): Buffer =>
  Buffer.from(
    `data: {"candidates": [{"content": {"parts": [${part}],"role": "model"}${last ? ',"finishReason": "STOP"' : ''},"index": 0}],` +
      `"usageMetadata": {"promptTokenCount": 12,"candidatesTokenCount": ${tokens},"totalTokenCount": ${12 + tokens},` +
      `"promptTokensDetails": [{"modality": "TEXT","tokenCount": 12}]},"modelVersion": "gemini-2.5-flash",` +
      `"responseId": "bQ2raJ-3Nf6a1PIP0uWWyAs"}\r\n\r\n`,
  )

/** A streamed answer of `count` events with so many characters each. */
export const textEvents = (count: number, length: number): Buffer[] =>
  Array.from({ length: count }, (_, number) =>
    event(`{"text": ${JSON.stringify(prose(length, number))}}`, number + 1, number === count - 1),
  )

/** A streamed answer that holds one image of so many megabytes of base64, and a word after it. */
export const imageEvents = (size: number): Buffer[] => {
  const bytes = Buffer.alloc(size * 3 * 2 ** 18)
  for (let index = 0, state = 0x9e3779b9; index < bytes.length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state
  }
  return [
    event(`{"inlineData": {"mimeType": "image/png","data": "${bytes.toString('base64')}"}}`, 1290, false),
    event('{"text": "done"}', 1291, true),
  ]
}
