import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { asker, errorOf, model, partsOf, user } from './client.ts'

let simulated: SimulatedGemini
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  simulated = await startSimulatedGemini()
  ask = asker(simulated)
})
afterAll(() => simulated.close())

const generate = (body: Json, id = 'gemini-3.6-flash') => ask('POST', `/v1beta/models/${id}:generateContent`, body)
const said = user('Hello')
const declared = (...names: string[]): Json => ({ functionDeclarations: names.map((name) => ({ name })) })
const call = (name: string, signature?: string): Json => ({
  functionCall: { name, args: {} },
  ...(signature !== undefined && { thoughtSignature: signature }),
})
const result = (name: string): Json => ({ functionResponse: { name, response: { output: 1 } } })
const SKIP = 'skip_thought_signature_validator'

describe('names, types and choices', () => {
  const unknown = (name: string, at: string): string =>
    `Invalid JSON payload received. Unknown name "${name}" at '${at}': Cannot find field.`

  test('an unknown field is named with its place, and each has a line and a violation', async () => {
    const answer = await generate({
      contents: [{ role: 'user', parts: [{ text: 'x', kind: 1 }] }],
      tools: [
        { googleSearch: {} },
        {
          functionDeclarations: [
            { name: 'a' },
            { name: 'b', parameters: { type: 'OBJECT', additionalProperties: false } },
          ],
        },
      ],
      generation: {},
    })
    const at = 'tools[1].function_declarations[1].parameters'
    const lines = [
      unknown('kind', 'contents[0].parts[0]'),
      unknown('additionalProperties', at),
      'Invalid JSON payload received. Unknown name "generation": Cannot find field.',
    ]
    expect(errorOf(answer)).toEqual({
      code: 400,
      message: lines.join('\n'),
      status: 'INVALID_ARGUMENT',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [
            { field: 'contents[0].parts[0]', description: lines[0] },
            { field: at, description: lines[1] },
            { description: lines[2] },
          ],
        },
      ],
    })
  })

  test('a place inside properties counts them', async () => {
    const properties = { a: { type: 'STRING' }, b: { type: 'OBJECT', properties: { c: { const: 1 } } } }
    const tools = [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', properties } }] }]
    const { message } = errorOf(await generate({ contents: [said], tools }))
    expect(message).toBe(
      unknown('const', 'tools[0].function_declarations[0].parameters.properties[1].value.properties[0].value'),
    )
  })

  test.each([
    [
      'a list for one value',
      { generationConfig: { temperature: [1] } },
      `Unknown name "temperature" at 'generation_config': Proto field is not repeating, cannot start list.`,
    ],
    [
      'an object for a text',
      { contents: [{ parts: [{ text: {} }] }] },
      `Unknown name "text" at 'contents[0].parts[0]'`,
    ],
    [
      'a text for a number',
      { generationConfig: { topK: 'many' } },
      `Invalid value at 'generation_config.top_k' (TYPE_INT32), "many"`,
    ],
    [
      'a fraction for a whole number',
      { generationConfig: { topK: 1.5 } },
      `Invalid value at 'generation_config.top_k' (TYPE_INT32), 1.5`,
    ],
    [
      'a number for a text',
      { contents: [user({ text: 1 })] },
      `Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 1`,
    ],
    [
      'a text for a message',
      { contents: ['hi'] },
      `Invalid value at 'contents[0]' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), "hi"`,
    ],
    [
      'an unknown choice',
      { toolConfig: { functionCallingConfig: { mode: 'SOMETIMES' } } },
      `Invalid value at 'tool_config.function_calling_config.mode' (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode), "SOMETIMES"`,
    ],
    [
      'bytes that are no base64',
      { contents: [user({ inlineData: { mimeType: 'image/png', data: 'no!' } })] },
      `Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed for "no!"`,
    ],
    [
      'two kinds of data in a part',
      { contents: [user({ text: 'x', inlineData: { mimeType: 'image/png', data: 'AAAA' } })] },
      `Invalid value at 'contents[0].parts[0]' (oneof), oneof field 'data' is already set. Cannot set 'inlineData'`,
    ],
  ])('%s', async (_, body, message) => {
    const { code, message: told } = errorOf(await generate(body))
    expect(code).toBe(400)
    expect(told).toContain(message)
  })

  test('what recordings show to be taken is taken', async () => {
    const answer = await generate({
      contents: { role: 'user', parts: { text: 'x' } },
      system_instruction: { parts: { text: 'short' } },
      tools: {
        function_declarations: {
          name: 'f',
          description: null,
          parameters: { type: 'object', properties: { a: { type: 'string' } } },
        },
      },
      toolConfig: { function_calling_config: { mode: 'none' } },
      generation_config: { thinkingConfig: { thinking_level: 'low' }, topK: '3' },
    })
    expect(answer.status).toBe(200)
  })

  test('a body that is no JSON, or no object', async () => {
    const { message } = errorOf(await ask('POST', '/v1beta/models/gemini-3.6-flash:generateContent', '{"contents": ['))
    expect(message).toMatch(/^Invalid JSON payload received\. /)
    const list = errorOf(await ask('POST', '/v1beta/models/gemini-3.6-flash:generateContent', '[]'))
    expect(list.message).toBe('Invalid JSON payload received. Unknown name "": Root element must be a message.')
  })
})

