import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Fault, type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { ERROR_NAMES } from '../../infra/local/simulated-gemini/refusals.ts'
import { asker, candidatesOf, errorOf, eventsOf, textIn, user } from './client.ts'

let simulated: SimulatedGemini
beforeAll(async () => {
  simulated = await startSimulatedGemini()
})
beforeEach(() => simulated.reset())
afterAll(() => simulated.close())

const PROMPT = { contents: [user('Why is the sky blue?')] }
const PATH = '/v1beta/models/gemini-2.5-flash-lite:streamGenerateContent?alt=sse'
const ask = () => asker(simulated)('POST', PATH, PROMPT)

interface Wire {
  /** What came before the end, headers included. */
  text: string
  writes: number
  ended: 'end' | 'reset' | 'never'
}
/** Speaks to the port directly, so that nothing of the bytes is smoothed over. */
const onWire = async (patienceMs = 2000): Promise<Wire> =>
  new Promise((resolve) => {
    const body = JSON.stringify(PROMPT)
    const { hostname, port } = new URL(simulated.origin)
    const socket = connect(Number(port), hostname)
    const pieces: Buffer[] = []
    const done = (ended: Wire['ended']): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ text: Buffer.concat(pieces).toString(), writes: pieces.length, ended })
    }
    const timer = setTimeout(() => done('never'), patienceMs)
    socket.on('data', (piece) => pieces.push(piece))
    socket.on('end', () => done('end'))
    socket.on('error', () => done('reset'))
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\nx-goog-api-key: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  })

const failing = async (fault: Fault, patienceMs?: number): Promise<Wire> => {
  simulated.fail(fault)
  return onWire(patienceMs)
}

describe('the connection', () => {
  test('is reset before anything, or after so many bytes', async () => {
    expect(await failing({ fault: 'reset' })).toMatchObject({ text: '', ended: 'reset' })
    const late = await failing({ fault: 'reset', bytes: 40 })
    expect(late).toMatchObject({ text: expect.stringContaining('data: {"candidates": '), ended: 'reset' })
  })

  test('falls silent before the headers, or after an event', async () => {
    expect(await failing({ fault: 'silence' }, 150)).toMatchObject({ text: '', ended: 'never' })
    const late = await failing({ fault: 'silence', after: 1 }, 150)
    expect(late).toMatchObject({ text: expect.stringContaining('data: '), ended: 'never' })
    expect(await failing({ fault: 'silence', after: 1, ms: 30 })).toMatchObject({ ended: 'end' })
  })

  test('drips', async () => {
    const began = Date.now()
    const { text } = await failing({ fault: 'drip', bytesPerSecond: 100 }, 300)
    const body = text.split('\r\n\r\n').slice(1).join('\r\n\r\n')
    expect(Date.now() - began).toBeGreaterThanOrEqual(290)
    expect(body.length).toBeLessThan(300)
  })
})

describe('the stream', () => {
  test('ends cleanly without a finish reason, or inside an event', async () => {
    simulated.fail({ fault: 'end', after: 2 })
    const events = eventsOf((await ask()).text)
    expect(events).toHaveLength(2)
    expect(events.flatMap(candidatesOf).some(({ finishReason }) => finishReason !== undefined)).toBe(false)
    simulated.fail({ fault: 'cut', bytes: 100 })
    expect(Buffer.byteLength((await ask()).text)).toBe(100)
  })

  test('ends in an error, bare or as an event', async () => {
    simulated.fail({ fault: 'error-tail', after: 1 })
    const bare = (await ask()).text.split('\r\n\r\n')
    expect(JSON.parse(bare[1] ?? '')).toMatchObject({ error: { code: 499, status: 'CANCELLED' } })
    simulated.fail({ fault: 'error-event', after: 1, error: 'overloaded' })
    expect(eventsOf((await ask()).text)[1]).toMatchObject({ error: { code: 503, status: 'UNAVAILABLE' } })
  })

  test('comes in slices, and in other framings, with the same content', async () => {
    const whole = (await ask()).text.replace(/"responseId": "\w+"/g, '')
    simulated.fail({ fault: 'slices', bytes: 1 })
    expect((await ask()).text.replace(/"responseId": "\w+"/g, '')).toBe(whole)
    simulated.fail({ fault: 'framing', lineEnd: '\n', bom: true, comments: true, multiLine: true })
    const { text } = await ask()
    expect(text).not.toContain('\r')
    const events = text
      .split('\n\n')
      .map((event) =>
        event
          .split('\n')
          .filter((line) => line.startsWith('data: '))
          .map((line) => line.slice(6))
          .join('\n'),
      )
      .filter(Boolean)
    expect(events[0]?.split('\n').length).toBeGreaterThan(1)
    const read = events.map((event) => JSON.parse(event) as Record<string, unknown>)
    expect(textIn(...read)).toBe(textIn(...eventsOf((await ask()).text)))
  })

  test('has one event that is no JSON, and goes on', async () => {
    const sound = eventsOf((await ask()).text)
    simulated.fail({ fault: 'malformed-event', after: 1 })
    const events = (await ask()).text.split('\r\n\r\n').slice(0, -1)
    expect(events).toHaveLength(sound.length)
    expect(() => JSON.parse(events[1]?.slice(6) ?? '') as unknown).toThrow()
    expect(events.at(-1)).toContain('"finishReason": "STOP"')
  })
})

