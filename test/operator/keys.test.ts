// npm run keys, as a process of its own, against the local run's Secrets Manager, its rotation function and a Google that knows keys.
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { changeList, type Edit } from '../../infra/operator/key-change.ts'
import {
  BadInput,
  hasGeminiKey,
  masked,
  withClient,
  withGeminiKey,
  withoutClients,
  withoutGeminiKeys,
} from '../../infra/operator/key-list.ts'
import type { KeyStore, Outcome } from '../../infra/operator/key-store.ts'
import type { Secret } from '../../lib/contract/secret.ts'
import { command } from './processes.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

const GOOD = 'AIzaCanaryGood0000000000000001234'
const FRESH = 'AQ.CanaryFresh000000000000000005678'
const DEAD = 'AIzaCanaryDead0000000000000009999'
const EMPTY = '{"geminiKeys":[],"clientKeys":[],"placeholder":"x"}'
const LIST = JSON.stringify({ geminiKeys: [{ id: 'first', key: GOOD, project: 'one' }], clientKeys: [] })

let gemini: SimulatedGemini
let gateway: Gateway
beforeAll(async () => {
  gemini = await startSimulatedGemini()
  gateway = await startGateway({ geminiBaseUrl: gemini.origin })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})
beforeEach(() => {
  gemini.reset()
  gemini.keys.set(DEAD, 'invalid')
  gateway.secret.put(LIST)
})

interface Ran {
  code: number | null
  out: string
  err: string
}

const seen: string[] = []

const keys = async (words: readonly string[], input = '', more: Record<string, string> = {}): Promise<Ran> => {
  const variables = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: gateway.secret.origin,
    GEMINI_BASE_URL: gemini.origin,
    ...more,
  }
  const { code, stdout: out, stderr: err } = await command('infra/operator/keys.ts', words, { input, variables })
  seen.push(out, err)
  return { code, out, err }
}
const onSecret = (...words: string[]): string[] => [...words, '--secret', gateway.secret.arn]

interface Stored {
  geminiKeys: { id: string; key: string; project: string; weight?: number }[]
  clientKeys: { id: string; sha256: string; client?: string; name?: string }[]
}
const stored = (): Stored => JSON.parse(gateway.secret.value()) as Stored
const chat = (key: string) =>
  fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } }).then(({ status }) => status)

test('from an empty secret to a client that is served: three commands', async () => {
  gateway.secret.put(EMPTY)
  await gateway.restart()
  const early = await keys(onSecret('clients', 'add', 'laptop'))
  expect([early.code, early.err]).toEqual([2, expect.stringContaining('needs a Gemini key first')])

  const added = await keys(onSecret('add', '--project', 'my-project'), `${GOOD}\n`)
  expect([added.code, added.err]).toEqual([0, 'The keys of the new list are being tried …\n'])
  expect(added.out).toContain('gemini-1')
  expect(stored().geminiKeys).toEqual([{ id: 'gemini-1', key: GOOD, project: 'my-project' }])

  const made = await keys(onSecret('clients', 'add', 'laptop', '--client', 'ann', '--name', 'Ann Miller'))
  expect(made.code).toBe(0)
  const key = made.out.trim()
  expect(key).toMatch(/^tg-[\w-]{32}$/)
  expect(gateway.secret.value()).not.toContain(key)
  expect(await chat(key)).toBe(200)

  const { out } = await keys(onSecret('list'))
  expect(out).toMatch(/^gemini-1 +my-project +1 +…1234$/m)
  expect(out).toMatch(/^laptop +ann +Ann Miller$/m)
  expect(
    Object.values(gateway.secret.labels())
      .flat()
      .filter((label) => /PENDING|CANDIDATE/.test(label)),
  ).toEqual([])
}, 30_000)

test('a key may come from the environment, or as a word; ids and weights may be chosen', async () => {
  const fromVariable = await keys(onSecret('add', '--project', 'one', '--weight', '2'), '', { GEMINI_API_KEY: FRESH })
  expect(fromVariable.code).toBe(0)
  expect(fromVariable.err).toContain('The key in GEMINI_API_KEY is taken.')
  const asWord = await keys(onSecret('add', '--project', 'two', '--id', 'second', 'AIzaCanaryWord000000000000001111'))
  expect(asWord.code).toBe(0)
  expect(stored().geminiKeys.slice(1)).toEqual([
    { id: 'gemini-1', key: FRESH, project: 'one', weight: 2 },
    { id: 'second', key: 'AIzaCanaryWord000000000000001111', project: 'two' },
  ])
  const removed = await keys(onSecret('remove', 'second', 'gemini-1'))
  expect([removed.code, removed.out.includes('second')]).toEqual([0, false])
  expect(stored().geminiKeys.map(({ id }) => id)).toEqual(['first'])
}, 30_000)

