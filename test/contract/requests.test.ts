// Whatever a client sends, Gemini gets nothing that Google's own schema doesn't know.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { namesIn } from '../golden.ts'
import { PROTOCOLS } from '../protocols.ts'
import { schemasOf } from '../schemas.ts'

const schemas = schemasOf('gemini/schema/gemini-v1beta.bundle.schema.json')
const CASES = join(import.meta.dirname, '../cases')

const requests = Object.keys(PROTOCOLS).flatMap((protocol) =>
  namesIn(join(CASES, protocol))
    .map((behaviour) => join(protocol, behaviour))
    .filter((name) => existsSync(join(CASES, name, 'gemini.json'))),
)

if (schemas) {
  test.each(requests)('%s', (name) => {
    const request: unknown = JSON.parse(readFileSync(join(CASES, name, 'gemini.json'), 'utf8'))
    expect(schemas.check('GenerateContentRequest', request)).toEqual([])
  })
} else {
  test.skip("Google's schema is absent", () => {})
}
