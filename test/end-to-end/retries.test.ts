// How often the vendors' own clients call us when something is wrong: our hints decide, and Google is called no more for it.

import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type Fault, type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { ask as askVariant, CLIENT_KEY, VARIANTS } from './faults/variants.ts'
import { type Kind, refusal, refused } from './faults/words.ts'

let gemini: SimulatedGemini
let gateway: Gateway
beforeAll(async () => {
  gemini = await startSimulatedGemini()
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    clientKeys: [CLIENT_KEY],
    geminiKeys: ['a', 'b'].map((name) => ({ key: `key-${name}`, project: name })),
  })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})

const plain = globalThis.fetch

/** The network, with each call's hints noted, and nobody kept waiting for them. */
const watched = () => {
  const hints: (string | null)[] = []
  const hurried = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await plain(url, init)
    hints.push(response.headers.get('retry-after'))
    const headers = new Headers(response.headers)
    headers.set('retry-after-ms', '1')
    return new Response(await response.arrayBuffer(), { status: response.status, headers })
  }
  return { hints, fetch: hurried }
}

const KEY = CLIENT_KEY
type Ask = (text: string, model: string, key: string) => Promise<(string | null)[]>
const CLIENTS: Record<string, Ask> = {
  openai: async (text, model, apiKey) => {
    const { hints, fetch } = watched()
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, fetch })
    await client.chat.completions.create({ model, messages: [{ role: 'user', content: text }] }).catch(() => undefined)
    return hints
  },
  anthropic: async (text, model, apiKey) => {
    const { hints, fetch } = watched()
    const client = new Anthropic({ baseURL: gateway.url, apiKey, fetch })
    await client.messages
      .create({ model, max_tokens: 100, messages: [{ role: 'user', content: text }] })
      .catch(() => undefined)
    return hints
  },
  google: async (text, model, apiKey) => {
    const { hints, fetch } = watched()
    globalThis.fetch = fetch
    const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.url } })
    await client.models.generateContent({ model, contents: text }).catch(() => undefined)
    globalThis.fetch = plain
    return hints
  },
}

const error = (name: Extract<Fault, { fault: 'error' }>['error']): Fault => ({ fault: 'error', error: name })
const MODEL = 'gemini-3.6-flash'

/** `calls`: of a client that tries twice more where it may. */
interface Case {
  name: string
  fault?: Fault
  model?: string
  key?: string
  calls: 1 | 3
  /** Seconds. */
  after?: string
  /** What every protocol says from then on, when no project is left. */
  exhausted?: Kind
}

const CASES: readonly Case[] = [
  { name: 'an unreadable answer', fault: { fault: 'html' }, calls: 3 },
  { name: 'an overloaded model', fault: error('overloaded'), calls: 3, after: '5' },
  { name: 'a bad request', fault: error('bad-argument'), calls: 1 },
  { name: 'a key that nobody has', key: 'nobody', calls: 1 },
  { name: 'a model that nobody has', model: 'gemini-0-none', calls: 1 },
  // These leave their mark on the projects, each for a model of its own until the last
  {
    name: 'a minute quota',
    fault: error('minute-quota'),
    model: 'gemini-2.5-flash',
    calls: 3,
    after: '48',
    exhausted: 'quota_minute',
  },
  {
    name: 'a daily quota',
    fault: error('day-quota'),
    model: 'gemini-2.5-pro',
    calls: 1,
    after: '60',
    exhausted: 'quota_day',
  },
  { name: 'F22 projects that are all suspended', fault: error('suspended'), calls: 1, exhausted: 'pool_dead' },
]

test.each(CASES)('$name: $calls', async ({ name, fault, model = MODEL, key = KEY, calls, after, exhausted }) => {
  const told = await Promise.all(
    Object.entries(CLIENTS).map(async ([client, ask]) => {
      const text = `${client}: ${name}`
      if (fault) gemini.fail(fault, { text, times: 100 })
      return [client, await ask(text, model, key)] as const
    }),
  )
  gemini.reset()
  expect(told.map(([client, hints]) => [client, hints.length])).toEqual([
    ['openai', calls],
    ['anthropic', calls],
    // It never tries again by itself
    ['google', 1],
  ])
  for (const [, hints] of told) {
    for (const hint of hints) if (hint !== null) expect([Number(hint) >= 1, Number(hint) <= 60]).toEqual([true, true])
    // Jitter is a tenth at most
    if (after !== undefined) expect(Math.abs(Number(hints.at(-1)) - Number(after))).toBeLessThanOrEqual(6)
  }
  if (exhausted) await eachSays(exhausted, model)
})

/** Nothing goes to Google any more, and each protocol has its own words for why. */
const eachSays = async (kind: Kind, model: string): Promise<void> => {
  for (const variant of VARIANTS) {
    const answer = await askVariant(gateway, variant, 'anybody there?', model)
    const after = answer.headers['retry-after']
    expect(refused(answer)).toEqual(refusal(variant.protocol, { kind, ...(after !== undefined && { after }) }))
  }
  expect(gemini.requests).toEqual([])
}
