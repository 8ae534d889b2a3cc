import { describe, expect, test } from '@jest/globals'
import { errorOf, model, user } from './client.ts'
import { call, judge, result, SKIP, said } from './judge.ts'

const { generate, refuses } = judge()

const turns = 'Please ensure that '
describe('a conversation is refused', () => {
  refuses([
    ['without contents', {}, '* GenerateContentRequest.contents: contents is not specified\n'],
    [
      'with an empty content',
      { contents: [{ role: 'user', parts: [] }] },
      '* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n',
    ],
    [
      'with a part of nothing',
      { contents: [user({})] },
      "* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have one initialized field\n",
    ],
    ['with an empty text', { contents: [user('a', '')] }, 'contents[0].parts[1].data: required oneof'],
    [
      'with a role of another language',
      { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] },
      'Please use a valid role: user, model.',
    ],
    [
      'that ends on the model, by newer models',
      { contents: [said, model('Hi')] },
      'Requests ending with a model turn are not supported.',
    ],
    [
      'that ends on the model, by older ones',
      { contents: [said, model('Hi')] },
      `${turns}multiturn requests ends with a user role`,
      'gemini-2.5-flash',
    ],
    [
      'with media of no type',
      { contents: [user({ inlineData: { data: 'AAAA' } })] },
      'inline_data.mime_type: mime_type must not be empty.',
    ],
    [
      'with an image as system instruction',
      { contents: [said], systemInstruction: { parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] } },
      'only text is supported',
    ],
    [
      'with a result without a name',
      { contents: [said, model(call('f', SKIP)), user({ functionResponse: { response: {} } })] },
      'function_response.name: Name cannot be empty.',
    ],
    [
      'with a result without a response',
      { contents: [said, model(call('f', SKIP)), user({ functionResponse: { name: 'f' } })] },
      'function_response.response: response must be',
    ],
    [
      'with a response that is no object',
      { contents: [said, model(call('f', SKIP)), user({ functionResponse: { name: 'f', response: 'x' } })] },
      `Invalid value at 'contents[2].parts[0].function_response.response' (type.googleapis.com/google.protobuf.Struct), "x"`,
    ],
    [
      'with fewer results than calls',
      { contents: [said, model(call('f', SKIP), call('g')), user(result('f'))] },
      `${turns}the number of function response parts is equal`,
    ],
    [
      'with a result without calls',
      { contents: [said, user(result('f'))] },
      `${turns}function response turn comes immediately after`,
    ],
    [
      'with calls without results',
      { contents: [said, model(call('f', SKIP)), user('So?')] },
      `${turns}function response turn comes immediately after`,
    ],
    [
      'with a call at its beginning',
      { contents: [model(call('f', SKIP)), user(result('f'))] },
      `${turns}function call turn comes immediately after a user turn`,
    ],
    [
      'with results of another function',
      { contents: [said, model(call('f', SKIP)), user(result('g'))] },
      'does not match any function call name',
    ],
    [
      'with media in results, by 2.5',
      {
        contents: [
          said,
          model(call('f')),
          user({
            functionResponse: {
              name: 'f',
              response: {},
              parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
            },
          }),
        ],
      },
      'Multimodal function responses are not supported',
      'gemini-2.5-flash',
    ],
    [
      'with a resolution for one part, by 2.5',
      {
        contents: [
          user({
            fileData: { fileUri: 'https://example.com/a.png' },
            mediaResolution: { level: 'MEDIA_RESOLUTION_LOW' },
          }),
        ],
      },
      'media_resolution is not enabled',
      'gemini-2.5-flash',
    ],
  ])

  test("with another's file, or none", async () => {
    const uri = 'https://generativelanguage.googleapis.com/v1beta/files/none'
    expect(errorOf(await generate({ contents: [user({ fileData: { fileUri: uri } })] }))).toMatchObject({
      code: 403,
      status: 'PERMISSION_DENIED',
      message: 'You do not have permission to access the File none or it may not exist.',
    })
  })

  test('but not with a file of elsewhere, which is for Google to fetch', async () => {
    const answer = await generate({
      contents: [user('What is this?', { fileData: { fileUri: 'https://example.com/a.png' } })],
    })
    expect(answer.status).toBe(200)
  })

  test('nor with the empty text that ends a streamed turn', async () => {
    const contents = [said, model('Hi', '', { text: '', thoughtSignature: SKIP }), user('And now?')]
    expect((await generate({ contents })).status).toBe(200)
  })
})