type Refusal = readonly [what: string, body: Json, message: string, model?: string]

const refuses = (rows: readonly Refusal[]): void => {
  const whole = rows.map(([what, body, message, id = 'gemini-3.6-flash']) => [what, body, message, id] as const)
  test.each(whole)('%s', async (_, body, message, id) => {
    const answer = await generate(body, id)
    expect(answer.status).toBe(400)
    expect(errorOf(answer).message).toContain(message)
  })
}

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

const tool = (declaration: Json): Json => ({
  contents: [said],
  tools: [{ functionDeclarations: [{ name: 'f', ...declaration }] }],
})
describe('tools are refused', () => {
  refuses([
    [
      'with a bad name',
      { contents: [said], tools: [declared('get weather')] },
      'tools[0].function_declarations[0].name: Invalid function name.',
    ],
    [
      'with a name that is too long',
      { contents: [said], tools: [declared('f'.repeat(129))] },
      'with a maximum length of 128.',
    ],
    [
      'that are declared twice',
      { contents: [said], tools: [declared('f'), declared('f')] },
      'Duplicate function declaration found: f',
    ],
    [
      'with both slots',
      tool({ parameters: { type: 'OBJECT' }, parametersJsonSchema: { type: 'object' } }),
      'only one of parameters and parameters_json_schema can be set.',
    ],
    [
      'with a keyword outside JSON Schema’s subset',
      tool({ parametersJsonSchema: { type: 'object', properties: { a: { type: 'object', patternProperties: {} } } } }),
      'unsupported keyword "patternProperties"',
    ],
    [
      'with words beside $ref',
      tool({ parametersJsonSchema: { type: 'object', properties: { a: { $ref: '#/$defs/x', description: 'y' } } } }),
      'cannot be set beside "$ref"',
    ],
    [
      'with a list of no items',
      tool({ parameters: { type: 'OBJECT', properties: { a: { type: 'ARRAY' } } } }),
      'properties[a].items: missing field.',
    ],
    [
      'that need what they do not have',
      tool({ parameters: { type: 'OBJECT', required: ['a'] } }),
      'parameters.required[0]: property is not defined',
    ],
    [
      'with numbers to choose from',
      tool({ parameters: { type: 'OBJECT', properties: { a: { type: 'INTEGER', enum: ['1'] } } } }),
      'enum: only allowed for STRING type',
    ],
    [
      'with a config and no functions',
      { contents: [said], tools: [{ googleSearch: {} }], toolConfig: { functionCallingConfig: { mode: 'AUTO' } } },
      'Function calling config is set without function_declarations.',
    ],
    [
      'with allowed names in mode AUTO',
      {
        contents: [said],
        tools: [declared('f')],
        toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } },
      },
      'when the function calling mode is ANY or VALIDATED',
    ],
    [
      'with an allowed name of no function',
      {
        contents: [said],
        tools: [declared('f')],
        toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['g'] } },
      },
      '"g" is not among',
    ],
    [
      'with search, by 2.5',
      { contents: [said], tools: [declared('f'), { googleSearch: {} }] },
      'cannot be combined',
      'gemini-2.5-pro',
    ],
    [
      'with search and no word of it',
      { contents: [said], tools: [declared('f'), { googleSearch: {} }] },
      'Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling.',
    ],
    [
      'in JSON mode, by 2.5',
      { contents: [said], tools: [declared('f')], generationConfig: { responseMimeType: 'application/json' } },
      "Function calling with a response mime type: 'application/json' is unsupported",
      'gemini-2.5-flash',
    ],
    [
      'that call functions, by a painter',
      { contents: [said], tools: [declared('f')] },
      'Function calling is not enabled',
      'gemini-3-pro-image',
    ],
    [
      'that run code, by a painter',
      { contents: [said], tools: [{ codeExecution: {} }] },
      'Tool code_execution is not enabled',
      'gemini-3-pro-image',
    ],
    [
      'that use a computer, by those that can not',
      { contents: [said], tools: [{ computerUse: {} }] },
      'Computer Use is not enabled for models/gemini-2.5-flash',
      'gemini-2.5-flash',
    ],
  ])

  test('a schema may have properties named like keywords of JavaScript', async () => {
    const properties = JSON.parse('{"__proto__": {"type": "string"}, "constructor": {"type": "string"}}') as Json
    expect((await generate(tool({ parameters: { type: 'OBJECT', properties } }))).status).toBe(200)
    expect((await generate(tool({ parametersJsonSchema: { type: 'object', properties } }))).status).toBe(200)
  })
})

