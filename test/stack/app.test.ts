import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { OPTIONS } from './synth.ts'

const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'triglot-synth-'))
afterAll(() => rmSync(place, { recursive: true }))

/** No account, no home, no way out. */
const NOWHERE = 'http://127.0.0.1:9'
const env = {
  PATH: process.env.PATH,
  HOME: place,
  HTTP_PROXY: NOWHERE,
  HTTPS_PROXY: NOWHERE,
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  AWS_EC2_METADATA_DISABLED: 'true',
}
const run = (...words: string[]) => spawnSync(process.execPath, words, { cwd: root, env, encoding: 'utf8' })
const cdk = join(root, 'node_modules/aws-cdk/bin/cdk')

test.each([
  ['nothing set', []],
  [
    'a REST API with everything',
    Object.entries(OPTIONS['a REST API with everything'] ?? {}).flatMap(([name, value]) => [
      '-c',
      `${name}=${String(value)}`,
    ]),
  ],
])(
  'cdk synth with %s needs no network, no account and no Docker, and ships the very bundles',
  (name, words) => {
    const out = join(place, name)
    const { status, stderr } = run(cdk, 'synth', '--quiet', '--output', out, '-c', 'memory=640', ...words)
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) })
    const template = readFileSync(join(out, 'Triglot.template.json'), 'utf8')
    expect(template.match(/"MemorySize": 640/g)).toHaveLength(3)
    expect(template.includes('AWS::ApiGateway::RestApi')).toBe(words.length > 0)

    const assets = readdirSync(out).filter((name) => name.startsWith('asset.'))
    const shipped = assets.map((name) => readFileSync(join(out, name, 'index.mjs'), 'utf8'))
    const built = ['openai', 'anthropic', 'gemini', 'rotation'].map((name) =>
      readFileSync(join(root, 'dist', name, 'index.mjs'), 'utf8'),
    )
    expect(new Set(shipped)).toEqual(new Set(built))
  },
  60_000,
)

test.each([
  [['-c', 'memory=12'], /^Setting memory must be a whole number from 128 to 10240; it is "12"\.\n$/],
  [['--memory', '256'], /^Unknown option '--memory'.*\n$/],
])('%j stops it with the line that names it, and no stack trace', (words, message) => {
  const { status, stderr } = run(join(root, 'infra/app.ts'), ...words)
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(message) })
})
