import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { synth } from './synth.ts'

const lib = join(import.meta.dirname, '../../lib')

test('a role allows what the code calls, and nothing more', () => {
  const commands = readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(lib, name), 'utf8').matchAll(/new (\w+)Command\(/g)])
    .map(([, name]) => (name === 'GetSecretValue' ? `secretsmanager:${name}` : `dynamodb:${name}`))
  const allowed = [...JSON.stringify(synth().json).matchAll(/"((?:secretsmanager|dynamodb):\w+)"/g)].map(
    ([, name]) => name,
  )
  expect(new Set(allowed)).toEqual(new Set(commands))
})
