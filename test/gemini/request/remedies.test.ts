import { expect, test } from '@jest/globals'
import { remedyRequest } from '../../../lib/gemini/request/remedies.ts'
import type { FunctionDeclaration } from '../../../lib/gemini/wire.ts'

/** The declarations as they are tried after Gemini has complained of a schema. */
const flattened = (functionDeclarations: FunctionDeclaration[]): FunctionDeclaration[] | undefined =>
  remedyRequest({ contents: [], tools: [{ functionDeclarations }] }, 'schema').tools?.[0]?.functionDeclarations

test('a function without parameters has none in the older form, which wants properties', () => {
  expect(
    flattened([
      { name: 'now', parametersJsonSchema: { type: 'object', properties: {} } },
      { name: 'any', description: 'Anything', parametersJsonSchema: { type: 'object' } },
      { name: 'one', parametersJsonSchema: { type: 'object', properties: { a: { type: 'string' } } } },
    ]),
  ).toEqual([
    { name: 'now' },
    { name: 'any', description: 'Anything' },
    { name: 'one', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } },
  ])
})
