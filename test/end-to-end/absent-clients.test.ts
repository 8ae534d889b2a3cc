// F18: clients that go away, and clients that never read what they asked for; one request a process, as in Lambda.
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { SettledCall } from './faults/books.ts'
import { ask, CLIENT_KEY, MODEL, nameOf, requestOf, SAID, VARIANTS, type Variant } from './faults/variants.ts'

/** What Lambda gives each request; milliseconds. */
const LAMBDA = 7_000
const KILL_MARGIN = 2_000
/** More than the sockets on the way hold, in megabytes. */
const LARGE = 32

let gemini: SimulatedGemini
let gateway: Gateway
let settled: SettledCall[] = []
beforeAll(async () => {
  gemini = await startSimulatedGemini({ pace: { chunkCharacters: 12 } })
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    geminiKeys: Array.from({ length: 20 }, (_, i) => ({ key: `canary-gemini-${i}-key`, project: `project-${i}` })),
    clientKeys: [CLIENT_KEY],
    shared: false,
    timeoutMs: LAMBDA,
    log: ({ text }) => {
      if (text.includes('"message":"settled"')) settled.push(JSON.parse(text) as SettledCall)
    },
  })
  await answersAll()
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})

const until = async (isSo: () => boolean): Promise<void> => {
  for (let left = 1_000; left > 0 && !isSo(); left--) await new Promise((resolve) => setTimeout(resolve, 10))
}
const platformLines = () => gateway.logs.filter(({ source }) => source === 'platform').map(({ text }) => text)
const isAsked = (text: string) => gemini.requests.some(({ body }) => JSON.stringify(body).includes(text))
const answersAll = async (): Promise<void> => {
  const before = settled.length
  const answers = await Promise.all(VARIANTS.map((variant) => ask(gateway, variant, 'still there?')))
  expect(answers.map(({ status }) => status)).toEqual(VARIANTS.map(() => 200))
  await until(() => settled.length === before + VARIANTS.length)
}

/** A connection of its own that has asked, and reads nothing. */
const askDeaf = (variant: Variant, text: string): Socket => {
  const [path, body] = requestOf(variant, text, MODEL)
  const json = JSON.stringify(body)
  const { hostname, port, host } = new URL(gateway.url)
  const socket = connect(Number(port), hostname).pause()
  socket.on('error', () => undefined)
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: ${host}`,
    `authorization: Bearer ${CLIENT_KEY}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(json)}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${json}`)
  return socket
}

const say = (text: string, finishReason?: string): string => {
  const candidates = [
    { content: { role: 'model', parts: [{ text }] }, index: 0, ...(finishReason && { finishReason }) },
  ]
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 }
  return `data: ${JSON.stringify({ candidates, usageMetadata })}\r\n\r\n`
}

describe('F18 a client', () => {
  test('that goes away: its answer is still read to the end, for the books', async () => {
    settled = []
    gemini.pace({ firstByteMs: 50, chunkMs: 20 })
    await Promise.all(
      VARIANTS.map(async (variant) => {
        const text = `gone: ${nameOf(variant)}!`
        gemini.script({ text: SAID }, { text })
        const socket = askDeaf(variant, text)
        await until(() => isAsked(text))
        socket.destroy()
      }),
    )
    await until(() => settled.length === VARIANTS.length)
    gemini.pace({ firstByteMs: 0, chunkMs: 0 })
    const whole = { outcome: 'complete', estimated: false, usage: { totalTokenCount: expect.any(Number) } }
    expect(settled).toMatchObject(VARIANTS.map(() => whole))
    expect(gemini.requests.filter(({ cut }) => cut)).toEqual([])
    await answersAll()
    expect(platformLines()).toEqual([])
  }, 20_000)

  test('that never reads: its call is in the books long before Lambda ends it, and nobody else waits', async () => {
    settled = []
    const large = Buffer.from(say('Hello') + say('a'.repeat(2 ** 20)).repeat(LARGE) + say('', 'STOP'))
    const streamed = VARIANTS.filter(({ stream }) => stream)
    const sockets = streamed.map((variant) => {
      const text = `deaf: ${nameOf(variant)}!`
      gemini.script({ raw: large, headers: { 'content-type': 'text/event-stream' } }, { text })
      return askDeaf(variant, text)
    })
    await until(() => streamed.every((variant) => isAsked(`deaf: ${nameOf(variant)}!`)))
    await until(() => settled.length === streamed.length)
    expect(settled).toMatchObject(streamed.map(() => ({ outcome: 'broken', estimated: true })))
    for (const { duration_ms } of settled) expect(duration_ms).toBeLessThan(LAMBDA - KILL_MARGIN)
    await answersAll()
    await until(() => platformLines().length === streamed.length)
    expect(platformLines()).toEqual(streamed.map(() => 'Task timed out after 7.00 seconds'))
    for (const socket of sockets) socket.destroy()
    await answersAll()
  }, 30_000)
})
