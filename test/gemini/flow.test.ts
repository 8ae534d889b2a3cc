// How long a reply may take, and how large it may be, before it is broken off.
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { asGatewayError, type GatewayError } from '../../lib/errors.ts'
import { faultOf } from '../../lib/gemini/errors.ts'
import { type Flow, readReply } from '../../lib/gemini/flow.ts'
import { streamReader } from '../../lib/gemini/reply/reader.ts'
import { readRefusal } from '../../lib/gemini/upstream/refusal.ts'
import { event, saying } from '../upstream.ts'

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }))
afterEach(() => void jest.useRealTimers())

const MINUTE = 60_000

const reading = (deadline = 15 * MINUTE) => {
  const response = new PassThrough()
  const reader = streamReader({ newCallId: () => 'call_1', functions: [] })
  const state: { flow?: Flow; refused?: GatewayError; over?: GatewayError | 'whole' } = {}
  const limits = { silence: 2 * MINUTE, deadline, clock: () => 0 }
  const told: string[] = []
  const watch = {
    committed: () => void told.push('committed'),
    over: (error?: GatewayError) => void told.push(error ? 'broken' : 'whole'),
  }
  readReply(response, reader, limits, watch).then(
    (flow) => (state.flow = flow),
    (thrown: unknown) => (state.refused = asGatewayError(thrown)),
  )
  const start = (): void =>
    state.flow?.start(
      () => undefined,
      (error) => (state.over = error ?? 'whole'),
    )
  return { response, state, start, told }
}
const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds)
const classOf = (error: unknown): string => faultOf(error as GatewayError).class

// Some versions of Node end a stream in the tick of its last bytes, before the commit's promise is heard of.
test('a reply that breaks off in the very tick of its first content has committed', async () => {
  const { response, state, start, told } = reading()
  response.on('data', () => response.emit('error', new Error('reset')))
  response.write(event(saying('a')))
  await pass(0)
  start()
  expect(told).toEqual(['committed', 'broken'])
  expect([state.refused, classOf(state.over)]).toEqual([undefined, 'network'])
})

describe('F8 silence of two minutes', () => {
  test('before the first content is a deadline, which no other try heals', async () => {
    const { response, state } = reading()
    response.write(': nothing yet\n\n')
    await pass(2 * MINUTE - 1)
    expect(state.refused).toBeUndefined()
    await pass(2)
    expect(classOf(state.refused)).toBe('deadline')
    expect(response.destroyed).toBe(true)
  })

  test('after it breaks the stream off; every byte begins the time anew', async () => {
    const { response, state, start } = reading()
    response.write(event(saying('a')))
    await pass(0)
    start()
    for (let i = 0; i < 5; i++) {
      await pass(2 * MINUTE - 1)
      response.write(':')
      await pass(0)
    }
    expect(state.over).toBeUndefined()
    await pass(2 * MINUTE)
    expect([classOf(state.over), response.destroyed]).toEqual(['deadline', true])
  })

  test('of a client that reads slowly is none of the model’s', async () => {
    const { response, state, start } = reading()
    response.write(event(saying('a')))
    await pass(0)
    start()
    state.flow?.pause()
    await pass(10 * MINUTE)
    state.flow?.resume()
    response.end(event(saying('b', 'STOP')))
    await pass(0)
    expect(state.over).toBe('whole')
  })
})

test('F17 the deadline comes however much the model says', async () => {
  const { response, state, start } = reading(MINUTE)
  response.write(event(saying('a')))
  await pass(0)
  start()
  for (let second = 0; second < 59; second++) {
    response.write(event(saying('a')))
    await pass(1_000)
  }
  expect(state.over).toBeUndefined()
  await pass(1_001)
  expect(classOf(state.over)).toBe('deadline')
})

describe('F11 a reply of more than 64 MB', () => {
  const megabyte = Buffer.alloc(2 ** 20, ' ')

  test.each([
    ['that never commits', undefined],
    ['in one event after others', event(saying('a'))],
  ])('%s is given up', async (_, before) => {
    const { response, state, start } = reading()
    if (before) response.write(before)
    await pass(0)
    start()
    for (let i = 0; i < 70 && !response.destroyed; i++) {
      response.write(megabyte)
      await pass(0)
    }
    expect(classOf(state.refused ?? state.over)).toBe('bad_body')
    expect(response.destroyed).toBe(true)
  })
})

test('an error that is not said to its end is taken as far as it came', async () => {
  const body = new PassThrough()
  const refusal = readRefusal(503, body)
  body.write('{"error":')
  await pass(5_000)
  expect(classOf(await refusal)).toBe('overload')
})