describe('the reply', () => {
  test('is no reply of Google’s', async () => {
    simulated.fail({ fault: 'html' })
    const html = await ask()
    expect([html.status, html.headers.get('content-type'), html.text.slice(0, 9)]).toEqual([
      502,
      'text/html; charset=UTF-8',
      '<!DOCTYPE',
    ])
    simulated.fail({ fault: 'empty-body' })
    expect(await ask()).toMatchObject({ status: 200, text: '' })
    simulated.fail({ fault: 'content-type', value: 'text/plain' })
    expect((await ask()).headers.get('content-type')).toBe('text/plain')
    simulated.fail({ fault: 'redirect', location: 'https://example.com/' })
    expect((await ask()).headers.get('location')).toBe('https://example.com/')
  })

  test('is gzipped', async () => {
    simulated.fail({ fault: 'gzip' })
    const response = await ask()
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(textIn(...eventsOf(response.text))).not.toBe('')
  })

  test('says why the model said nothing', async () => {
    simulated.fail({ fault: 'blocked', reason: 'PROHIBITED_CONTENT' })
    const [blocked] = eventsOf((await ask()).text)
    expect(blocked).toMatchObject({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } })
    expect(blocked).not.toHaveProperty('candidates')
    simulated.fail({ fault: 'finish', reason: 'MALFORMED_FUNCTION_CALL', message: 'Malformed function call: f(' })
    expect(candidatesOf(eventsOf((await ask()).text)[0] ?? {})).toEqual([
      { content: {}, finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed function call: f(', index: 0 },
    ])
    simulated.fail({ fault: 'finish', reason: 'SAFETY', content: true })
    const partial = eventsOf((await ask()).text)
    expect([textIn(...partial) !== '', candidatesOf(partial.at(-1) ?? {})[0]?.finishReason]).toEqual([true, 'SAFETY'])
    simulated.fail({ fault: 'empty-stop' })
    expect(candidatesOf(eventsOf((await ask()).text)[0] ?? {})).toEqual([
      { content: { role: 'model' }, finishReason: 'STOP', index: 0 },
    ])
  })

  test.each(ERROR_NAMES)('is the error %s', async (error) => {
    simulated.fail({ fault: 'error', error })
    const answer = await ask()
    expect(answer.status).toBe(errorOf(answer).code)
    expect(errorOf(answer)).toMatchObject({ message: expect.any(String), status: expect.stringMatching(/^[A-Z_]+$/) })
  })
})

test('faults queue up, and end', async () => {
  simulated.fail({ fault: 'error', error: 'overloaded' }, { times: 2 })
  simulated.fail({ fault: 'error', error: 'internal' })
  const statuses = [await ask(), await ask(), await ask(), await ask()].map(({ status }) => status)
  expect(statuses).toEqual([503, 503, 500, 200])
})

test('a fault is for the requests that it names', async () => {
  simulated.fail({ fault: 'error', error: 'overloaded' }, { key: 'b' })
  simulated.fail({ fault: 'error', error: 'internal' }, { text: 'nobody says this' })
  const statuses = [await ask(), await asker(simulated)('POST', PATH, PROMPT, { 'x-goog-api-key': 'b' })].map(
    ({ status }) => status,
  )
  expect(statuses).toEqual([200, 503])
})

test('what is wrong with a request shows before a fault does', async () => {
  simulated.fail({ fault: 'error', error: 'overloaded' })
  expect((await asker(simulated)('POST', PATH, {})).status).toBe(400)
  expect((await ask()).status).toBe(503)
})

test('a fault keeps a file from being stored', async () => {
  simulated.fail({ fault: 'error', error: 'internal' })
  const upload = await asker(simulated)('POST', '/upload/v1beta/files', 'text', { 'content-type': 'text/plain' })
  expect(upload.status).toBe(500)
  expect((await asker(simulated)('GET', '/v1beta/files')).body).toEqual({})
})
