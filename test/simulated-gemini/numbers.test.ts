import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { candidatesOf, partsOf, textIn, usageIn, user } from './client.ts'
import { conforms, says, speaker } from './speaker.ts'

const { ask, generate } = speaker()

describe("Google's tools", () => {
  test('a search is cited by bytes of the text, whatever stands before', async () => {
    const [candidate] = candidatesOf(
      await generate(says('什么是光合作用?', { tools: [{ googleSearch: {} }, { codeExecution: {} }] })),
    )
    const text = textIn({ candidates: [candidate] })
    const { groundingSupports, webSearchQueries, groundingChunks } = (candidate?.groundingMetadata ?? {}) as Record<
      string,
      Json[]
    >
    expect(webSearchQueries).toHaveLength(1)
    expect(groundingSupports?.length).toBeGreaterThan(1)
    for (const { segment, groundingChunkIndices } of groundingSupports ?? []) {
      const {
        startIndex = 0,
        endIndex,
        text: cited,
      } = segment as { startIndex?: number; endIndex: number; text: string }
      expect(Buffer.from(text).subarray(startIndex, endIndex).toString()).toBe(cited)
      for (const index of groundingChunkIndices as number[]) expect(groundingChunks?.[index]).toBeDefined()
    }
  })

  test('code is run, and pages are read', async () => {
    const parts = partsOf(await generate(says('What is 123456789 * 987654321?', { tools: [{ codeExecution: {} }] })))
    expect(parts[1]).toEqual({ codeExecutionResult: { outcome: 'OUTCOME_OK', output: 'result=121932631112635269\n' } })
    const read = await generate(says('Sum up https://example.com/a please', { tools: [{ urlContext: {} }] }))
    expect(candidatesOf(read)[0]?.urlContextMetadata).toEqual({
      urlMetadata: [{ retrievedUrl: 'https://example.com/a', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' }],
    })
    expect(usageIn(read).toolUsePromptTokenCount).toBeGreaterThan(0)
  })
})

describe('numbers', () => {
  test('countTokens agrees with the usage of the same request', async () => {
    const request = says('How many tokens are these?', { systemInstruction: { parts: [{ text: 'Be brief' }] } })
    const id = 'gemini-3.6-flash'
    const { body } = await ask('POST', `/v1beta/models/${id}:countTokens`, {
      generateContentRequest: { model: `models/${id}`, ...request },
    })
    conforms(body, 'CountTokensResponse')
    expect(body.totalTokens).toBe(usageIn(await generate(request)).promptTokenCount)
  })

  test('a long beginning that was sent before is read from the cache, in the same project alone', async () => {
    const long = 'This is a long document about many things. '.repeat(200)
    const first = await generate(says(`${long} One?`))
    expect(usageIn(first).cachedContentTokenCount).toBeUndefined()
    const second = await generate(says(`${long} Two?`))
    expect(usageIn(second).cachedContentTokenCount).toBeGreaterThan(1024)
    const { body } = await ask('POST', '/v1beta/models/gemini-3.6-flash:generateContent', says(`${long} Three?`), {
      'x-goog-api-key': 'b',
    })
    expect(usageIn(body).cachedContentTokenCount).toBeUndefined()
  })

  test('embeddings are the same for the same text, of length 1 when whole, cut when shorter', async () => {
    const embed = async (text: string, more: Json = {}, id = 'gemini-embedding-001'): Promise<number[]> => {
      const requests = [{ model: `models/${id}`, content: user(text), ...more }]
      const { body } = await ask('POST', `/v1beta/models/${id}:batchEmbedContents`, { requests })
      conforms(body, 'BatchEmbedContentsResponse')
      return (body.embeddings as { values: number[] }[])[0]?.values ?? []
    }
    const whole = await embed('什么是人工智能?')
    expect(whole).toHaveLength(3072)
    expect(Math.hypot(...whole)).toBeCloseTo(1, 5)
    expect(await embed('什么是人工智能?', { outputDimensionality: 768 })).toEqual(whole.slice(0, 768))
    expect(Math.hypot(...(await embed('x', { outputDimensionality: 768 }, 'gemini-embedding-2')))).toBeCloseTo(1, 5)
    const other = await embed('机器学习')
    expect(Math.abs(whole.reduce((dot, value, index) => dot + value * (other[index] ?? 0), 0))).toBeLessThan(0.1)
  })
})