test('what can’t be done is said in one line, and changes nothing', async () => {
  const CASES: readonly [words: string[], input: string, code: number, message: RegExp][] = [
    [['add', '--project', 'p'], DEAD, 1, /Google refuses this key \(API_KEY_INVALID\)/],
    [['add', '--project', 'p'], GOOD, 2, /in the list already, as first\./],
    [['add', '--project', 'p'], '', 2, /^No key was given/],
    [['add', '--project', 'p', '--weight', '0'], FRESH, 2, /^--weight must be/],
    [['remove', 'first'], '', 2, /^The last Gemini key stays/],
    [['delete'], '', 2, /^There is no "delete"\. There are: list, add, remove, test, clients/],
    [['list', '--sekret', 'x'], '', 2, /^Unknown option '--sekret'/],
    [['list', '--secret', 'nobody'], '', 1, /^Secrets Manager can't find/],
    [['list', '--local'], '', 1, /^No npm start runs here on port 1\./],
  ]
  const before = gateway.secret.labels()
  const check = async ([words, input, code, message]: (typeof CASES)[number]): Promise<void> => {
    const { err, ...ran } = await keys(words.includes('nobody') ? words : onSecret(...words), input, { PORT: '1' })
    expect({ words, ...ran }).toEqual({ words, code, out: '' })
    expect(err).toMatch(message)
    expect(err.trim().split('\n')).toHaveLength(1)
  }
  await Promise.all(CASES.map(check))
  expect(gateway.secret.labels()).toEqual(before)
}, 30_000)

test('an edit of the list says what is wrong with what was typed, and nothing of it', () => {
  const list = { ...stored(), clientKeys: [{ id: 'laptop', sha256: 'a'.repeat(64) }] }
  const refusals: readonly [edit: () => unknown, message: string][] = [
    [() => withGeminiKey(list, { key: FRESH, project: FRESH }), 'project looks like a key; give it a name.'],
    [() => withGeminiKey(list, { key: FRESH, project: 'p', id: 'first' }), 'id is taken.'],
    [() => withGeminiKey(list, { key: 'a b', project: 'p' }), 'key must be a key: visible ASCII, not empty.'],
    [() => withClient(list, { key: 'tg-1', id: 'laptop' }), 'id is taken.'],
    [() => withClient(list, { key: 'tg-1', id: 'a#b' }), 'id must be 1 to 100 characters, without blanks and #.'],
    [() => withoutGeminiKeys(list, ['frist']), 'There is no key frist in the list.'],
    [() => withoutClients(list, ['phone', 'laptop']), 'There is no key phone in the list.'],
  ]
  for (const [edit, message] of refusals) expect(edit).toThrow(new BadInput(message))
  expect(withoutClients(list, ['laptop']).clientKeys).toEqual([])
})

test('test calls Google with each key, and its exit code tells', async () => {
  expect(await keys(onSecret('test'))).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^first +one +…1234 +works$/m),
  })
  gemini.keys.set(GOOD, 'suspended')
  const ran = await keys(onSecret('test', 'first'))
  expect([ran.code, ran.out]).toEqual([1, expect.stringMatching(/^first +one +…1234 +refused +CONSUMER_SUSPENDED$/m)])
})

test('two people at once: both changes count', async () => {
  const people = await Promise.all([
    keys(onSecret('add', '--project', 'ann', 'AIzaCanaryAnn0000000000000000000')),
    keys(onSecret('add', '--project', 'bob', 'AIzaCanaryBob0000000000000000000')),
    keys(onSecret('clients', 'add', 'eve')),
  ])
  expect(people.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(
    stored()
      .geminiKeys.map(({ project }) => project)
      .sort(),
  ).toEqual(['ann', 'bob', 'one'])
  expect(stored().clientKeys.map(({ id }) => id)).toEqual(['eve'])
}, 60_000)

test('who was followed by others before anybody looked is told that it counts', async () => {
  const entry = { key: FRESH, project: 'two' }
  const edit: Edit = { apply: (list) => withGeminiKey(list, entry), isIn: (list) => hasGeminiKey(list, FRESH) }
  let list = JSON.parse(LIST) as Secret
  const outcomes: Outcome[] = ['busy', 'changed', 'changed']
  const tried: Secret[] = []
  const store: KeyStore = {
    read: async () => ({ version: String(tried.length), list }),
    replace: async (_, next) => {
      tried.push(next)
      if (tried.length === 3) list = next
      return outcomes.shift() ?? 'busy'
    },
  }
  expect(await changeList(store, edit, () => undefined, 1)).toBe('current')
  expect(tried).toHaveLength(3)
})

test('a list that fails its test leaves the old one current', async () => {
  gemini.keys.set(GOOD, 'suspended')
  const ran = await keys(onSecret('clients', 'add', 'laptop'))
  expect([ran.code, ran.out]).toEqual([1, ''])
  expect(ran.err).toContain('the old one stays')
  expect(gateway.secret.value()).toBe(LIST)
})

test('no whole key of Google’s was ever printed', () => {
  expect(seen.length).toBeGreaterThan(30)
  expect(seen.join('\n')).not.toContain('Canary')
  expect([masked(GOOD), masked('short')]).toEqual(['…1234', '…'])
})
