import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { synth } from './synth.ts'

const lib = join(import.meta.dirname, '../../lib')

/** The actions that the commands in these files of lib need. */
const actionsOf = (files: readonly string[]): Set<string> =>
  new Set(
    files
      .flatMap((name) => [...readFileSync(join(lib, name), 'utf8').matchAll(/new (\w+)Command\(/g)])
      .map(([, name = '']) => `${name.includes('Secret') ? 'secretsmanager' : 'dynamodb'}:${name}`),
  )

/** Only the rotation function writes to the secret. */
const ROTATION = join('keys', 'versions.ts')
const serving = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && name !== ROTATION,
)

test('a role allows what its function calls, and nothing more', () => {
  const roles = Object.entries(synth().json.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role')
  const allowed = roles.map(([id, role]) => {
    const actions = [...JSON.stringify(role).matchAll(/"((?:secretsmanager|dynamodb):\w+)"/g)].map(([, name]) => name)
    return [id.replace(/Role.*/, ''), new Set(actions)]
  })
  expect(Object.fromEntries(allowed)).toEqual({
    OpenAI: actionsOf(serving),
    Anthropic: actionsOf(serving),
    Gemini: actionsOf(serving),
    Rotation: actionsOf([ROTATION]),
  })
})
