// The last event of a stream: what is kept is kept before it, and whether or not the client is still there.
import { Readable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { streamReply } from '../lib/delivery.ts'
import type { GatewayError } from '../lib/errors.ts'
import type { Answer } from '../lib/gemini/reply/reader.ts'
import type { TurnEvent } from '../lib/gemini/turn.ts'
import type { Closing, StreamWriter } from '../lib/protocol.ts'

const END: TurnEvent = {
  type: 'end',
  outcomes: ['stop'],
  reasons: ['STOP'],
  responseId: 'g',
  modelVersion: 'm',
  usage: {},
}
const WRITER: StreamWriter = {
  start: () => 'start ',
  write: ({ type }, closing) => `${type}${closing ? `, stored: ${closing.stored}` : ''} `,
  fail: ({ message }) => `failed: ${message}`,
}

/** A stream whose model and table do as the test says. */
const streaming = async (writer = WRITER) => {
  let say: (event: TurnEvent) => void = () => undefined
  let end: (error?: GatewayError) => void = () => undefined
  let read = (): void => undefined
  const answer = {
    reader: { listen: (listener: typeof say) => void (say = listener) },
    flow: {
      start: (onRead: typeof read, onEnd: typeof end) => {
        read = onRead
        end = onEnd
      },
      pause: () => undefined,
      resume: () => undefined,
    },
  } as unknown as Answer
  let closes = 0
  let keep: (closing: Closing) => void = () => undefined
  const { body } = await streamReply(Promise.resolve(answer), writer, ': ping', {
    note: () => undefined,
    close() {
      closes++
      return new Promise((resolve) => (keep = resolve))
    },
  })
  if (!(body instanceof Readable)) throw new Error('no stream')
  let text = ''
  body.on('data', (bytes: Buffer) => (text += bytes.toString()))
  await tick()
  return {
    body,
    say: (event: TurnEvent) => say(event),
    end: () => end(),
    read: () => read(),
    keep: (closing: Closing) => keep(closing),
    text: () => text,
    closes: () => closes,
  }
}
const tick = (): Promise<void> => new Promise((done) => setImmediate(done))

test('waits for what is kept, and says what came of it', async () => {
  const stream = await streaming()
  stream.say({ type: 'open', candidate: 0, index: 0, block: { kind: 'text' } })
  stream.say(END)
  stream.read()
  stream.end()
  await tick()
  expect(stream.text()).toBe('start open ')
  stream.keep({ completed: 1, stored: false })
  await tick()
  expect(stream.text()).toBe('start open end, stored: false ')
  expect(stream.body.readableEnded).toBe(true)
})

test('escapes the ends of lines that only some clients take for such', async () => {
  const write: StreamWriter['write'] = (event) =>
    event.type === 'delta' ? `data: {"text":"${event.literal}"}\n\n` : 'data: {"last":"\u0085"}\n\n'
  const stream = await streaming({ ...WRITER, start: () => '', write })
  stream.say({ type: 'delta', candidate: 0, index: 0, block: { kind: 'text' }, literal: 'é\u2028\\\\\u2029' })
  stream.read()
  stream.say(END)
  stream.end()
  await tick()
  stream.keep({ completed: 1, stored: false })
  await tick()
  expect(stream.text()).toBe('data: {"text":"é\\u2028\\\\\\u2029"}\n\ndata: {"last":"\\u0085"}\n\n')
  expect(JSON.parse(stream.text().slice(6).split('\n')[0] ?? '')).toEqual({ text: 'é\u2028\\\u2029' })
})

test('keeps the turn of a client that is gone', async () => {
  const stream = await streaming()
  stream.body.destroy()
  stream.say(END)
  stream.end()
  expect(stream.closes()).toBe(1)
  stream.keep({ completed: 1, stored: true })
  await tick()
})

test('ends in an error event if its last event can not be written', async () => {
  const stream = await streaming({
    ...WRITER,
    write: () => {
      throw new Error('no words')
    },
  })
  stream.say(END)
  stream.end()
  stream.keep({ completed: 1, stored: true })
  await tick()
  expect(stream.text()).toBe('start failed: The gateway failed to handle this request.')
})

test('what cannot be written breaks the stream off, also of what came before it began', async () => {
  const errors: (GatewayError | undefined)[] = []
  const answer: Answer = {
    reader: { listen: (listener) => listener({ type: 'open', candidate: 0, index: 0, block: { kind: 'text' } }) },
    flow: {
      start: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      cut: (error) => void errors.push(error),
    },
  }
  const writer = {
    ...WRITER,
    write: () => {
      throw new Error('no words')
    },
  }
  const { body } = await streamReply(Promise.resolve(answer), writer, ': ping')
  if (!(body instanceof Readable)) throw new Error('no stream')
  expect(String(await body.toArray())).toBe('start failed: The gateway failed to handle this request.')
  expect(errors).toHaveLength(1)
}, 2_000)
