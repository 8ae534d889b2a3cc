import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { toLogLine } from '../../lib/contract/log.ts'
import { readSecret } from '../../lib/contract/secret.ts'

const digest = (index: number): string => index.toString(16).padStart(64, '0')
const good = {
  geminiKeys: [
    { id: 'a', key: 'AIzaCanary1', project: 'p1', weight: 2 },
    { id: 'b', key: ' AQ.Canary2\n', project: ' p1 ' },
  ],
  clientKeys: [{ id: 'k', client: 'ann', sha256: digest(1), name: 'Ann Miller' }],
}
const problemsOf = (value: unknown): string[] => {
  const reading = readSecret(JSON.stringify(value))
  return reading.ok ? [] : reading.problems
}

test('F22 a good secret is read, with blanks around its values taken off', () => {
  const reading = readSecret(JSON.stringify(good))
  expect(reading).toEqual({
    ok: true,
    secret: {
      geminiKeys: [good.geminiKeys[0], { id: 'b', key: 'AQ.Canary2', project: 'p1' }],
      clientKeys: good.clientKeys,
    },
  })
})

describe('F22 a bad one is refused, by the place of its fault', () => {
  const [gemini, second] = good.geminiKeys
  const [clientKey] = good.clientKeys
  test.each([
    ['no Gemini key', { ...good, geminiKeys: [] }, 'geminiKeys must hold at least one key'],
    ['no list', { ...good, clientKeys: { k: 1 } }, 'clientKeys must be a list'],
    [
      'one id twice',
      { ...good, geminiKeys: [gemini, second, gemini] },
      'geminiKeys[2].id is that of geminiKeys[0], too',
    ],
    [
      'one digest twice',
      { ...good, clientKeys: [clientKey, { ...clientKey, id: 'l' }] },
      'clientKeys[1].sha256 is that of clientKeys[0], too',
    ],
    [
      'no project',
      { ...good, geminiKeys: [{ ...gemini, project: undefined }] },
      'geminiKeys[0].project must be a string',
    ],
    [
      'a weight of 0',
      { ...good, geminiKeys: [{ ...gemini, weight: 0 }] },
      'geminiKeys[0].weight must be greater than 0',
    ],
    [
      'an upper-case digest',
      { ...good, clientKeys: [{ id: 'k', sha256: digest(10).toUpperCase() }] },
      'clientKeys[0].sha256 must be 64 lower-case hexadecimal digits',
    ],
    [
      'a client whose name could be taken for two',
      { ...good, clientKeys: [{ ...clientKey, client: 'a#b' }] },
      'clientKeys[0].client must be 1 to 100 characters, without blanks and #',
    ],
    [
      'a client whose name could be taken for two',
      { ...good, clientKeys: [{ ...clientKey, client: 'a\ud800' }] },
      'clientKeys[0].client must be 1 to 100 characters, without blanks and #',
    ],
    [
      'a key in the place of its name',
      { ...good, geminiKeys: [{ ...gemini, id: 'AIzaCanary' }] },
      'geminiKeys[0].id looks like a key; give it a name',
    ],
    ['a list', [], 'the secret must be an object'],
  ])('%s', (_name, value, problem) => {
    expect(problemsOf(value)).toEqual([problem])
  })
})

test('no fault of any kind gets a value into a message', () => {
  const canary = fc.constantFrom('AIzaCanary', 'AQ.Canary', 'Canary #', 'Canary\n\u0000')
  const junk = fc.oneof(
    canary,
    fc.array(canary),
    fc.dictionary(fc.constantFrom('id', 'key', 'sha256'), canary),
    fc.integer(),
  )
  const entry = fc.record(
    { id: junk, key: junk, project: junk, weight: junk, sha256: junk, client: junk },
    { requiredKeys: [] },
  )
  const list = fc.oneof(fc.array(fc.oneof(entry, junk)), junk)
  fc.assert(
    fc.property(fc.record({ geminiKeys: list, clientKeys: list }, { requiredKeys: [] }), fc.boolean(), (value, cut) => {
      const reading = readSecret(JSON.stringify(value).slice(0, cut ? -1 : undefined))
      expect(reading.ok ? [] : reading.problems).not.toContainEqual(expect.stringContaining('Canary'))
    }),
  )
})

test('a log line is JSON with its causes, and keys are blotted out wherever they stand', () => {
  const cause = new Error('GET https://x/?key=hush-1&a=b failed: "Bearer hush-2" AIzaHush3456789012')
  const line = toLogLine({ level: 'error', message: 'm', requestId: 'r', error: new Error('outer', { cause }) }, 0)
  expect(line).not.toMatch(/hush/i)
  expect(JSON.parse(line)).toMatchObject({
    timestamp: '1970-01-01T00:00:00.000Z',
    level: 'error',
    error: {
      message: 'outer',
      cause: { message: 'GET https://x/?key=[redacted]&a=b failed: "Bearer [redacted]" [redacted]' },
    },
  })
})
