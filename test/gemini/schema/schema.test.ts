import { describe, expect, test } from '@jest/globals'
import Ajv from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { cleanParameters, cleanSchema, flattenSchema } from '../../../lib/gemini/schema/index.ts'
import type { Json } from '../../../lib/gemini/wire.ts'
import { faultsOf, vendorFile } from '../contract.ts'
import { CORPUS } from '../schemas.ts'

/** Google's own list, out of the API reference where it is at hand. */
const keywordsByGoogle = (): string[] => {
  const document = vendorFile('spec/discovery-v1beta.rev20260327.json')
  if (!document) return []
  const { schemas } = JSON.parse(document) as {
    schemas: { GenerationConfig: { properties: Record<string, { description: string }> } }
  }
  const text = schemas.GenerationConfig.properties['_responseJsonSchema']?.description ?? ''
  return [...text.matchAll(/`([$\w]+)`/g)].map(([, keyword = '']) => keyword)
}
const KNOWN = keywordsByGoogle()

/** Every schema in a cleaned one, the whole included. */
const schemasIn = (schema: unknown): Json[] => {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {}, $defs = {}, anyOf = [], prefixItems = [], items, additionalProperties } = schema as Json
  const inner = [
    ...Object.values(properties as Json),
    ...Object.values($defs as Json),
    ...(anyOf as unknown[]),
    ...(prefixItems as unknown[]),
    items,
    additionalProperties,
  ]
  return [schema as Json, ...inner.flatMap(schemasIn)]
}

const expectClean = (cleaned: Json): void => {
  for (const schema of schemasIn(cleaned)) {
    if (KNOWN.length > 0) expect(KNOWN).toEqual(expect.arrayContaining(Object.keys(schema)))
    if ('$ref' in schema) expect(Object.keys(schema).every((keyword) => keyword.startsWith('$'))).toBe(true)
    if ('enum' in schema) {
      const values = schema['enum'] as unknown[]
      expect(values.length).toBeGreaterThan(0)
      expect(new Set(values.map((value) => typeof value)).size).toBe(1)
      expect(['string', 'number']).toContain(typeof values[0])
    }
    const names = Object.keys((schema['properties'] as Json | undefined) ?? {})
    expect(names).toEqual(expect.arrayContaining((schema['required'] as string[] | undefined) ?? []))
  }
}

const validator = (schema: unknown): ((instance: unknown) => boolean) => {
  const validate = new Ajv.default({ strict: false, validateFormats: false, validateSchema: false }).compile(
    schema as Json,
  )
  return (instance) => validate(instance)
}

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

describe('schemas of real tools', () => {
  for (const { name, schema, instances } of CORPUS) {
    test(`${name}: what was valid stays valid, and Google knows every keyword`, () => {
      const cleaned = cleanSchema(frozen(schema))
      expectClean(cleaned)
      const before = validator(schema)
      const after = validator(cleaned)
      for (const instance of instances) {
        expect([instance, before(instance)]).toEqual([instance, true])
        expect([instance, after(instance)]).toEqual([instance, true])
      }
      expect(cleanSchema(cleaned)).toEqual(cleaned)
      expect(faultsOf('Schema', flattenSchema(schema))).toEqual([])
    })
  }
})

