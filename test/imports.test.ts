import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

// The direction of imports: a folder (or file) of the repository → what it may import besides itself.
const PROTOCOL = [
  'lib/gemini',
  'lib/http',
  'lib/state',
  'lib/keys',
  'lib/contract',
  'lib/protocol.ts',
  'lib/errors.ts',
  'lib/reply-body.ts',
]
const DELIVERY = ['lib/delivery.ts', 'lib/keeper.ts', 'lib/gateway.ts']
const BENEATH_GEMINI = ['lib/keys', 'lib/state', 'lib/contract', 'lib/errors.ts', 'lib/reply-body.ts']
/** What lies in `lib/gemini` itself is common to all its folders, and imports none of them. */
const VOCABULARY = readdirSync(resolve(import.meta.dirname, '../lib/gemini'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `lib/gemini/${name}`)
const within = (...folders: string[]): string[] => folders.map((folder) => `lib/gemini/${folder}`)
const ALLOWED: Record<string, readonly string[]> = {
  functions: ['lib'],
  'lib/books': PROTOCOL,
  'lib/relay.ts': [...PROTOCOL, ...DELIVERY],
  'lib/delivery.ts': [...PROTOCOL, ...DELIVERY],
  'lib/keeper.ts': [...PROTOCOL, ...DELIVERY],
  'lib/gateway.ts': PROTOCOL,
  'lib/idempotency.ts': PROTOCOL,
  'lib/openai': [...PROTOCOL, 'lib/relay.ts'],
  'lib/anthropic': [...PROTOCOL, 'lib/relay.ts'],
  'lib/native': PROTOCOL,
  'lib/protocol.ts': ['lib/gemini', 'lib/errors.ts'],
  'lib/gemini': BENEATH_GEMINI,
  'lib/gemini/models': [...BENEATH_GEMINI, ...VOCABULARY],
  'lib/gemini/schema': [...BENEATH_GEMINI, ...VOCABULARY],
  'lib/gemini/request': [...BENEATH_GEMINI, ...VOCABULARY, ...within('models', 'schema')],
  'lib/gemini/naming': [...BENEATH_GEMINI, ...VOCABULARY, ...within('models', 'request')],
  'lib/gemini/reply': [...BENEATH_GEMINI, ...VOCABULARY, ...within('request')],
  'lib/gemini/upstream': [...BENEATH_GEMINI, ...VOCABULARY, ...within('models', 'naming', 'request', 'reply')],
  'lib/gemini/resources': [...BENEATH_GEMINI, ...VOCABULARY, ...within('upstream')],
  'lib/http': ['lib/keys', 'lib/contract', 'lib/errors.ts', 'lib/reply-body.ts'],
  'lib/keys': ['lib/state', 'lib/contract', 'lib/errors.ts'],
  'lib/state': ['lib/contract', 'lib/errors.ts'],
  'lib/contract': [],
  'lib/errors.ts': [],
  'lib/reply-body.ts': [],
  infra: ['lib/contract', 'infra/local/simulated-gemini'],
  'infra/local/simulated-gemini': [],
}

const root = resolve(import.meta.dirname, '..')
const files = ['lib', 'functions', 'infra']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  )
const inside = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`)
const homeOf = (file: string): string | undefined =>
  Object.keys(ALLOWED)
    .filter((place) => inside(file, place))
    .sort((a, b) => b.length - a.length)[0]
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    relative(root, resolve(root, dirname(file), match[1] ?? '')),
  )

describe('imports go one way', () => {
  test.each(files)('%s', (file) => {
    const home = homeOf(file)
    if (!home) throw new Error(`${file} lies in no folder that DESIGN knows`)
    const strays = importsOf(file).filter(
      (target) => homeOf(target) !== home && !ALLOWED[home]?.some((place) => inside(target, place)),
    )
    expect(strays).toEqual([])
  })

  test('openai/chat and openai/responses do not import each other', () => {
    const crossings = files
      .filter((file) => inside(file, 'lib/openai/chat') || inside(file, 'lib/openai/responses'))
      .flatMap((file) => importsOf(file).map((target) => [file, target] as const))
      .filter(
        ([file, target]) =>
          (inside(file, 'lib/openai/chat') && inside(target, 'lib/openai/responses')) ||
          (inside(file, 'lib/openai/responses') && inside(target, 'lib/openai/chat')),
      )
    expect(crossings).toEqual([])
  })
})
