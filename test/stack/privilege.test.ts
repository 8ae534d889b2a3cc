import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Bundles, bundle } from '../../infra/bundle.ts'
import { synth } from './synth.ts'

const root = join(import.meta.dirname, '../..')
const output = mkdtempSync(join(tmpdir(), 'triglot-privilege-'))
let bundles: Bundles
beforeAll(async () => {
  bundles = await bundle({ output })
}, 30_000)
afterAll(() => rmSync(output, { recursive: true }))

/** The actions that the commands in a function's bundle need. */
const actionsOf = (name: string): Set<string> => {
  const own = Object.keys(bundles.metafile(name).inputs).filter((path) => /^(?:lib|functions)\//.test(path))
  const commands = own.flatMap((path) => [...readFileSync(join(root, path), 'utf8').matchAll(/new (\w+)Command\(/g)])
  return new Set(
    commands.map(([, command = '']) => `${command.includes('Secret') ? 'secretsmanager' : 'dynamodb'}:${command}`),
  )
}

test('a role allows what its function calls, and nothing more', () => {
  const roles = Object.entries(synth().json.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role')
  const allowed = roles.map(([id, role]) => {
    const actions = [...JSON.stringify(role).matchAll(/"((?:secretsmanager|dynamodb):\w+)"/g)].map(([, name]) => name)
    return [id.replace(/Role.*/, '').toLowerCase(), new Set(actions)]
  })
  expect(Object.fromEntries(allowed)).toEqual(Object.fromEntries(bundles.names.map((name) => [name, actionsOf(name)])))
})