const word = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'type', '$ref', 'properties')
const { schema: anySchema } = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(true, false, {}, null, 7, 'x', { type: 'string' }, { type: ['integer', 'null'] }),
    fc.record(
      {
        type: fc.constantFrom<unknown>(
          'object',
          'array',
          'string',
          'number',
          'integer',
          'STRING',
          ['string', 'null'],
          [],
          3,
        ),
        properties: fc.dictionary(word, tie('schema'), { maxKeys: 3 }),
        required: fc.array(word, { maxLength: 3 }),
        items: fc.oneof(tie('schema'), fc.array(tie('schema'), { maxLength: 2 })),
        prefixItems: fc.array(tie('schema'), { maxLength: 2 }),
        additionalProperties: tie('schema'),
        patternProperties: fc.dictionary(word, tie('schema'), { maxKeys: 2 }),
        anyOf: fc.array(tie('schema'), { maxLength: 3 }),
        oneOf: fc.array(tie('schema'), { maxLength: 3 }),
        allOf: fc.array(tie('schema'), { maxLength: 3 }),
        not: tie('schema'),
        if: tie('schema'),
        $defs: fc.dictionary(word, tie('schema'), { maxKeys: 2 }),
        definitions: fc.dictionary(word, tie('schema'), { maxKeys: 2 }),
        $ref: fc.constantFrom(
          '#',
          '#/$defs/a',
          '#/definitions/a',
          '#/properties/a',
          '#/$defs/__proto__',
          'https://x/y',
          '#/%',
        ),
        enum: fc.array(fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('', 'x')), { maxLength: 4 }),
        const: fc.jsonValue({ maxDepth: 1 }),
        minimum: fc.jsonValue({ maxDepth: 0 }),
        exclusiveMinimum: fc.constantFrom<unknown>(true, false, 0, 2.5),
        maxItems: fc.constantFrom<unknown>(-1, 2, 1.5, '3'),
        description: fc.constantFrom<unknown>('d', '', 5),
        title: fc.constantFrom<unknown>('T', 5),
        nullable: fc.constantFrom<unknown>(true, false, 'yes'),
        format: fc.constantFrom<unknown>('date-time', 'date', 'int64', 'email', 5),
        default: fc.jsonValue({ maxDepth: 2 }),
        pattern: fc.constantFrom<unknown>('^a+$', 5),
      },
      { requiredKeys: [] },
    ),
  ),
}))

/** Required properties alone must not lead back to where they started: Google could never end unrolling them. */
const unrolls = (cleaned: Json): boolean => {
  const definitions = (cleaned['$defs'] ?? {}) as Record<string, Json>
  const ends = (schema: unknown, open: readonly string[]): boolean => {
    if (typeof schema !== 'object' || schema === null) return true
    const { $ref, properties = {}, required = [], ...rest } = schema as Json
    if (typeof $ref === 'string') {
      const name = $ref.slice('#/$defs/'.length)
      return !open.includes(name) && ends(definitions[name], [...open, name])
    }
    const needed = Object.entries(properties as Json).filter(([name]) => (required as string[]).includes(name))
    const inner = [...needed.map(([, property]) => property), ...((rest['anyOf'] ?? []) as unknown[])]
    const more = [...((rest['prefixItems'] ?? []) as unknown[]), rest['items'], rest['additionalProperties']]
    return [...inner, ...more].every((part) => ends(part, open))
  }
  return ends(cleaned, []) && Object.entries(definitions).every(([name, schema]) => ends(schema, [name]))
}

describe('any schema', () => {
  test('comes out in known keywords, once and for all, without being touched', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        const before = JSON.stringify(schema)
        const cleaned = cleanSchema(schema)
        expect(JSON.stringify(schema)).toBe(before)
        expectClean(cleaned)
        expect(unrolls(cleaned)).toBe(true)
        expect(JSON.stringify(cleanSchema(cleaned))).toBe(JSON.stringify(cleaned))
        const flat = flattenSchema(schema)
        expect(faultsOf('Schema', flat)).toEqual([])
        for (const { type, properties = {}, required = [], format, enum: values = [] } of schemasIn(flat)) {
          expect(Object.keys(properties as Json)).toEqual(expect.arrayContaining(required as string[]))
          if (type === 'STRING') expect([undefined, 'enum', 'date-time']).toContain(format)
          expect(values).not.toContain('')
        }
        const { type, $ref } = cleanParameters(schema)
        expect([type, $ref]).toEqual(['object', undefined])
      }),
      { numRuns: 200 },
    )
  })

  test('its references all lead somewhere', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        const cleaned = cleanSchema(schema)
        const definitions = (cleaned['$defs'] ?? {}) as Json
        for (const { $ref } of schemasIn(cleaned)) {
          if (typeof $ref === 'string') expect(Object.hasOwn(definitions, $ref.slice('#/$defs/'.length))).toBe(true)
        }
      }),
    )
  })
})

