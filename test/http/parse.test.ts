import { describe, expect, test } from '@jest/globals'
import * as z from 'zod/mini'
import { GatewayError } from '../../lib/errors.ts'
import { parseBody } from '../../lib/http/parse.ts'

const schema = z.object({
  model: z.string(),
  temperature: z.optional(z.nullable(z.number().check(z.minimum(0)))),
  messages: z
    .array(
      z.object({
        role: z.enum(['user', 'assistant']),
        content: z.union([
          z.string(),
          z.array(
            z.discriminatedUnion('type', [
              z.object({ type: z.literal('text'), text: z.string() }),
              z.object({ type: z.literal('image'), source: z.object({ data: z.string() }) }),
            ]),
          ),
        ]),
      }),
    )
    .check(z.minLength(1)),
  input: z.optional(
    z.union([z.array(z.string()).check(z.minLength(1), z.maxLength(2)), z.array(z.number()).check(z.minLength(1))]),
  ),
})

const faultOf = (json: unknown): { param: string | undefined; message: string } => {
  try {
    parseBody(schema, json)
  } catch (error) {
    if (error instanceof GatewayError && error.kind === 'invalid_request') return error
    throw error
  }
  throw new Error('was accepted')
}
const message = (content: unknown): object => ({ model: 'm', messages: [{ role: 'user', content }] })

describe('the error names the field as the client wrote it', () => {
  test.each<[name: string, json: unknown, param: string | undefined, message: string]>([
    ['nothing at all', null, undefined, 'The body must be an object'],
    ['a missing field', { messages: [] }, 'model', 'model: is required'],
    ['a wrong type', { model: 1 }, 'model', 'model: must be a string'],
    ['too few', { model: 'm', messages: [] }, 'messages', 'messages: must not be empty'],
    ['too small', { ...message(''), temperature: -1 }, 'temperature', 'temperature: must be at least 0'],
    [
      'a value of a closed set',
      { model: 'm', messages: [{ role: 'tool', content: '' }] },
      'messages[0].role',
      'messages[0].role: must be "user" or "assistant"',
    ],
    [
      'a union, one branch of which is all but too short',
      { ...message(''), input: [] },
      'input',
      'input: must not be empty',
    ],
    [
      'a union, one branch of which is all but too long',
      { ...message(''), input: ['a', 'b', 'c'] },
      'input',
      'input: must be at most 2 items long',
    ],
    ['a union', message(5), 'messages[0].content', 'messages[0].content: has none of the shapes it may have'],
    [
      'the likeliest branch of a union',
      message([
        { type: 'text', text: '' },
        { type: 'image', source: {} },
      ]),
      'messages[0].content[1].source.data',
      'messages[0].content[1].source.data: is required',
    ],
    [
      'an unknown kind',
      message([{ type: 'smell' }]),
      'messages[0].content[0].type',
      'messages[0].content[0].type: must be "text" or "image"',
    ],
  ])('%s', (_, json, param, message) => {
    const fault = faultOf(json)
    expect({ param: fault.param, message: fault.message }).toEqual({ param, message })
  })
})

test('what fits passes', () => {
  expect(parseBody(schema, message('你好'))).toEqual(message('你好'))
})
