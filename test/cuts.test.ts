// Streams of Gemini's that break off anywhere: no client takes a piece for the whole. And however they are split, they read the same.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { tapReader } from '../lib/native/tap.ts'
import { PROTOCOLS } from './protocols.ts'
import { decodePieces, quirks, streamText, upstream } from './quirks.ts'
import { event, saying } from './upstream.ts'

const SEED = 6
const CUTS = 10_000
/** Of each stream. */
const SPLITS = 10

const CONTRACTS = join(import.meta.dirname, '../../shared/contracts/gemini')
const recordedIn = (folder: string): [name: string, bytes: Buffer][] => {
  const place = join(CONTRACTS, folder)
  if (!existsSync(place)) return []
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:sse\.)?txt$/.test(name))
    .map((name): [string, Buffer] => [`${folder}/${name}`, readFileSync(join(place, name))])
    .filter(([, bytes]) => bytes.length < 200_000 && bytes.includes('data: '))
}
const recorded = ['recorded', 'firebase-mock', 'langchain-mock', 'vercel-fixtures'].flatMap(recordedIn)
if (recorded.length === 0) console.log('cuts: no recorded streams here, the authored ones alone')
const STREAMS: readonly (readonly [name: string, bytes: Buffer])[] = [
  ...quirks.map((quirk): [string, Buffer] => [quirk, upstream(quirk)]),
  ...recorded,
]

/** mulberry32 */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Read = (pieces: readonly Buffer[]) => { text: string; failed: boolean }

const readers: Record<string, Read> = {
  ...Object.fromEntries(
    Object.entries(PROTOCOLS).map(([name, spoken]): [string, Read] => {
      const body = spoken.protocol.parse(spoken.request)
      return [
        name,
        (pieces) => {
          const decoded = decodePieces(pieces)
          return { text: streamText(spoken, body, decoded), failed: decoded.error !== undefined }
        },
      ]
    }),
  ),
  native: (pieces) => {
    const reader = tapReader('events', { emptyIsFault: false })
    const passed: Buffer[] = []
    const text = () => Buffer.concat(passed).toString()
    reader.listen((piece) => passed.push(piece))
    try {
      for (const piece of pieces) reader.push(piece)
      reader.end()
      return { text: text(), failed: false }
    } catch {
      return { text: text(), failed: true }
    }
  },
}

/** What each protocol says when all is well, and only then. */
const NORMAL_END: Record<string, RegExp> = {
  chat: /data: \[DONE\]/,
  responses: /event: response\.(?:completed|incomplete)/,
  messages: /event: message_stop/,
  native: /(?!)/,
}

/**
 * A clean end after a finish reason, between two events, is how a whole stream ends, too: nobody can tell. A connection that
 * breaks there is told by HTTP, which the catalogue of faults shows.
 */
const couldBeWhole = (bytes: Buffer): boolean => {
  const text = bytes.toString().trimEnd()
  return text.endsWith('}') && /"finishReason"|"blockReason"/.test(text)
}

describe.each(Object.entries(readers))('%s', (name, read) => {
  test(`F2 F3 ${CUTS} cuts, seed ${SEED}: none is silent`, () => {
    const random = numbers(SEED)
    const wholes = STREAMS.map(([, bytes]) => read([bytes]))
    const silent: string[] = []
    let told = 0
    for (let i = 0; i < CUTS; i++) {
      const at = random(STREAMS.length)
      const [stream, bytes] = STREAMS[at] as [string, Buffer]
      const cut = random(bytes.length)
      const piece = bytes.subarray(0, cut)
      const { text, failed } = read([piece])
      if (failed) told++
      if (failed ? NORMAL_END[name]?.test(text) : text !== wholes[at]?.text && !couldBeWhole(piece)) {
        silent.push(`${stream} at ${cut}`)
      }
    }
    expect(silent).toEqual([])
    expect(told).toBeGreaterThan(CUTS * 0.95)
  })

  test(`F6 F7 streams split anywhere, seed ${SEED}, read the same`, () => {
    const random = numbers(SEED)
    const split = (bytes: Buffer): Buffer[] => {
      const places = Array.from({ length: 1 + random(30) }, () => random(bytes.length)).sort((a, b) => a - b)
      return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
    }
    const different = STREAMS.flatMap(([stream, bytes]) => {
      const whole = read([bytes])
      const splits = [
        ...Array.from({ length: SPLITS }, () => split(bytes)),
        Array.from(bytes, (byte) => Buffer.of(byte)),
      ]
      return splits
        .filter((pieces) => {
          const { text, failed } = read(pieces)
          // Of a native stream that fails, the client gets more or fewer of the events before
          return failed !== whole.failed || (text !== whole.text && !(failed && name === 'native'))
        })
        .map((pieces) => `${stream} in ${pieces.length} pieces`)
    })
    expect(different).toEqual([])
  })
})

test.each(Object.entries(PROTOCOLS))('F7 %s: one event of 8 MB, and ten thousand small ones', (_, spoken) => {
  const body = spoken.protocol.parse(spoken.request)
  const events = (count: number, text: string): Buffer[] =>
    Array.from({ length: count }, (__, index) =>
      Buffer.from(event(saying(text, index === count - 1 ? 'STOP' : undefined))),
    )
  const letters = (pieces: readonly Buffer[]): number =>
    streamText(spoken, body, decodePieces(pieces)).split('ß').length - 1
  // Some say the whole text again at the end
  const times = letters(events(1, 'ß'))
  const large = Buffer.concat(events(1, 'ß'.repeat(4 * 2 ** 20)))
  const reads = Array.from({ length: 130 }, (__, index) => large.subarray(index * 65_536, (index + 1) * 65_536))
  expect(letters(reads)).toBe(times * 4 * 2 ** 20)
  expect(letters(events(10_000, 'ß'))).toBe(times * 10_000)
})
