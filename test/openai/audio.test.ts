import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { toFile } from 'openai'
import { wavOf } from '../../lib/openai/wav.ts'
import { faultsOf, serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve()
})
afterEach(() => served.simulated.reset())
afterAll(() => served.simulated.close())

const RECORDING = wavOf(Buffer.alloc(4800), 24_000)
const recording = () => toFile(RECORDING, 'speech.wav', { type: 'audio/wav' })
const says = (text: string) => served.simulated.script({ text })
const TIMED = {
  language: 'english',
  duration: 3661.5,
  segments: [
    { start: 0, end: 1.25, text: 'Hello <you>.' },
    { start: 1.25, end: 3661.5, text: 'Good\n\nbye.' },
  ],
}

test('speech in WAV, with the voice of either vendor', async () => {
  for (const voice of ['nova', 'leda']) {
    const reply = await served.openai.audio.speech.create({
      model: 'gpt-4o-mini-tts',
      voice,
      input: 'How are you?',
      instructions: 'Whisper.',
      response_format: 'wav',
    })
    expect(reply.headers.get('content-type')).toBe('audio/wav')
    const bytes = Buffer.from(await reply.arrayBuffer())
    expect(bytes.toString('latin1', 0, 4)).toBe('RIFF')
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8)
  }
  const bodies = served.simulated.requests.map(({ body }) => body)
  expect(bodies[1]).toEqual(bodies[0])
  expect(bodies[0]).toMatchObject({
    contents: [{ parts: [{ text: 'Whisper.\n\nHow are you?' }] }],
    generationConfig: {
      responseModalities: ['AUDIO'],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Leda' } } },
    },
  })
})

test('a transcript as JSON, as text and as events', async () => {
  const { transcriptions } = served.openai.audio
  const ask = { model: 'whisper-1', language: 'en', prompt: 'Triglot' } as const
  says('Hello there.')
  const whole = await transcriptions.create({ ...ask, file: await recording() })
  expect(faultsOf('CreateTranscriptionResponseJson', whole)).toEqual([])
  expect(whole.text).toBe('Hello there.')
  says('Hello there.')
  expect(await transcriptions.create({ ...ask, file: await recording(), response_format: 'text' })).toBe(
    'Hello there.\n',
  )
  says('Hello there.')
  const deltas: string[] = []
  for await (const event of await transcriptions.create({ ...ask, file: await recording(), stream: true })) {
    expect(faultsOf('CreateTranscriptionResponseStreamEvent', event)).toEqual([])
    if (event.type === 'transcript.text.delta') deltas.push(event.delta)
    else if (event.type === 'transcript.text.done') expect(event.text).toBe(deltas.join(''))
  }
  expect(deltas.join('')).toBe('Hello there.')
  expect(served.simulated.requests[0]?.body).toMatchObject({
    contents: [
      {
        parts: [
          { inlineData: { mimeType: 'audio/wav', data: RECORDING.toString('base64') } },
          { text: expect.stringMatching(/"en"[^]*Triglot/) },
        ],
      },
    ],
  })
})

test('a transcript is told as it is heard, and one that is cut short ends in an error', async () => {
  const ask = async () =>
    served.openai.audio.transcriptions.create({ model: 'whisper-1', file: await recording(), stream: true })
  served.simulated.script({ parts: [' Hello  ', '  there. ', '\n', 'Bye.\n'].map((text) => ({ text })) })
  const told: string[] = []
  for await (const event of await ask()) told.push(event.type === 'transcript.text.delta' ? event.delta : event.type)
  expect(told.at(-1)).toBe('transcript.text.done')
  expect(told.slice(0, -1).join('')).toBe('Hello    there. \nBye.')
  expect(served.simulated.requests.at(-1)?.path).toMatch(/:streamGenerateContent$/)

  says('Hello there.')
  served.simulated.fail({ fault: 'finish', reason: 'SAFETY', content: true })
  const broken = (async () => {
    for await (const event of await ask()) told.push(event.type)
  })()
  await expect(broken).rejects.toMatchObject({ code: 'content_policy_violation' })
})

test('times in every form', async () => {
  const { transcriptions } = served.openai.audio
  says(JSON.stringify(TIMED))
  const verbose = await transcriptions.create({
    model: 'whisper-1',
    file: await recording(),
    response_format: 'verbose_json',
  })
  expect(faultsOf('CreateTranscriptionResponseVerboseJson', verbose)).toEqual([])
  expect(verbose.segments?.map(({ start, end }) => [start, end])).toEqual([
    [0, 1.25],
    [1.25, 3661.5],
  ])
  says(JSON.stringify(TIMED))
  const srt = await transcriptions.create({ model: 'whisper-1', file: await recording(), response_format: 'srt' })
  expect(srt).toBe('1\n00:00:00,000 --> 00:00:01,250\nHello <you>.\n\n2\n00:00:01,250 --> 01:01:01,500\nGood\nbye.\n\n')
  says(JSON.stringify(TIMED))
  const vtt = await transcriptions.create({ model: 'whisper-1', file: await recording(), response_format: 'vtt' })
  expect(vtt).toBe(
    'WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nHello &lt;you&gt;.\n\n00:00:01.250 --> 01:01:01.500\nGood\nbye.\n\n',
  )
})

test('words where they are asked for; times that no one can read are an upstream failure', async () => {
  says(JSON.stringify({ ...TIMED, words: [{ start: 0, end: 1, word: 'Hello' }] }))
  const reply = await served.openai.audio.transcriptions.create({
    model: 'whisper-1',
    response_format: 'verbose_json',
    timestamp_granularities: ['word', 'segment'],
    file: await recording(),
  })
  expect(reply).toMatchObject({ words: [{ start: 0, end: 1, word: 'Hello' }], segments: [{ id: 0 }, { id: 1 }] })
  says('not JSON')
  await expect(
    served.openai.audio.transcriptions.create({
      model: 'whisper-1',
      response_format: 'verbose_json',
      file: await recording(),
    }),
  ).rejects.toMatchObject({ status: 502 })
})

test('a translation asks for English', async () => {
  says('Good day.')
  const { text } = await served.openai.audio.translations.create({ model: 'whisper-1', file: await recording() })
  expect(text).toBe('Good day.')
  expect(JSON.stringify(served.simulated.requests[0]?.body)).toMatch(/to English/)
})

test.each([
  ['file', {}],
  ['response_format', { file: true, response_format: 'diarized_json' }],
  ['response_format', { file: true, response_format: 'doc' }],
  ['temperature', { file: true, temperature: 'warm' }],
  ['model', { file: true, model: '' }],
])('%s of %j is refused by its name', async (param, fields) => {
  const form = new FormData()
  for (const [name, value] of Object.entries({ model: 'whisper-1', ...fields })) {
    form.set(name, value === true ? await recording() : String(value))
  }
  const reply = await served.fetch('http://gateway.test/v1/audio/transcriptions', { method: 'POST', body: form })
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ error: { param } })
})
