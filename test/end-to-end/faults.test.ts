// Everything that can go wrong at Google's side, on the real runtime client: what the client gets, to the letter; what becomes
// of the keys; what stands in the books; and that the environments live on.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { cooldownsOf, logBook, type SettledCall } from './faults/books.ts'
import { CATALOGUE } from './faults/catalogue.ts'
import type { Expected, Row } from './faults/rows.ts'
import { type Answer, ask, CLIENT_KEY, HOMES, MODEL, nameOf, SAID, VARIANTS, type Variant } from './faults/variants.ts'
import { ending, framesOf, refusal, refused } from './faults/words.ts'

// Each fault may cost a project, and the environments share what they know of it.
const PROJECTS = 400

let gemini: SimulatedGemini
let gateway: Gateway
const books = logBook()
const sound = new Map<string, string>()
/** All that clients got, heads included. */
const given: string[] = []

beforeAll(async () => {
  gemini = await startSimulatedGemini({ pace: { chunkCharacters: 12 } })
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    geminiKeys: Array.from({ length: PROJECTS }, (_, i) => ({
      key: `canary-gemini-${i}-key`,
      project: `project-${i}`,
    })),
    clientKeys: [CLIENT_KEY],
    log: books.take,
  })
  for (const row of rows()) {
    for (const { variant } of casesOf('', row)) {
      const { model = MODEL } = row
      const name = `${model} ${nameOf(variant)}`
      if (sound.has(name)) continue
      const text = textOf('sound', variant)
      gemini.script({ text: SAID }, { text })
      sound.set(name, (await ask(gateway, variant, text, model)).text)
    }
  }
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})

const rows = (): Row[] => Object.values(CATALOGUE).flat()

/** A prompt of its own for each case, as long as all others, for the same counts of tokens. */
const textOf = (name: string, variant: Variant): string =>
  `${name}, ${nameOf(variant)}`
    .replace(/[^A-Za-z0-9]/g, '-')
    .padEnd(80, '-')
    .slice(-80)

const expectedOf = (row: Row, { protocol, stream }: Variant): Expected | undefined => {
  if (row.only && !row.only.includes(protocol)) return undefined
  const of = protocol === 'native' ? { ...row, ...row.native } : row
  return stream ? of.streamed : of.whole
}

interface Case {
  variant: Variant
  expected: Expected
  text: string
}

const casesOf = (group: string, row: Row): Case[] =>
  VARIANTS.flatMap((variant) => {
    const expected = expectedOf(row, variant)
    return expected ? [{ variant, expected, text: textOf(`${group} ${row.name}`, variant) }] : []
  })

const isBroken = (expected: Expected | undefined): boolean =>
  typeof expected?.client === 'object' && 'broken' in expected.client

const soundOf = ({ model = MODEL }: Row, variant: Variant): string => sound.get(`${model} ${nameOf(variant)}`) ?? ''

const judge = (row: Row, variant: Variant, { client }: Expected, answer: Answer): void => {
  const { protocol } = variant
  const whole = soundOf(row, variant)
  if (client === 'answered') {
    expect([answer.status, answer.text]).toEqual([200, whole])
  } else if ('passed' in client) {
    expect([answer.status, answer.text]).toEqual([200, client.passed(framesOf(whole)).join('')])
  } else if ('blank' in client) {
    expect([answer.status, answer.text]).toEqual([200, ending(protocol, client.blank, [])])
  } else if ('refused' in client) {
    expect(refused(answer)).toEqual(refusal(protocol, client.refused))
  } else {
    const kept = framesOf(answer.text).filter((frame, index) => frame === framesOf(whole)[index])
    expect(kept.length).toBeGreaterThanOrEqual(2)
    expect([answer.status, answer.text]).toEqual([200, kept.join('') + ending(protocol, client.broken, kept)])
  }
}

