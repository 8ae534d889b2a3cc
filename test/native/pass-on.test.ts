import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { readReply } from '../../lib/gemini/flow.ts'
import type { Opened } from '../../lib/gemini/upstream/client.ts'
import { replyBody, wholeBody } from '../../lib/native/pass-on.ts'
import { type TapReader, tapReader } from '../../lib/native/tap.ts'

const PIECE = Buffer.alloc(64 * 1024, ' ')

test('a large reply whose client has gone is read to its end, so that it is in the books', async () => {
  const upstream = new PassThrough()
  const told: string[] = []
  const watch = { committed: () => undefined, over: (error?: Error) => void told.push(error ? 'broken' : 'whole') }
  const limits = { silence: 60_000, deadline: 60_000, clock: () => 0 }
  const reader = tapReader('shown', { emptyIsFault: false })
  const opening = readReply(upstream, reader, limits, watch)
  Readable.from([Buffer.from('{'), ...Array.from({ length: 20 }, () => PIECE), Buffer.from('}')]).pipe(upstream)
  const opened = { reader, flow: await opening } as Opened<TapReader>
  const body = await wholeBody(opened, 1000)
  if (Buffer.isBuffer(body)) throw new Error('It fits.')
  await sleep(20)
  body.destroy()
  await sleep(50)
  expect(told).toEqual(['whole'])
})

test('the error of a stream that breaks off comes apart from what was before, or Google’s SDKs would not know it', async () => {
  const upstream = new PassThrough()
  const watch = { committed: () => undefined, over: () => undefined }
  const limits = { silence: 60_000, deadline: 60_000, clock: () => 0 }
  const reader = tapReader('events', { emptyIsFault: false })
  const opening = readReply(upstream, reader, limits, watch)
  const event = `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: 'a' }] } }] })}\r\n\r\n`
  upstream.write(event)
  const body = replyBody({ reader, flow: await opening } as Opened<TapReader>)
  const came: { text: string; at: number }[] = []
  body.on('data', (bytes: Buffer) => came.push({ text: bytes.toString(), at: performance.now() }))
  upstream.end(event)
  await new Promise((resolve) => body.on('end', resolve))
  const [last, before] = came.toReversed()
  expect(JSON.parse(last?.text ?? '')).toMatchObject({ error: { code: 502 } })
  expect((last?.at ?? 0) - (before?.at ?? 0)).toBeGreaterThan(10)
  expect(body.broken).toBe(true)
})
