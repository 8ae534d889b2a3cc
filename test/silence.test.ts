// A model that is silent for long, as one is whose answer is fetched whole: the status goes out, and something keeps coming.
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { messages } from '../lib/anthropic/index.ts'
import { streamReply } from '../lib/delivery.ts'
import { GatewayError } from '../lib/errors.ts'
import type { Answer } from '../lib/gemini/reply/reader.ts'
import type { Reply } from '../lib/http/exchange.ts'
import { chat } from '../lib/openai/chat/index.ts'

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }))
afterEach(() => void jest.useRealTimers())

const waiting = (ping: string) => {
  const { promise, reject } = Promise.withResolvers<Answer>()
  const writer = { start: () => 'start ', write: () => '', fail: ({ message }: GatewayError) => `failed: ${message}` }
  const state: { reply?: Reply; error?: unknown } = {}
  void streamReply(promise, writer, ping).then(
    (reply) => (state.reply = reply),
    (error: unknown) => (state.error = error),
  )
  return { state, fail: () => reject(new GatewayError('upstream', 'nothing came')) }
}

test.each([chat.ping, messages.ping])('F8 %j after 20 s, and every 10 s from then on', async (ping) => {
  const { state, fail } = waiting(ping)
  await jest.advanceTimersByTimeAsync(19_000)
  expect(state.reply).toBeUndefined()
  await jest.advanceTimersByTimeAsync(1_000)
  expect(state.reply?.status).toBe(200)
  const body = state.reply?.body as Readable
  const heard: string[] = []
  body.on('data', (bytes: Buffer) => heard.push(bytes.toString()))
  await jest.advanceTimersByTimeAsync(30_000)
  fail()
  await jest.advanceTimersByTimeAsync(0)
  expect(heard.join('')).toBe(`${ping.repeat(3)}start failed: nothing came`)
})

test('F8 what fails before that is the status', async () => {
  const { state, fail } = waiting(chat.ping)
  await jest.advanceTimersByTimeAsync(19_000)
  fail()
  await jest.advanceTimersByTimeAsync(0)
  expect(state.error).toMatchObject({ kind: 'upstream' })
})
