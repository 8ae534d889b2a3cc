import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { errorOf, user } from './client.ts'
import { judge, said } from './judge.ts'

const { ask } = judge()

describe('the other methods', () => {
  const post = (path: string, body: Json) => ask('POST', `/v1beta/models/${path}`, body)
  test.each([
    ['tokens of nothing', 'gemini-3.6-flash:countTokens', {}, 'CountTokensRequest.contents: contents is not specified'],
    [
      'tokens of a request without its model',
      'gemini-3.6-flash:countTokens',
      { generateContentRequest: { contents: [said] } },
      'model is required',
    ],
    [
      'an unknown field inside it',
      'gemini-3.6-flash:countTokens',
      { generateContentRequest: { model: 'models/gemini-3.6-flash', contents: [said], top: 1 } },
      `Unknown name "top" at 'generate_content_request'`,
    ],
    ['no texts', 'gemini-embedding-001:batchEmbedContents', { requests: [] }, 'requests is not specified'],
    [
      'a text for no model',
      'gemini-embedding-001:batchEmbedContents',
      { requests: [{ content: said }] },
      'requests[0].model',
    ],
    [
      'a text for another model',
      'gemini-embedding-001:batchEmbedContents',
      { requests: [{ model: 'models/gemini-embedding-2', content: said }] },
      'must be the same',
    ],
    [
      'an empty text',
      'gemini-embedding-001:batchEmbedContents',
      { requests: [{ model: 'models/gemini-embedding-001', content: user('') }] },
      'requests[0].content.parts[0].data: required oneof',
    ],
    [
      'five pictures',
      'imagen-4.0-generate-001:predict',
      { instances: [{ prompt: 'x' }], parameters: { sampleCount: 5 } },
      'sampleCount must be between 1 and 4',
    ],
    ['a picture of nothing', 'imagen-4.0-generate-001:predict', { instances: [{}] }, 'prompt must not be empty'],
    [
      'an unknown wish',
      'imagen-4.0-generate-001:predict',
      { instances: [{ prompt: 'x' }], parameters: { samples: 1 } },
      'Unsupported parameter: samples',
    ],
  ])('refuse %s', async (_, path, body, message) => {
    const answer = await post(path, body)
    expect(answer.status).toBe(400)
    expect(errorOf(answer).message).toContain(message)
  })

  test('a path or a model that nobody knows', async () => {
    expect((await ask('GET', '/v1beta/nothing')).status).toBe(404)
    expect((await ask('POST', '/v1beta/models/gemini-3.6-flash:predict', {})).status).toBe(404)
    expect(errorOf(await ask('GET', '/v1/models/gemini-9')).message).toBe(
      'Model is not found: models/gemini-9 for api version v1',
    )
  })
})
