import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { bodySchema } from '../../../lib/openai/chat/body.ts'
import { chat } from '../../../lib/openai/chat/index.ts'
import { IGNORED, REFUSED } from '../../../lib/openai/chat/request.ts'
import { bundleFile, present } from './contract.ts'

interface Schema {
  $ref?: string
  allOf?: Schema[]
  properties?: object
}

/** Every field that OpenAI's own schema knows, through what it is put together from. */
const fieldsOf = (name: string): string[] => {
  const { $defs } = JSON.parse(readFileSync(bundleFile, 'utf8')) as { $defs: Record<string, Schema> }
  const collect = ({ $ref, allOf = [], properties = {} }: Schema): string[] => [
    ...Object.keys(properties),
    ...allOf.flatMap(collect),
    ...($ref ? collect($defs[$ref.split('/').at(-1) ?? ''] ?? {}) : []),
  ]
  return collect($defs[name] ?? {})
}

const hi = { model: 'gemini-3.5-flash', messages: [{ role: 'user', content: 'Hi' }] }
const mapped = Object.keys(bodySchema.shape)

describe('each field is mapped, ignored or refused', () => {
  ;(present ? test : test.skip)('none of OpenAI’s is forgotten', () => {
    const known = [...mapped, ...Object.keys(IGNORED), ...Object.keys(REFUSED)]
    expect(fieldsOf('CreateChatCompletionRequest').filter((field) => !known.includes(field))).toEqual([])
  })

  test.each(Object.keys(IGNORED).filter((field) => !mapped.includes(field)))('%s may be anything', (path) => {
    const [field = '', inner] = path.split('.')
    for (const value of [null, 'x', 5, true, [1], { a: 1 }])
      expect(() => chat.parse({ ...hi, [field]: inner ? { [inner]: value } : value })).not.toThrow()
  })

  test.each(Object.entries(REFUSED))('%s is refused by name, unless it is null', (field, message) => {
    expect(() => chat.parse({ ...hi, [field]: {} })).toThrow(expect.objectContaining({ param: field, message }))
    expect(() => chat.parse({ ...hi, [field]: null })).not.toThrow()
  })
})