const config = (generationConfig: Json): Json => ({ contents: [said], generationConfig })
const thinking = (thinkingConfig: Json): Json => config({ thinkingConfig })
describe('settings are refused', () => {
  refuses([
    [
      'level and budget',
      thinking({ thinkingLevel: 'LOW', thinkingBudget: 100 }),
      'You can only set only one of thinking budget and thinking level.',
    ],
    [
      'a level on 2.5',
      thinking({ thinkingLevel: 'LOW' }),
      'Thinking level is not supported for this model.',
      'gemini-2.5-flash',
    ],
    [
      'a level the model does not have',
      thinking({ thinkingLevel: 'MINIMAL' }),
      'Thinking level MINIMAL is not supported',
      'gemini-3.7-flash',
    ],
    ['a medium level on 3 Pro', thinking({ thinkingLevel: 'MEDIUM' }), 'Thinking level MEDIUM', 'gemini-3-pro-preview'],
    [
      'a budget that is too large',
      thinking({ thinkingBudget: 30_000 }),
      'Please choose a value between 1 and 24576.',
      'gemini-2.5-flash',
    ],
    ['a budget that is too small', thinking({ thinkingBudget: 100 }), 'between 512 and 24576', 'gemini-2.5-flash-lite'],
    [
      'no thinking on 2.5 Pro',
      thinking({ thinkingBudget: 0 }),
      'Budget 0 is invalid. This model only works in thinking mode.',
      'gemini-2.5-pro',
    ],
    ['thinking on 2.0', thinking({ thinkingBudget: 100 }), 'Thinking is not enabled', 'gemini-2.0-flash'],
    ['penalties', config({ presencePenalty: 0.5 }), 'Penalty is not enabled for models/gemini-3.6-flash'],
    [
      'two candidates on 3',
      config({ candidateCount: 2 }),
      'Multiple candidates is not enabled for models/gemini-3.6-flash',
    ],
    ['nine candidates', config({ candidateCount: 9 }), 'candidate_count must be in the range', 'gemini-2.5-flash'],
    [
      'six stop sequences',
      config({ stopSequences: ['1', '2', '3', '4', '5', '6'] }),
      'the number of stop sequences must not exceed 5.',
    ],
    [
      'a system instruction, by a voice',
      { ...config({ responseModalities: ['AUDIO'] }), systemInstruction: said },
      'Developer instruction is not enabled',
      'gemini-2.5-flash-preview-tts',
    ],
    [
      'a temperature over 2',
      config({ temperature: 2.1 }),
      'generation_config.temperature: temperature must be in the range [0.0, 2.0].',
    ],
    ['no output', config({ maxOutputTokens: 0 }), 'max_output_tokens must be positive.'],
    ['more output than there is', config({ maxOutputTokens: 65_537 }), 'max_output_tokens must be at most 65536'],
    [
      'a format that is none',
      config({ responseMimeType: 'audio/ogg' }),
      'allowed mimetypes are `text/plain`, `application/json`,',
    ],
    [
      'both schemas',
      config({ responseMimeType: 'application/json', responseSchema: { type: 'OBJECT' }, responseJsonSchema: {} }),
      'only one of response_schema and response_json_schema',
    ],
    [
      'a schema without JSON mode',
      config({ responseSchema: { type: 'OBJECT' } }),
      'a response schema needs a compatible response_mime_type',
    ],
    [
      'images from a text model',
      config({ responseModalities: ['TEXT', 'IMAGE'] }),
      'The requested combination of response modalities (TEXT, IMAGE) is not supported by the model. models/gemini-3.6-flash accepts',
    ],
    [
      'text from a voice',
      config({}),
      'accepts the following combination of response modalities:\n* AUDIO\n',
      'gemini-2.5-flash-preview-tts',
    ],
    ['a shape from a text model', config({ imageConfig: { aspectRatio: '1:1' } }), 'Image config is not supported'],
    [
      'a shape that is none',
      config({ imageConfig: { aspectRatio: '7:5' } }),
      'aspect_ratio must be one of',
      'gemini-2.5-flash-image',
    ],
    [
      'alternatives without probabilities',
      config({ logprobs: 2 }),
      'logprobs can only be set when response_logprobs is true.',
      'gemini-2.5-flash',
    ],
  ])
})

