// How often the vendors' own clients call us when something is wrong: our hints decide, and Google is called no more for it.

import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type Fault, type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'

let gemini: SimulatedGemini
let gateway: Gateway
beforeAll(async () => {
  gemini = await startSimulatedGemini()
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
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

const KEY = 'your-api-key-1'
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
const CASES: readonly { name: string; fault?: Fault; model?: string; key?: string; calls: 1 | 3; after?: string }[] = [
  { name: 'an unreadable answer', fault: { fault: 'html' }, calls: 3 },
  { name: 'an overloaded model', fault: error('overloaded'), calls: 3, after: '5' },
  { name: 'a bad request', fault: error('bad-argument'), calls: 1 },
  { name: 'a key that nobody has', key: 'nobody', calls: 1 },
  { name: 'a model that nobody has', model: 'gemini-0-none', calls: 1 },
  // These leave their mark on the projects, each for a model of its own until the last
  { name: 'a minute quota', fault: error('minute-quota'), model: 'gemini-2.5-flash', calls: 3, after: '48' },
  { name: 'a daily quota', fault: error('day-quota'), model: 'gemini-2.5-pro', calls: 1, after: '60' },
  { name: 'projects that are all suspended', fault: error('suspended'), calls: 1 },
]

test.each(CASES)('$name: $calls', async ({ name, fault, model = MODEL, key = KEY, calls, after }) => {
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
})
