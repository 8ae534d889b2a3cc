import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { modelOf } from '../../../lib/gemini/models/model.ts'
import { clientName, type FunctionTool, toolsOf, upstreamName } from '../../../lib/gemini/request/tools.ts'
import { faultsOf } from '../contract.ts'

const NEWEST = modelOf('gemini-3.8-flash')
const FLASH_2_5 = modelOf('gemini-2.5-flash')
const A: FunctionTool = { name: 'a', description: '', schema: { type: 'object', properties: { x: { const: 1 } } } }
const B: FunctionTool = { name: 'b', description: null }
const SEARCH = { googleSearch: {} }

describe('names', () => {
  test('Gemini takes every stand-in, and each leads back to the client’s own name', () => {
    const name = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }))
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (names) => {
        const upstream = names.map(upstreamName)
        for (const one of upstream) expect(one).toMatch(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/)
        expect(new Set(upstream).size).toBe(names.length)
        expect(upstream.map((one) => clientName(one, names))).toEqual(names)
      }),
    )
  })

  test('valid names pass as they are; one with a line break is not valid', () => {
    for (const name of ['mcp__server__tool', 'a.b:c-d', '_x', 'x'.repeat(64)]) expect(upstreamName(name)).toBe(name)
    for (const name of ['a\n', '1st', 'x'.repeat(65), 'größe']) expect(upstreamName(name)).not.toBe(name)
  })

  test('Gemini’s own slips are forgiven', () => {
    const declared = ['Read', 'default_api:odd', 'get weather']
    expect(clientName('default_api:Read', declared)).toBe('Read')
    expect(clientName('default_api.read', declared)).toBe('Read')
    expect(clientName('default_api:odd', declared)).toBe('default_api:odd')
    expect(clientName(upstreamName('get weather').toUpperCase(), declared)).toBe('get weather')
    expect(clientName('default_api:unknown', declared)).toBe('unknown')
  })
})

describe('tools', () => {
  test('functions keep their order; one declared twice counts once; none has parameters it didn’t declare', () => {
    const { tools, toolConfig } = toolsOf([B, A, { ...B, description: 'again' }], [], undefined, NEWEST)
    expect(tools).toEqual([
      {
        functionDeclarations: [
          { name: 'b' },
          {
            name: 'a',
            description: '',
            parametersJsonSchema: { type: 'object', properties: { x: { type: 'integer', enum: [1] } } },
          },
        ],
      },
    ])
    expect(toolConfig).toBeUndefined()
  })

  test.each([
    [{ mode: 'auto' as const }, undefined],
    [
      { mode: 'auto' as const, names: ['a'] },
      { mode: 'VALIDATED', allowedFunctionNames: ['a'] },
    ],
    [{ mode: 'none' as const }, { mode: 'NONE' }],
    [{ mode: 'any' as const }, { mode: 'ANY' }],
    [
      { mode: 'any' as const, names: ['b', 'b'] },
      { mode: 'ANY', allowedFunctionNames: ['b'] },
    ],
  ])('choice %j', (choice, expected) => {
    expect(toolsOf([A, B], [], choice, NEWEST).toolConfig?.functionCallingConfig).toEqual(expected)
  })

  test('nothing is said of calling where there are no functions', () => {
    expect(toolsOf([], [], { mode: 'any' }, NEWEST)).toEqual({})
    expect(toolsOf([], ['search', 'search'], { mode: 'any' }, NEWEST)).toEqual({ tools: [SEARCH] })
    expect(toolsOf([], ['search'], { mode: 'none' }, NEWEST)).toEqual({})
  })

  test('a choice that names no function leaves the built-ins alone', () => {
    for (const model of [NEWEST, FLASH_2_5]) {
      expect(toolsOf([A, B], ['search'], { mode: 'any', names: [] }, model)).toEqual({ tools: [SEARCH] })
      expect(toolsOf([A, B], [], { mode: 'auto', names: [] }, model)).toEqual({})
    }
  })

  test('built-ins stand beside functions where the model mixes them, else they give way', () => {
    const { tools, toolConfig } = toolsOf([B], ['search', 'url', 'code'], { mode: 'auto' }, NEWEST)
    expect(tools?.slice(1)).toEqual([SEARCH, { urlContext: {} }, { codeExecution: {} }])
    expect(toolConfig).toEqual({
      functionCallingConfig: { mode: 'VALIDATED' },
      includeServerSideToolInvocations: true,
    })
    expect(toolsOf([B], ['search'], undefined, FLASH_2_5)).toEqual({
      tools: [{ functionDeclarations: [{ name: 'b' }] }],
    })
    expect(toolsOf([], ['search'], undefined, FLASH_2_5)).toEqual({ tools: [SEARCH] })
  })

  test('a model gets only the tools it takes', () => {
    expect(toolsOf([A], ['search', 'code'], { mode: 'any' }, modelOf('gemini-3-pro-image'))).toEqual({
      tools: [SEARCH],
    })
    expect(toolsOf([A], ['search'], { mode: 'any' }, modelOf('gemini-2.5-flash-preview-tts'))).toEqual({})
  })

  test('too many functions, two that can’t be told apart, or a choice of none of them, are the client’s fault', () => {
    const many = Array.from({ length: 513 }, (_, i) => ({ name: `f${i}` }))
    expect(() => toolsOf(many, [], undefined, NEWEST)).toThrow(expect.objectContaining({ param: 'tools' }))
    const twins = [{ name: 'a b' }, { name: upstreamName('a b') }]
    expect(() => toolsOf(twins, [], undefined, NEWEST)).toThrow(expect.objectContaining({ param: 'tools' }))
    expect(() => toolsOf([A], [], { mode: 'any', names: ['z'] }, NEWEST)).toThrow(
      expect.objectContaining({ kind: 'invalid_request', param: 'tool_choice' }),
    )
  })

  test('Google has nothing against the form of any of it', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 4 }),
        fc.subarray(['search', 'code', 'url'] as const),
        fc.constantFrom('auto' as const, 'none' as const, 'any' as const),
        fc.constantFrom(NEWEST, FLASH_2_5),
        (names, builtIns, mode, model) => {
          const functions = names.map((name) => ({ name, schema: { type: 'object' } }))
          expect(faultsOf('GenerateContentRequest', toolsOf(functions, builtIns, { mode, names }, model))).toEqual([])
        },
      ),
    )
  })
})
