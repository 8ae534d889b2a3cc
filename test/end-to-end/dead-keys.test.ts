// One good key among dead ones, on the real runtime client with the real table: what one environment learns all know.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { ask as askVariant, CLIENT_KEY, VARIANTS } from './faults/variants.ts'

const KEYS = Array.from({ length: 100 }, (_, i) => ({ key: `canary-${i}-key`, project: `p${i}` }))
const GOOD = 'canary-41-key'

let gemini: SimulatedGemini
let gateway: Gateway
beforeAll(async () => {
  gemini = await startSimulatedGemini()
  for (const { key } of KEYS) if (key !== GOOD) gemini.keys.set(key, 'invalid')
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    geminiKeys: KEYS,
    clientKeys: [CLIENT_KEY],
    shared: false,
  })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})

const ask = async (path: string, body: object): Promise<Response> => {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${CLIENT_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gemini-3.6-flash', max_tokens: 500, ...body }),
  })
  await response.text()
  return response
}
const hello = (content: string): object => ({ messages: [{ role: 'user', content }] })

/** The sweep goes on after the reply, until the invocation ends. */
const swept = async (): Promise<void> => {
  const isSwept = () => gateway.logs.some(({ text }) => text.includes('Keys were tried after two bad ones'))
  for (let i = 0; i < 200 && !isSwept(); i++) await new Promise((resolve) => setTimeout(resolve, 50))
}

test('F22 99 dead keys and a good one: the first request may fail, and may be sent again; all after it succeed', async () => {
  const first = await ask('/v1/chat/completions', hello('one'))
  expect([first.status, first.headers.get('retry-after'), first.headers.get('x-should-retry')]).toEqual([
    503,
    '1',
    null,
  ])
  await swept()
  const before = gemini.requests.length
  expect((await ask('/v1/chat/completions', hello('two'))).status).toBe(200)
  // Another function: an environment that has met no dead key itself
  expect((await ask('/v1/messages', hello('three'))).status).toBe(200)
  // A cold one doesn't wait for the table: it may meet one dead key, and knows the others when it has written that down
  expect(gemini.requests.length - before).toBeLessThanOrEqual(2 + 2)
  for (const variant of VARIANTS) {
    expect((await askVariant(gateway, variant, 'four')).status).toBe(200)
  }
}, 30_000)

test('F22 blanks around a key are no part of it', async () => {
  gemini.reset()
  gateway.secret.put(gateway.secret.value().replaceAll('-key"', '-key \\n"').replaceAll('"canary-', '" canary-'))
  await gateway.restart()
  for (const variant of VARIANTS) expect((await askVariant(gateway, variant, 'five')).status).toBe(200)
  expect(gemini.requests.map(({ key = '' }) => key).filter((key) => !/^canary-\d+-key$/.test(key))).toEqual([])
}, 20_000)

test('no key stands in any log line', () => {
  expect(gateway.logs.map(({ text }) => text).join('\n')).not.toContain('canary-')
})
