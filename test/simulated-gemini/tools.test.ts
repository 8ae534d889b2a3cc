import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { declared, judge, said } from './judge.ts'

const { generate, refuses } = judge()

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
