/** Schemas as generators write them, each with instances that are valid under it. */
export const CORPUS: readonly { name: string; schema: unknown; instances: readonly unknown[] }[] = [
  {
    name: 'an editing tool, from zod',
    schema: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: {
        file_path: { type: 'string', minLength: 1, description: 'Absolute path' },
        edits: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            properties: {
              old: { type: 'string' },
              new: { type: 'string' },
              all: { type: 'boolean', default: false },
            },
            required: ['old', 'new'],
            additionalProperties: false,
          },
        },
        mode: { anyOf: [{ type: 'string', const: 'dry' }, { type: 'string', const: 'write' }, { type: 'null' }] },
        limit: { type: 'integer', exclusiveMinimum: 0, maximum: 9007199254740991 },
      },
      required: ['file_path', 'edits'],
      additionalProperties: false,
    },
    instances: [
      { file_path: '/a', edits: [{ old: 'x', new: '' }] },
      { file_path: '/a', edits: [{ old: 'x', new: 'y', all: true }], mode: null, limit: 1 },
      { file_path: '/a', edits: [{ old: 'x', new: 'y' }], mode: 'dry' },
    ],
  },
  {
    name: 'an order, from pydantic',
    schema: {
      $defs: {
        Address: {
          properties: { street: { title: 'Street', type: 'string' }, zip: { pattern: '^\\d{5}$', type: 'string' } },
          required: ['street', 'zip'],
          title: 'Address',
          type: 'object',
        },
        Status: { enum: ['open', 'shipped'], title: 'Status', type: 'string' },
        Level: { enum: [1, 2, 3], title: 'Level', type: 'integer' },
      },
      properties: {
        to: { $ref: '#/$defs/Address', description: 'Where it goes' },
        status: { allOf: [{ $ref: '#/$defs/Status' }], default: 'open' },
        level: { $ref: '#/$defs/Level' },
        note: { anyOf: [{ type: 'string', maxLength: 20 }, { type: 'null' }], default: null, title: 'Note' },
        size: { maxItems: 2, minItems: 2, prefixItems: [{ type: 'number' }, { type: 'number' }], type: 'array' },
        labels: { additionalProperties: { type: 'string' }, type: 'object' },
        kind: { const: 'order', type: 'string' },
      },
      required: ['to', 'kind'],
      title: 'Order',
      type: 'object',
    },
    instances: [
      { to: { street: 'S', zip: '12345' }, kind: 'order' },
      { to: { street: 'S', zip: '12345' }, kind: 'order', status: 'shipped', level: 2, note: null, size: [1, 2.5] },
      { to: { street: 'S', zip: '12345' }, kind: 'order', note: 'n', labels: { a: 'b' }, other: 1 },
    ],
  },
  {
    name: 'shapes told apart by a field',
    schema: {
      type: 'object',
      properties: {
        shape: {
          oneOf: [
            {
              type: 'object',
              properties: { kind: { const: 'circle' }, r: { type: 'number' } },
              required: ['kind', 'r'],
            },
            { type: 'object', properties: { kind: { const: 'box' }, w: { type: 'number' } }, required: ['kind', 'w'] },
            {
              type: 'object',
              properties: { kind: { const: 'none' } },
              required: ['kind'],
              additionalProperties: false,
            },
          ],
          discriminator: { propertyName: 'kind' },
        },
      },
      required: ['shape'],
    },
    instances: [
      { shape: { kind: 'circle', r: 1 } },
      { shape: { kind: 'box', w: 2, r: 'x' } },
      { shape: { kind: 'none' } },
    ],
  },
  {
    name: 'a tree of conditions',
    schema: {
      type: 'object',
      properties: { where: { $ref: '#/definitions/Condition' } },
      required: ['where'],
      definitions: {
        Condition: { anyOf: [{ $ref: '#/definitions/Leaf' }, { $ref: '#/definitions/Both' }] },
        Leaf: { type: 'object', properties: { field: { type: 'string' }, value: {} }, required: ['field'] },
        Both: {
          type: 'object',
          properties: {
            left: { $ref: '#/definitions/Condition' },
            right: { $ref: '#/definitions/Condition' },
          },
          required: ['left', 'right'],
          additionalProperties: false,
        },
      },
    },
    instances: [
      { where: { field: 'a', value: [1] } },
      { where: { left: { field: 'a' }, right: { left: { field: 'b' }, right: { field: 'c', value: null } } } },
    ],
  },
  {
    name: 'merged parts',
    schema: {
      allOf: [
        { type: 'object', properties: { id: { type: 'string' }, n: { type: 'number', minimum: 0 } }, required: ['id'] },
        {
          properties: { n: { type: 'integer', maximum: 10 }, tag: { enum: ['x', 'y', null] } },
          anyOf: [{ required: ['n'] }, { required: ['tag'] }],
        },
      ],
      unevaluatedProperties: false,
    },
    instances: [
      { id: 'a', n: 3 },
      { id: 'a', tag: null },
      { id: 'a', tag: 'x', n: 0 },
    ],
  },
  {
    name: 'an MCP server with everything at once',
    schema: {
      type: 'object',
      properties: {
        url: { type: 'string', format: 'uri' },
        when: { type: 'string', format: 'date-time' },
        headers: { type: 'object', patternProperties: { '^X-': { type: 'string' } }, additionalProperties: false },
        metrics: {
          type: 'object',
          patternProperties: { '^n_': { type: 'number' }, '^s_': { type: 'string' } },
          additionalProperties: false,
        },
        any: true,
        body: { type: ['string', 'object', 'null'], properties: { a: { type: 'integer' } } },
        flag: { enum: [true, 'auto', 3] },
        never: { not: { type: 'string' } },
        tags: { type: 'array', uniqueItems: true, contains: { const: 'a' } },
        id: { type: ['integer', 'string'], minimum: 5, minLength: 2 },
        when_a: { type: 'number', multipleOf: 0.5 },
      },
      dependentRequired: { url: ['when'] },
      if: { properties: { flag: { const: true } } },
      // oxlint-disable-next-line unicorn/no-thenable
      then: { required: ['id'] },
      propertyNames: { pattern: '^[a-z_]+$' },
      required: ['id', 'undeclared_elsewhere'],
    },
    instances: [
      { id: 5, undeclared_elsewhere: 1 },
      {
        id: 'ab',
        undeclared_elsewhere: null,
        body: null,
        flag: 'auto',
        headers: { 'X-A': 'b' },
        metrics: { n_a: 1, s_b: 'c' },
      },
      { id: 7, undeclared_elsewhere: {}, body: { a: 1 }, flag: 3, tags: ['a', 1], any: [], never: 4, when_a: 1.5 },
      { id: 9, undeclared_elsewhere: {}, flag: true, url: 'u', when: '2026-01-01T00:00:00Z' },
    ],
  },
]