describe('meaning', () => {
  test('names that look like keywords, or like parts of objects, are names', () => {
    const text =
      '{"type":"object","properties":{"type":{"type":"string"},"$ref":{"type":"string"},"enum":{"type":"number"},"__proto__":{"type":"integer"},"constructor":{"type":"object","properties":{"toString":{"type":"boolean"}}}},"required":["__proto__","$ref"]}'
    expect(JSON.stringify(cleanSchema(JSON.parse(text)))).toBe(text)
    const flat = flattenSchema(JSON.parse(text))['properties'] as Json
    expect(Object.keys(flat)).toEqual(['type', '$ref', 'enum', '__proto__', 'constructor'])
  })

  test('what the subset lacks is told in the description', () => {
    const { properties } = cleanSchema({
      type: 'object',
      properties: {
        code: { type: 'string', pattern: '^[A-Z]{3}$', maxLength: 3, description: 'Currency', default: 'EUR' },
        email: { type: 'string', format: 'email' },
        share: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
        count: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 },
      },
    })
    expect(properties).toEqual({
      code: { type: 'string', description: 'Currency (matches ^[A-Z]{3}$; at most 3 characters; default "EUR")' },
      email: { type: 'string', description: '(format email)' },
      share: { type: 'number', description: '(more than 0)', minimum: 0, maximum: 1 },
      count: { type: 'integer', minimum: 1, maximum: 9 },
    })
  })

  test('a bound that no double holds is none', () => {
    const schema = JSON.parse('{"type":"number","minimum":-1e400,"maximum":1e400}') as object
    expect(cleanSchema(schema)).toEqual({ type: 'number' })
  })

  test('the older form has fewer formats, and no enum with an empty text', () => {
    const { properties } = flattenSchema({
      type: 'object',
      properties: {
        day: { type: 'string', format: 'date', description: 'When' },
        at: { type: 'string', format: 'date-time' },
        id: { type: 'string', format: 'int64' },
        count: { type: 'integer', format: 'int64' },
        order: { type: 'string', enum: ['', 'asc'] },
      },
    })
    expect(properties).toEqual({
      day: { type: 'STRING', description: 'When (format date)' },
      at: { type: 'STRING', format: 'date-time' },
      id: { type: 'STRING', description: '(format int64)' },
      count: { type: 'INTEGER', format: 'int64' },
      order: { type: 'STRING', description: '(one of "", "asc")' },
    })
  })

  test('what must hold at once is one schema', () => {
    const A = {
      type: 'object',
      properties: { a: { type: 'string' }, n: { type: 'number', minimum: 1 } },
      required: ['a'],
    }
    const schema = {
      allOf: [{ $ref: '#/$defs/A' }, { properties: { b: { type: 'boolean' }, n: { type: 'integer', maximum: 9 } } }],
      $defs: { A },
    }
    expect(cleanSchema(schema)).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, n: { type: 'integer', minimum: 1, maximum: 9 }, b: { type: 'boolean' } },
      required: ['a'],
    })
  })

  test('a choice that can’t be made is none', () => {
    expect(cleanSchema({ anyOf: [false, { type: 'string' }] })).toEqual({ type: 'string' })
    expect(cleanSchema({ type: 'object', properties: { a: false, b: true } })).toEqual({
      type: 'object',
      properties: { b: {} },
    })
  })

  test('a closed tuple stays closed, in every draft’s words', () => {
    const tuple = { type: 'array', prefixItems: [{ type: 'string' }, {}], maxItems: 2 }
    expect(cleanSchema({ type: 'array', items: [{ type: 'string' }, true], additionalItems: false })).toEqual(tuple)
    expect(cleanSchema({ type: 'array', prefixItems: [{ type: 'string' }, true], items: false })).toEqual(tuple)
  })

  test('a cycle stays where a property may end it, and is cut where nothing can', () => {
    const tree = { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#' } } }, required: ['kids'] }
    const opened = { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#/$defs/Root' } } } }
    const { $defs, ...root } = cleanSchema(tree)
    expect($defs).toEqual({ Root: opened })
    expect(root).toEqual({ ...opened, required: ['kids'] })
    expect(cleanSchema({ $ref: '#/$defs/A', $defs: { A: { type: 'array', items: { $ref: '#/$defs/A' } } } })).toEqual({
      $ref: '#/$defs/A',
      $defs: { A: { type: 'array', items: {} } },
    })
  })

  test('a property that must be there stays so where it lies on no cycle', () => {
    const Leaf = { type: 'object', properties: { up: { $ref: '#/$defs/Node' } }, required: ['up'] }
    const Node = { type: 'object', properties: { leaf: { $ref: '#/$defs/Leaf' } } }
    const schema = { $ref: '#/$defs/Leaf', $defs: { Leaf, Node } }
    expect(cleanSchema(schema)).toEqual(schema)
  })

  test('remote and dangling references take anything', () => {
    expect(cleanSchema({ $ref: 'https://example.com/s.json' })).toEqual({})
    expect(cleanSchema({ type: 'object', properties: { a: { $ref: '#/$defs/none' } } })).toEqual({
      type: 'object',
      properties: { a: {} },
    })
  })

  test('the older form knows few formats, and tells the others in words', () => {
    expect(flattenSchema({ type: 'string', format: 'date-time' })).toEqual({ type: 'STRING', format: 'date-time' })
    expect(flattenSchema({ type: 'string', format: 'date', description: 'When' })).toEqual({
      type: 'STRING',
      description: 'When (format date)',
    })
    expect(flattenSchema({ type: 'string', format: 'int64' })).toEqual({
      type: 'STRING',
      description: '(format int64)',
    })
    expect(flattenSchema({ type: 'integer', format: 'int64' })).toEqual({ type: 'INTEGER', format: 'int64' })
  })

  test('the older form has no empty text in an enum, so that one with it is told in words', () => {
    expect(flattenSchema({ type: 'string', enum: ['on', ''], description: 'A switch' })).toEqual({
      type: 'STRING',
      description: 'A switch (one of "on", "")',
    })
    expect(flattenSchema({ enum: [1, 2] })).toEqual({ type: 'INTEGER', description: '(one of 1, 2)' })
  })

  test('arguments are an object, whatever the schema says', () => {
    expect(cleanParameters({ type: 'string' })).toEqual({ type: 'object' })
    expect(cleanParameters(undefined)).toEqual({ type: 'object' })
    expect(cleanParameters({ type: ['object', 'null'], properties: { a: { type: 'string' } } })).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
    })
    const { $defs: _, ...body } = cleanParameters({
      $ref: '#/definitions/In',
      definitions: { In: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] } },
    })
    expect(body).toEqual({ type: 'object', properties: { q: { type: 'string' } }, required: ['q'] })
  })
})

