// Speech in each of its formats, whole and as it is spoken.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { flacEncoder } from '../../lib/openai/audio/flac.ts'
import { serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve()
})
afterEach(() => served.simulated.reset())
afterAll(() => served.simulated.close())

const ASK = {
  model: 'tts-1',
  voice: 'alloy',
  input: 'A rather long line, so that the sound has more than one piece.',
} as const
type Format = 'mp3' | 'flac' | 'wav' | 'pcm'

const spoken = async (more: object = {}): Promise<{ type: string; bytes: Buffer }> => {
  const reply = await served.openai.audio.speech.create({ ...ASK, ...more })
  return { type: reply.headers.get('content-type') ?? '', bytes: Buffer.from(await reply.arrayBuffer()) }
}

interface SpeechEvent {
  type?: string
  audio?: string
  usage?: { total_tokens: number }
  error?: { code: string | null }
}
const eventsIn = (text: string): SpeechEvent[] =>
  text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => JSON.parse(frame.slice('data: '.length)) as SpeechEvent)

// MPEG-2 layer III. http://www.mp3-tech.org/programmer/frame_header.html
const BITRATES = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const RATES = [22_050, 24_000, 16_000]
const SAMPLES_PER_FRAME = 576

/** Every frame of an MP3 file; throws where the next is not where this one ends. */
const framesOf = (file: Buffer): { rate: number; channels: number; bitrate: number }[] => {
  const frames = []
  for (let at = 0; at < file.length; ) {
    const [sync = 0, version = 0, setting = 0, mode = 0] = file.subarray(at, at + 4)
    if (sync !== 0xff || (version & 0xfe) !== 0xf2) throw new Error(`no MPEG-2 layer III frame at ${at}`)
    const bitrate = BITRATES[setting >> 4] ?? 0
    const rate = RATES[(setting >> 2) & 3] ?? 0
    frames.push({ rate, channels: mode >> 6 === 3 ? 1 : 2, bitrate })
    at += Math.floor((72_000 * bitrate) / rate) + ((setting >> 1) & 1)
    if (at > file.length) throw new Error('the last frame is cut')
  }
  return frames
}

test('without a format it is MP3, as at OpenAI, of the same length as the sound', async () => {
  const { type, bytes } = await spoken()
  expect(type).toBe('audio/mpeg')
  const frames = framesOf(bytes)
  expect(new Set(frames.map((frame) => JSON.stringify(frame)))).toEqual(
    new Set([JSON.stringify({ rate: 24_000, channels: 1, bitrate: 96 })]),
  )
  const pcm = (await spoken({ response_format: 'pcm' })).bytes
  const seconds = pcm.length / 2 / 24_000
  const padded = (frames.length * SAMPLES_PER_FRAME) / 24_000 - seconds
  expect(seconds).toBeGreaterThan(1)
  expect(padded).toBeGreaterThanOrEqual(0)
  expect(padded).toBeLessThan(0.15)
  expect((await spoken({ response_format: 'mp3' })).bytes).toEqual(bytes)
})

test('two at once don’t get into each other’s sound', async () => {
  const alone = await spoken()
  const other = await spoken({ voice: 'nova', input: 'Something else.' })
  expect(await Promise.all([spoken(), spoken({ voice: 'nova', input: 'Something else.' })])).toEqual([alone, other])
})

test('WAV and PCM hold the very samples', async () => {
  const pcm = await spoken({ response_format: 'pcm' })
  const wav = await spoken({ response_format: 'wav' })
  expect([pcm.type, wav.type]).toEqual(['audio/pcm', 'audio/wav'])
  expect(wav.bytes.toString('latin1', 0, 4)).toBe('RIFF')
  expect(wav.bytes.readUInt32LE(4)).toBe(wav.bytes.length - 8)
  expect(wav.bytes.readUInt32LE(40)).toBe(pcm.bytes.length)
  expect(wav.bytes.subarray(44)).toEqual(pcm.bytes)
})

// A second reading of https://www.rfc-editor.org/rfc/rfc9639, bit by bit.
const crc = (bytes: Buffer, bits: 8 | 16, polynomial: number): number => {
  let rest = 0
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const out = (rest >> (bits - 1)) & 1
      rest = ((rest << 1) & (2 ** bits - 1)) ^ (out === ((byte >> bit) & 1) ? 0 : polynomial)
    }
  }
  return rest
}

/** The samples of a FLAC file of verbatim frames; throws where it isn't one. */
const samplesOf = (file: Buffer): Buffer => {
  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(what)
  }
  must(file.toString('latin1', 0, 4) === 'fLaC' && file.readUInt32BE(4) === 0x80_00_00_22, 'no stream info')
  const format = file.readUInt32BE(18)
  must(format >>> 12 === 24_000 && ((format >> 9) & 7) === 0 && ((format >> 4) & 31) === 15, 'not 24 kHz, mono, 16 bit')
  const pieces: Buffer[] = []
  for (let at = 42, number = 0; at < file.length; number++) {
    must(file.readUInt32BE(at) === 0xff_f8_70_08, `no frame at ${at}`)
    const digits = Buffer.byteLength(String.fromCodePoint(number))
    must(file.toString('utf8', at + 4, at + 4 + digits).codePointAt(0) === number, `frame ${number} is out of turn`)
    const head = at + 4 + digits + 2
    const size = (file.readUInt16BE(head - 2) + 1) * 2
    must(file[head] === crc(file.subarray(at, head), 8, 0x07), 'the head is damaged')
    must(file[head + 1] === 0x02, 'not verbatim')
    const end = head + 2 + size
    must(file.readUInt16BE(end) === crc(file.subarray(at, end), 16, 0x80_05), 'the frame is damaged')
    pieces.push(Buffer.from(file.subarray(head + 2, end)).swap16())
    at = end + 2
  }
  return Buffer.concat(pieces)
}