const markOf = ({ marked, model = MODEL }: Row, { key_id, project }: SettledCall): string | undefined => {
  if (!marked) return undefined
  const [kind, scope] = marked.split(' ')
  const named = { key: key_id, project, model: `${project} ${model}` }
  return `${kind} ${scope} ${named[scope as keyof typeof named]}`
}

/** The first call that the request made. */
const meet = async (row: Row, variant: Variant, text: string, expected: Expected): Promise<SettledCall> => {
  const { fault, times = 1, model } = row
  gemini.script({ text: SAID }, { text, times: times + 2 })
  gemini.fail(fault, { text, times })
  // What comes in one read with the first content is a failure before it, which another try heals.
  gemini.pace({ chunkMs: isBroken(expected) ? 10 : 0 })
  const answer = await ask(gateway, variant, text, model)
  given.push(JSON.stringify(answer))
  judge(row, variant, expected, answer)
  const calls = await books.callsOf(answer.requestId)
  expect(calls.map(({ outcome, attempt, estimated }) => [outcome, attempt, estimated])).toEqual(
    expected.calls.map((outcome, index) => [outcome, index + 1, outcome === 'broken']),
  )
  return calls[0] as SettledCall
}

/** The same again with nothing wrong: the process is alive, and knows which project to leave alone. */
const meetAgain = async (row: Row, variant: Variant, text: string, first: SettledCall): Promise<void> => {
  const answer = await ask(gateway, variant, text, row.model)
  expect([answer.status, answer.text]).toEqual([200, soundOf(row, variant)])
  const calls = await books.callsOf(answer.requestId)
  expect(calls.map(({ outcome }) => outcome)).toEqual(['complete'])
  expect(calls[0]?.project === first.project).toBe(!row.marked && !row.rests)
}

/** What each process called for: whether it was a further try. */
const called: Record<string, boolean[]> = {}

/** Of its last 50 calls an environment makes no more than 10 a second time: plain ones come between, as many as it takes. */
const calmDown = async (row: Row, cases: readonly Case[]): Promise<void> => {
  const plain = VARIANTS.filter(({ protocol, stream }) => protocol !== 'responses' && !stream)
  const asked = plain.flatMap((variant) => {
    const home = HOMES[variant.protocol]
    const calls = (called[home] ??= [])
    const own = cases.filter(({ variant: { protocol } }) => HOMES[protocol] === home)
    const again = row.marked ? 0 : own.reduce((sum, { expected }) => sum + expected.calls.length - 1, 0)
    const before = calls.length
    while (calls.slice(-50).filter(Boolean).length + again > 10) calls.push(false)
    const added = calls.length - before
    calls.push(...own.flatMap(() => [false, false]), ...Array.from({ length: again }, () => true))
    return Array.from({ length: added }, () => ask(gateway, variant, 'calm'))
  })
  await Promise.all(asked)
}

describe.each(Object.entries(CATALOGUE))('%s', (group, rows) => {
  test.each(rows.map((row) => [row.name, row] as const))(
    '%s',
    async (_, row) => {
      const cases = casesOf(group, row)
      await calmDown(row, cases)
      const before = await cooldownsOf(gateway)
      const firsts = await Promise.all(cases.map(({ variant, expected, text }) => meet(row, variant, text, expected)))
      const after = await cooldownsOf(gateway)
      // Another process may have found the same project wanting before.
      expect(after).toEqual(new Set([...before, ...firsts.flatMap((first) => markOf(row, first) ?? [])]))
      await Promise.all(
        cases.map(({ variant, text }, index) => meetAgain(row, variant, text, firsts[index] as SettledCall)),
      )
      expect(gateway.logs.filter(({ source }) => source === 'platform')).toEqual([])
    },
    30_000,
  )
})

test('no key stands in anything that left the gateway, and no prompt in its log', () => {
  const lines = gateway.logs.map(({ text }) => text).join('\n')
  expect(lines).not.toMatch(/canary|größer|F12-refusals/)
  expect(given.length).toBeGreaterThan(400)
  expect(given.join('\n')).not.toMatch(/canary|project-\d/)
})
