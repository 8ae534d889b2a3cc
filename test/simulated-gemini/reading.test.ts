import { describe, expect, test } from '@jest/globals'
import { errorOf, user } from './client.ts'
import { judge, said } from './judge.ts'

const { ask, generate } = judge()

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
