// F21: a day's quota ends with the day in Los Angeles, whatever day that is; and clocks that are minutes off do no harm.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { endsOf, logBook } from './faults/books.ts'
import { ask, CLIENT_KEY, nameOf, VARIANTS } from './faults/variants.ts'

const MINUTE = 60_000
const now = Date.now.bind(Date)

let folder: string
let gemini: SimulatedGemini
let gateway: Gateway
const books = logBook()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clock-'))
  await writeFile(join(folder, 'shift'), '0')
  gemini = await startSimulatedGemini()
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    geminiKeys: Array.from({ length: 200 }, (_, i) => ({ key: `canary-gemini-${i}-key`, project: `project-${i}` })),
    clientKeys: [CLIENT_KEY],
    variables: {
      NODE_OPTIONS: `--require ${join(import.meta.dirname, 'faults/shifted.cjs')}`,
      CLOCK_SHIFT: join(folder, 'shift'),
    },
    log: books.take,
  })
}, 60_000)
afterAll(async () => {
  jest.restoreAllMocks()
  await gateway.close()
  await gemini.close()
  await rm(folder, { recursive: true })
})

/** New environments, and Lambda with them if `lambda` says so, live in a time that is so far away. */
const shiftBy = async (milliseconds: number, lambda: boolean): Promise<void> => {
  await writeFile(join(folder, 'shift'), String(milliseconds))
  jest.spyOn(Date, 'now').mockImplementation(() => now() + (lambda ? milliseconds : 0))
  await gateway.restart()
}

/** Every variant finds the day's quota of its project used up, and is served by another. Gives back when the quotas are there again. */
const useUp = async (name: string): Promise<number[]> => {
  const before = await endsOf(gateway)
  await Promise.all(
    VARIANTS.map(async (variant) => {
      const text = `${name}: ${nameOf(variant)}!`
      gemini.fail({ fault: 'error', error: 'day-quota' }, { text })
      const { status, requestId } = await ask(gateway, variant, text)
      const calls = await books.callsOf(requestId)
      expect([status, calls.map(({ outcome }) => outcome)]).toEqual([200, ['rate_day', 'complete']])
    }),
  )
  return [...(await endsOf(gateway))].filter(([entry]) => !before.has(entry)).map(([, end]) => end)
}

test.each([
  ['the last hour of summer time', '2026-10-31T23:30:00-07:00', '2026-11-01T00:00:00-07:00'],
  ['a day of 25 hours', '2026-11-01T00:30:00-07:00', '2026-11-02T00:00:00-08:00'],
  ['a winter day', '2027-01-15T12:00:00-08:00', '2027-01-16T00:00:00-08:00'],
  ['a day of 23 hours', '2027-03-14T00:30:00-08:00', '2027-03-15T00:00:00-07:00'],
])(
  'F21 %s',
  async (name, instant, midnight) => {
    await shiftBy(Date.parse(instant) - now(), true)
    const ends = await useUp(name)
    expect(ends.length).toBeGreaterThan(VARIANTS.length / 2)
    for (const end of ends) {
      // Environments don't all come back at once
      expect(end - Date.parse(midnight)).toBeGreaterThanOrEqual(0)
      expect(end - Date.parse(midnight)).toBeLessThanOrEqual(2 * MINUTE)
    }
  },
  20_000,
)

test.each([-5, 5])(
  'F21 a clock that is off by %d minutes serves all the same',
  async (minutes) => {
    await shiftBy(minutes * MINUTE, false)
    await useUp(`skew ${minutes}`)
    expect(gateway.logs.filter(({ source }) => source === 'platform')).toEqual([])
  },
  20_000,
)
