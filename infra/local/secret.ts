import { createHash } from 'node:crypto'

export interface GeminiKey {
  key: string
  project: string
}

/** The one secret's text, as an operator would put it there: Gemini keys as they are, client keys hashed. */
export const secretText = (geminiKeys: readonly GeminiKey[], clientKeys: readonly string[]): string =>
  JSON.stringify({
    geminiKeys: geminiKeys.map(({ key, project }, index) => ({ id: `gemini-${index + 1}`, key, project })),
    clientKeys: clientKeys.map((key, index) => ({
      id: `key-${index + 1}`,
      client: `client-${index + 1}`,
      sha256: createHash('sha256').update(key).digest('hex'),
    })),
  })
