import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { messages } from '../../lib/anthropic/index.ts'
import { bodySchema, IGNORED, REFUSED } from '../../lib/anthropic/request.ts'
import { CONTRACTS, schemasOf } from '../schemas.ts'

const BUNDLE = 'anthropic/anthropic.bundle.schema.json'
const present = schemasOf(BUNDLE) !== undefined

const fieldsOf = (name: string): string[] => {
  const { $defs } = JSON.parse(readFileSync(join(CONTRACTS, BUNDLE), 'utf8')) as {
    $defs: Record<string, { properties: object }>
  }
  return Object.keys($defs[name]?.properties ?? {})
}

const hi = { model: 'gemini-3.5-flash', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }
const mapped = Object.keys(bodySchema.shape)
/** `container.skills` of a body is asked for by `{ container: { skills } }`. */
const asking = (path: string, value: unknown): object => {
  const [field = '', inner] = path.split('.')
  return { ...hi, [field]: inner ? { [inner]: value } : value }
}

describe('each field is mapped, ignored or refused', () => {
  ;(present ? test : test.skip)("none of Anthropic's is forgotten", () => {
    const known = [...mapped, ...Object.keys(IGNORED), ...Object.keys(REFUSED)]
    const documented = fieldsOf('BetaCreateMessageParams')
    expect(documented).toContain('max_tokens')
    expect(documented.filter((field) => !known.includes(field))).toEqual([])
  })

  test.each(Object.keys(IGNORED).filter((field) => !field.startsWith('tools[]')))('%s may be anything', (path) => {
    for (const value of [null, 'x', 5, true, [1], { a: 1 }])
      expect(() => messages.parse(asking(path, value))).not.toThrow()
  })

  test.each(Object.entries(REFUSED))('%s is refused by name, unless it is empty', (path, message) => {
    expect(() => messages.parse(asking(path, [{}]))).toThrow(expect.objectContaining({ param: path, message }))
    for (const value of [null, undefined, []]) expect(() => messages.parse(asking(path, value))).not.toThrow()
  })
})
