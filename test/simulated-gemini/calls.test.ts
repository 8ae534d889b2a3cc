import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { candidatesOf, model, partsOf, textIn, user } from './client.ts'
import { ajv, says, speaker } from './speaker.ts'

const { generate, stream } = speaker()

describe('function calls', () => {
  const weather = {
    name: 'get_weather',
    parametersJsonSchema: {
      type: 'object',
      properties: {
        city: { type: 'string' },
        unit: { enum: ['C', 'F'] },
        days: { type: 'integer', minimum: 5 },
        tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 2 },
      },
      required: ['city', 'unit', 'days', 'tags'],
      additionalProperties: false,
      $defs: {
        tag: {
          anyOf: [{ type: 'null' }, { type: 'object', properties: { id: { type: 'number' } }, required: ['id'] }],
        },
      },
    },
  }
  const tools = [{ functionDeclarations: [weather, { name: 'get_time' }] }]

  test('carry arguments that their schema allows', async () => {
    const body = await generate(says('What is the weather in Berlin?', { tools }))
    const [{ functionCall, thoughtSignature } = {}] = partsOf(body)
    expect(functionCall).toMatchObject({ name: 'get_weather', id: expect.any(String), args: { city: 'Berlin' } })
    expect(ajv.validate(weather.parametersJsonSchema, functionCall?.args)).toBe(true)
    expect(thoughtSignature).toEqual(expect.any(String))
    expect(candidatesOf(body)[0]).toMatchObject({
      finishReason: 'STOP',
      finishMessage: 'Model generated function call(s).',
    })
  })

  test('are made for each function that is named, and the first alone is signed', async () => {
    const parts = partsOf(await generate(says('Use get_weather and get_time', { tools })))
    expect(
      parts.map(({ functionCall, thoughtSignature }) => [functionCall?.name, thoughtSignature !== undefined]),
    ).toEqual([
      ['get_weather', true],
      ['get_time', false],
    ])
  })

  test('have no id on 2.5', async () => {
    const [part] = partsOf(await generate(says('Use get_time', { tools }), 'gemini-2.5-flash'))
    expect(part?.functionCall).toEqual({ name: 'get_time', args: {} })
  })

  test('follow the mode', async () => {
    const name = async (mode: string, allowedFunctionNames: string[] = []): Promise<string | undefined> => {
      const toolConfig = {
        functionCallingConfig: { mode, ...(allowedFunctionNames.length > 0 && { allowedFunctionNames }) },
      }
      return partsOf(await generate(says('Hello', { tools, toolConfig })))[0]?.functionCall?.name
    }
    expect(await name('AUTO')).toBeUndefined()
    expect(await name('ANY')).toBe('get_weather')
    expect(await name('ANY', ['get_time'])).toBe('get_time')
    expect(await name('NONE')).toBeUndefined()
  })

  test('are answered once their results are there', async () => {
    const first = await generate(says('Use get_time', { tools }))
    const functionResponse = {
      name: 'get_time',
      id: partsOf(first)[0]?.functionCall?.id,
      response: { output: 'half past nine' },
    }
    const contents = [user('Use get_time'), model(...partsOf(first)), user({ functionResponse })]
    expect(textIn(await generate({ contents, tools }))).toContain('half past nine')
  })

  test('in a stream come whole, and an empty text ends it', async () => {
    const events = await stream(says('Use get_time', { tools }))
    expect(events.map((event) => partsOf(event)[0])).toEqual([
      { functionCall: expect.objectContaining({ name: 'get_time' }), thoughtSignature: expect.any(String) },
      { text: '' },
    ])
  })
})

describe('JSON mode', () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer' }, kind: { type: 'string', enum: ['x', 'y'] } },
    required: ['name', 'age', 'kind'],
  }
  test.each([
    ['responseJsonSchema', schema],
    [
      'responseSchema',
      JSON.parse(JSON.stringify(schema).replace(/"(object|string|integer)"/g, (type) => type.toUpperCase())) as Json,
    ],
  ])('fits %s', async (slot, given) => {
    const body = await generate(
      says('Who?', { generationConfig: { responseMimeType: 'application/json', [slot]: given } }),
    )
    expect(ajv.validate(schema, JSON.parse(textIn(body)))).toBe(true)
  })

  test('is JSON without a schema, and one word of a choice', async () => {
    const free = await generate(says('Who?', { generationConfig: { responseMimeType: 'application/json' } }))
    expect(() => JSON.parse(textIn(free)) as unknown).not.toThrow()
    const responseSchema = { type: 'STRING', enum: ['yes', 'no'] }
    const choice = await generate(
      says('Well?', { generationConfig: { responseMimeType: 'text/x.enum', responseSchema } }),
    )
    expect(['yes', 'no']).toContain(textIn(choice))
  })
})
