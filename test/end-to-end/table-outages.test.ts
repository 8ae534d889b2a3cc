// F20: what clients see while the table is down, slow or busy.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { logBook } from './faults/books.ts'
import { TURNS } from './faults/turns.ts'
import { ask, CLIENT_KEY, MODEL, nameOf, SAID, VARIANTS, type Variant } from './faults/variants.ts'
import { framesOf, refusal, refused } from './faults/words.ts'

/** Milliseconds. What a dead key costs while the table says nothing, and what a busy machine may add. */
const SHARING = 250
const BUSY = 2_500
/** What whoever needs the table may wait for it: two calls of two seconds. */
const PATIENCE = 4_000

let gemini: SimulatedGemini
/** One request a process, as in Lambda. */
let gateway: Gateway
/** One process for all that wait for the table: they have nothing else to do. */
let shared: Gateway
const books = logBook()
beforeAll(async () => {
  gemini = await startSimulatedGemini({ pace: { chunkCharacters: 12 } })
  const start = (isShared: boolean) =>
    startGateway({
      geminiBaseUrl: gemini.origin,
      geminiKeys: Array.from({ length: 100 }, (_, i) => ({ key: `canary-gemini-${i}-key`, project: `project-${i}` })),
      clientKeys: [CLIENT_KEY],
      shared: isShared,
      log: books.take,
    })
  ;[gateway, shared] = await Promise.all([start(false), start(true)])
}, 60_000)
afterAll(async () => {
  await Promise.all([gateway.close(), shared.close()])
  await gemini.close()
})

interface Posted {
  status: number
  headers: Record<string, string>
  text: string
  requestId: string
}

const post = async (path: string, body: object): Promise<Posted> => {
  const response = await fetch(shared.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${CLIENT_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: await response.text(),
    requestId: response.headers.get('x-request-id') ?? '',
  }
}

/** Of a reply or of a stream's last event. */
const responseIn = (text: string): unknown => {
  if (!text.startsWith('event: ')) return JSON.parse(text)
  const { type, response } = JSON.parse(framesOf(text).at(-1)?.split('data: ')[1] ?? '') as Record<string, unknown>
  return type === 'response.completed' ? response : type
}

/** As the environment itself took the time, its work after the reply included. */
const isInTime = async (reply: Posted | undefined): Promise<void> => {
  const over = await books.overOf(reply?.requestId ?? '')
  expect(over?.['gen_ai.server.request.duration']).toBeLessThan((PATIENCE + BUSY) / 1000)
}

/** Served by another key, after no more of a wait than is due. */
const meetDeadKey = async (name: string, variant: Variant): Promise<void> => {
  const text = `${name}: ${nameOf(variant)}!`
  gemini.script({ text: SAID }, { text, times: 2 })
  gemini.fail({ fault: 'error', error: 'invalid' }, { text })
  const { status, text: said, requestId } = await ask(gateway, variant, text)
  expect([status, /größer/.test(said)]).toEqual([200, true])
  const [first, second] = await books.firstCallsOf(requestId, 2)
  expect([first?.outcome, second?.outcome]).toEqual(['key_dead', 'complete'])
  // As the environment itself took the time
  const begun = Date.parse(second?.timestamp ?? '') - (second?.duration_ms ?? 0)
  expect(begun - Date.parse(first?.timestamp ?? '')).toBeLessThan(SHARING + BUSY)
}

describe.each(['down', 'slow', 'throttled'] as const)('F20 the table is %s', (fault) => {
  let earlier = ''
  beforeAll(async () => {
    const kept = await post('/v1/responses', { model: MODEL, input: 'keep this' })
    earlier = (JSON.parse(kept.text) as { id: string }).id
    await gateway.restart()
    gateway.table.fault = fault
    shared.table.fault = fault
  }, 20_000)
  afterAll(() => {
    gateway.table.fault = undefined
    shared.table.fault = undefined
  })

  test('all are served, cold and warm, dead keys included', async () => {
    await Promise.all(VARIANTS.map((variant) => meetDeadKey(`${fault}, cold`, variant)))
    await Promise.all(
      VARIANTS.map(async (variant) => {
        const { status, requestId } = await ask(gateway, variant, 'plain')
        expect([status, (await books.callsOf(requestId)).length]).toEqual([200, 1])
        expect((await books.overOf(requestId))?.['triglot.overhead']).toBeLessThan(BUSY)
      }),
    )
    await Promise.all(VARIANTS.map((variant) => meetDeadKey(`${fault}, warm`, variant)))
  }, 30_000)

  test('what needs it says so, or goes on without, in bounded time', async () => {
    const stored = [false, true].map(async (stream) => {
      const reply = await post('/v1/responses', { model: MODEL, input: `${fault}: keep that`, stream })
      expect([reply.status, responseIn(reply.text)]).toEqual([
        200,
        expect.objectContaining({ status: 'completed', store: false }),
      ])
      await isInTime(reply)
    })
    const recalled = [false, true].map(async (stream) => {
      const body = { model: MODEL, input: 'go on', previous_response_id: earlier, stream }
      const reply = await post('/v1/responses', body)
      const message = 'The gateway cannot reach its state at the moment.'
      expect(refused(reply)).toEqual(refusal('responses', { kind: 'unavailable', message, after: '5' }))
      await isInTime(reply)
    })
    const signed = Object.entries(TURNS).flatMap(([protocol, [path, first, second]]) =>
      [false, true].map(async (stream) => {
        const text = `${fault}: ${protocol} ${stream}!`
        const asked = async (turn: object, index: number) => {
          gemini.script(index === 0 ? { calls: [{ name: 'f' }] } : { text: SAID }, { text: `${index}${text}` })
          const said = JSON.stringify(turn).replaceAll('"stay"', JSON.stringify(`${index}${text}`))
          return await post(path, { ...(JSON.parse(said) as object), stream })
        }
        const [calling, going] = await Promise.all([first, second('call_of-long-ago')].map(asked))
        expect([calling?.status, going?.status]).toEqual([200, 200])
        expect(calling?.text).toMatch(/"call_[a-z0-9]{24}"/)
        expect(going?.text).toContain('größer')
        await Promise.all([calling, going].map(isInTime))
        const sent = gemini.requests.filter(({ body }) => JSON.stringify(body).includes(`1${text}`))
        expect(sent).toHaveLength(1)
        expect(JSON.stringify(sent[0]?.body)).toContain('skip_thought_signature_validator')
      }),
    )
    await Promise.all([...stored, ...recalled, ...signed])
  }, 40_000)
})

test('no environment was killed or ended by itself', () => {
  expect([...gateway.logs, ...shared.logs].filter(({ source }) => source === 'platform')).toEqual([])
})