describe('thought signatures', () => {
  const tools = [declared('get_time')]
  const first = async (text = 'Call get_time'): Promise<Json> => {
    const { body } = await generate({ contents: [user(text)], tools })
    return { role: 'model', parts: partsOf(body) }
  }
  const strip = (content: Json): Json => ({
    ...content,
    parts: (content.parts as Json[]).map(({ thoughtSignature: _, ...part }) => part),
  })
  const start = user('Call get_time')

  test('what was given out is known again', async () => {
    const contents = [start, await first(), user(result('get_time'))]
    expect((await generate({ contents, tools })).status).toBe(200)
  })

  test('a first call of the current turn without one is refused, in the words of the recording', async () => {
    const contents = [start, strip(await first()), user(result('get_time'))]
    const { message } = errorOf(await generate({ contents, tools }))
    expect(message).toBe(
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call `default_api:get_time` , position 2. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.',
    )
  })

  test('every step of the turn is looked at', async () => {
    const step = await first()
    const contents = [start, step, user(result('get_time')), strip(step), user(result('get_time'))]
    expect(errorOf(await generate({ contents, tools })).message).toContain('position 4')
  })

  test('an earlier turn may lack it, and so may 2.5', async () => {
    const bare = strip(await first())
    const earlier = [start, bare, user(result('get_time')), model('Noon.'), user('Thanks')]
    expect((await generate({ contents: earlier, tools })).status).toBe(200)
    const contents = [start, bare, user(result('get_time'))]
    expect((await generate({ contents, tools }, 'gemini-2.5-flash')).status).toBe(200)
  })

  test('only the first of parallel calls needs it', async () => {
    const contents = [
      start,
      model(call('get_time', SKIP), call('get_time')),
      user(result('get_time'), result('get_time')),
    ]
    expect((await generate({ contents, tools })).status).toBe(200)
  })

  test.each([SKIP, 'context_engineering_is_the_way_to_go'])('%s stands for one', async (skip) => {
    const contents = [start, model(call('get_time', skip)), user(result('get_time'))]
    expect((await generate({ contents, tools })).status).toBe(200)
  })

  test('one that was never given out is corrupted', async () => {
    const [part] = (await first()).parts as { thoughtSignature: string }[]
    const altered = Buffer.from(part?.thoughtSignature ?? '', 'base64')
    altered[20] = (altered[20] ?? 0) ^ 1
    for (const signature of ['AAAA', altered.toString('base64')]) {
      const contents = [start, model(call('get_time', signature)), user(result('get_time'))]
      expect(errorOf(await generate({ contents, tools })).message).toBe('Corrupted thought signature.')
    }
  })

  test('where projects keep theirs, another project’s is corrupted', async () => {
    const strict = await startSimulatedGemini({ signatures: 'in their project', projects: { a: 'p', b: 'q', c: 'p' } })
    const path = '/v1beta/models/gemini-3.6-flash:generateContent'
    const { body } = await asker(strict)('POST', path, { contents: [start], tools })
    const contents = [start, { role: 'model', parts: partsOf(body) }, user(result('get_time'))]
    const other = await asker(strict)('POST', path, { contents, tools }, { 'x-goog-api-key': 'b' })
    const same = await asker(strict)('POST', path, { contents, tools }, { 'x-goog-api-key': 'c' })
    await strict.close()
    expect([errorOf(other).message, same.status]).toEqual(['Corrupted thought signature.', 200])
  })
})

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
