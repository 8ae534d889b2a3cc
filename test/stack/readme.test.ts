import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { settingsSchema } from '../../infra/settings.ts'
import { bodyLimit } from '../../lib/http/body.ts'
import { readmePart } from '../readme.ts'
import { synth } from './synth.ts'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

describe('what README says', () => {
  test('of the settings is what the schema says', () => {
    const defaults: Record<string, unknown> = settingsSchema.parse({})
    const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
    const rows = Object.entries(settingsSchema.shape).map(([name, schema]) => {
      const standard = defaults[name] === undefined ? 'none' : `\`${text(defaults[name])}\``
      return `| \`${name}\` | ${schema.description} | ${standard} |`
    })
    const table = ['| setting | meaning | default |', '| --- | --- | --- |', ...rows].join('\n')
    expect(readmePart('settings', table)).toBe(table)
  })

  test('of the environment variables is what the local run reads', () => {
    const source = readFileSync(join(root, 'infra/local/settings.ts'), 'utf8')
    const names = [...source.matchAll(/variables(?:\.|, ')([A-Z_]+)/g)].map(([, name]) => name)
    expect(new Set(names).size).toBeGreaterThan(4)
    for (const name of names) expect(readme).toMatch(new RegExp(`^\\| .*\`${name}\`.* +\\|`, 'm'))
  })

  test('of the largest body is what the functions accept', () => {
    const megabytes = (memory: number): string => `${bodyLimit(memory) / 2 ** 20} MB`
    const said = `${megabytes(512)} from 512, ${megabytes(256)} at 256, ${megabytes(128)} at 128`
    expect(settingsSchema.shape.memory.description).toContain(said)
    expect(readme).toContain(`at 256 MB of memory ${megabytes(256)}, at 128 MB ${megabytes(128)}`)
  })

  test('of the outputs is what the stack has', () => {
    const said = [...readme.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name)
    for (const output of Object.keys(synth().json.Outputs)) expect(said).toContain(output)
  })

  test('of where things are is where they are', () => {
    const paths = [...readme.matchAll(/`((?:lib|infra|functions|test)\/[\w./-]*)`/g)].map(([, path]) => path ?? '')
    expect(paths.length).toBeGreaterThan(10)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})