describe('bombs', () => {
  const nested = (depth: number, wrap: (inner: Json) => Json): Json => {
    let schema: Json = { type: 'string' }
    for (let level = 0; level < depth; level++) schema = wrap(schema)
    return schema
  }
  const doubling = (levels: number, keyword: string): Json => ({
    $ref: '#/$defs/L0',
    $defs: Object.fromEntries(
      Array.from({ length: levels }, (_, level) => [
        `L${level}`,
        {
          type: 'object',
          [keyword]: [{ $ref: `#/$defs/L${level + 1}` }, { $ref: `#/$defs/L${level + 1}` }],
          properties: { a: { $ref: `#/$defs/L${level + 1}` }, b: { $ref: `#/$defs/L${level + 1}` } },
        },
      ]),
    ),
  })
  const BOMBS: readonly (readonly [string, Json])[] = [
    ['deep properties', nested(5000, (inner) => ({ type: 'object', properties: { a: inner } }))],
    ['deep not', nested(5000, (inner) => ({ not: inner }))],
    ['deep items', nested(5000, (inner) => ({ items: inner }))],
    ['deep allOf', nested(3000, (inner) => ({ allOf: [inner, { title: 'x' }] }))],
    ['doubling allOf', doubling(40, 'allOf')],
    ['doubling anyOf', doubling(40, 'anyOf')],
    ['wide', { anyOf: Array.from({ length: 50_000 }, (_, i) => ({ type: 'object', properties: { [`p${i}`]: {} } })) }],
    ['itself', { allOf: [{ $ref: '#' }, { $ref: '#' }], anyOf: [{ $ref: '#' }] }],
  ]
  test.each(BOMBS)('%s ends soon and stays small', (_, schema) => {
    const start = performance.now()
    expect(JSON.stringify(cleanSchema(schema)).length).toBeLessThan(4_000_000)
    expect(JSON.stringify(flattenSchema(schema)).length).toBeLessThan(4_000_000)
    expect(performance.now() - start).toBeLessThan(15_000)
  })
})