test('FLAC holds the very samples, too', async () => {
  const pcm = await spoken({ response_format: 'pcm' })
  const flac = await spoken({ response_format: 'flac' })
  expect(flac.type).toBe('audio/flac')
  expect(samplesOf(flac.bytes)).toEqual(pcm.bytes)
})

test('a FLAC frame’s number has two bytes from the 128th on', () => {
  const encoder = flacEncoder()
  const frames = encoder.encode(Buffer.alloc(130 * 8192))
  for (const number of [[0x00], [0x7f], [0xc2, 0x80], [0xc2, 0x81]]) {
    const head = Buffer.from([0xff, 0xf8, 0x70, 0x08, ...number, 0x0f, 0xff])
    expect(frames.includes(Buffer.concat([head, Buffer.from([crc(head, 8, 0x07)])]))).toBe(true)
  }
})

test.each(['opus', 'aac'] as const)('%s is refused, and the others are named', async (response_format) => {
  await expect(served.openai.audio.speech.create({ ...ASK, response_format })).rejects.toMatchObject({
    status: 400,
    param: 'response_format',
    message: expect.stringMatching(/mp3, flac, wav or pcm/),
  })
})

test('a model that doesn’t speak is refused', async () => {
  await expect(served.openai.audio.speech.create({ ...ASK, model: 'gemini-2.5-pro' })).rejects.toMatchObject({
    status: 400,
    param: 'model',
  })
})

describe('as events', () => {
  const streamed = async (format: Format): Promise<SpeechEvent[]> => {
    const reply = await served.openai.audio.speech.create({ ...ASK, response_format: format, stream_format: 'sse' })
    expect(reply.headers.get('content-type')).toMatch(/^text\/event-stream/)
    return eventsIn(await reply.text())
  }

  test.each(['pcm', 'wav', 'flac', 'mp3'] as const)('%s is the same sound', async (format) => {
    const events = await streamed(format)
    expect(events.slice(0, -1).map(({ type }) => type)).toEqual(events.slice(0, -1).map(() => 'speech.audio.delta'))
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { total_tokens: expect.any(Number) } })
    expect(served.simulated.requests.at(-1)?.path).toMatch(/:streamGenerateContent$/)
    const whole = (await spoken({ response_format: format })).bytes
    const sound = Buffer.concat(events.map(({ audio = '' }) => Buffer.from(audio, 'base64')))
    if (format === 'wav') {
      // Its length isn't known when it begins.
      expect(sound.subarray(44)).toEqual(whole.subarray(44))
      expect([sound.readUInt32LE(4), sound.readUInt32LE(40)]).toEqual([0xff_ff_ff_ff, 0xff_ff_ff_ff])
    } else if (format === 'pcm' || format === 'flac') {
      expect(sound).toEqual(whole)
    } else {
      expect(framesOf(sound)).toHaveLength(framesOf(whole).length)
    }
  })

  test('a sound in pieces that end in the middle of a sample and of a letter', async () => {
    const pcm = Buffer.from(Array.from({ length: 30_000 }, (_, at) => (at * 7) % 256))
    const parts = [pcm.subarray(0, 9_999), pcm.subarray(9_999, 10_001), pcm.subarray(10_001)].map((piece) => ({
      inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data: piece.toString('base64') },
    }))
    served.simulated.script({ parts })
    const events = await streamed('pcm')
    expect(Buffer.concat(events.map(({ audio = '' }) => Buffer.from(audio, 'base64')))).toEqual(pcm)
  })

  test.each([
    ['MAX_TOKENS', null],
    ['PROHIBITED_CONTENT', 'content_policy_violation'],
  ])('one that %s cut off is an error, whole and streamed', async (finishReason, code) => {
    const data = Buffer.alloc(4_800).toString('base64')
    const parts = [{ inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data } }]
    served.simulated.script([
      { parts, finishReason },
      { parts, finishReason },
    ])
    await expect(spoken({ response_format: 'pcm' })).rejects.toMatchObject({ status: 400, param: 'input', code })
    expect((await streamed('pcm')).at(-1)).toMatchObject({ error: { param: 'input', code } })
  })

  test('a blocked text is told in an event, and a failure before any sound by its status', async () => {
    served.simulated.fail({ fault: 'blocked', reason: 'SAFETY' })
    expect(await streamed('mp3')).toMatchObject([{ error: { code: 'content_policy_violation' } }])
    served.simulated.fail({ fault: 'error', error: 'bad-argument' })
    await expect(streamed('mp3')).rejects.toMatchObject({ status: 400 })
  })
})
