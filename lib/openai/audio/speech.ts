import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import { upstreamError } from '../../gemini/errors.ts'
import type { Model } from '../../gemini/models/model.ts'
import type { Turn } from '../../gemini/turn.ts'
import type { Question } from '../../gemini/upstream/unary.ts'
import { usageOf } from '../../gemini/usage.ts'
import type { UsageMetadata } from '../../gemini/wire.ts'
import { parseBody } from '../../http/parse.ts'
import { dataFrame } from '../../http/sse.ts'
import type { StreamWriter } from '../../protocol.ts'
import { errorObject } from '../errors.ts'
import { pcmRateOf } from '../wav.ts'
import type { SoundEncoder } from './encoder.ts'
import { encodeWhole, type SoundFormat } from './sound.ts'
import { voiceOf } from './voices.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  user: 'Gemini is not told who asks',
} as const satisfies Record<string, string>

/** What is refused, with what the client is told. */
export const REFUSED = {
  'response_format: opus, aac': 'Speech comes as mp3, flac, wav or pcm (16 bit, mono, 24 kHz, little-endian) only.',
} as const satisfies Record<string, string>

const bodySchema = z.object({
  model: z.string().check(z.minLength(1)),
  input: z.string().check(z.minLength(1)),
  voice: z.union([z.string().check(z.minLength(1)), z.object({ id: z.string().check(z.minLength(1)) })]),
  instructions: z.nullish(z.string()),
  response_format: z.nullish(z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'])),
  speed: z.nullish(z.number().check(z.minimum(0.25), z.maximum(4))),
  stream_format: z.nullish(z.enum(['audio', 'sse'])),
})

/** https://platform.openai.com/docs/api-reference/audio/createSpeech */
export interface SpeechBody extends Omit<z.infer<typeof bodySchema>, 'response_format'> {
  format: SoundFormat
}

/** Throws `invalid_request` that names the field. */
export const parse = (json: unknown): SpeechBody => {
  const { response_format, ...body } = parseBody(bodySchema, json)
  const format = response_format ?? 'mp3'
  if (format !== 'opus' && format !== 'aac') return { ...body, format }
  const message = `response_format: ${REFUSED['response_format: opus, aac']}`
  throw new GatewayError('invalid_request', message, { param: 'response_format' })
}

/** Gemini takes the manner and the pace of speech in words before the text. */
const manner = ({ instructions, speed }: SpeechBody): string =>
  [instructions, speed && speed !== 1 ? `Speak at ${speed} times the usual pace.` : undefined]
    .filter((line) => line)
    .join('\n')

export const toQuestion = (body: SpeechBody, model: Model): Question => {
  if (model.makes !== 'speech') {
    const message = `model: '${body.model.slice(0, 100)}' makes no speech`
    throw new GatewayError('invalid_request', message, { param: 'model' })
  }
  const how = manner(body)
  const voiceName = voiceOf(typeof body.voice === 'string' ? body.voice : body.voice.id)
  return {
    model,
    parts: [{ text: how ? `${how}\n\n${body.input}` : body.input }],
    wishes: {},
    config: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName } } } },
  }
}

export interface Speech {
  contentType: string
  bytes: Buffer
}

/** The whole speech, so that one that breaks off is an error and not half a file. Throws where the model said nothing. */
export const speechOf = (turn: Turn, encoder: SoundEncoder): Speech => {
  const sounds = turn.blocks.flat().filter((block) => block.kind === 'media')
  const [first] = sounds
  const why = refusalOf(turn)
  if (why || !first) throw why ?? nothingSaid()
  return encodeWhole(Buffer.concat(sounds.map(({ text }) => Buffer.from(text, 'base64'))), first.mimeType, encoder)
}

/** Why a turn is no whole speech; undefined where it is one. */
const refusalOf = ({ blocked, outcomes }: Pick<Turn, 'blocked' | 'outcomes'>): GatewayError | undefined => {
  if (blocked !== undefined || outcomes.includes('filtered')) {
    const message = 'The text was blocked by the safety filter.'
    return new GatewayError('invalid_request', message, { param: 'input', code: 'content_policy_violation' })
  }
  if (outcomes.includes('length')) {
    const message = 'The speech is longer than the model can speak at once. Send the text in pieces.'
    return new GatewayError('invalid_request', message, { param: 'input' })
  }
  return undefined
}

const nothingSaid = (): GatewayError => upstreamError({ class: 'bad_body' }, 'The model gave no speech.')

/** The same speech as events, as it is spoken. https://platform.openai.com/docs/api-reference/audio/speech-audio-delta-event */
export const speechStream = (encoder: SoundEncoder): StreamWriter => {
  let begun = false
  /** Base64 and bytes that make no whole sample yet. */
  let letters = ''
  let odd: Buffer = Buffer.alloc(0)

  const delta = (bytes: Buffer): string =>
    bytes.length === 0 ? '' : dataFrame(JSON.stringify({ type: 'speech.audio.delta', audio: bytes.toString('base64') }))

  const heard = (literal: string): string => {
    letters += literal
    const whole = letters.length - (letters.length % 4)
    const pcm = Buffer.concat([odd, Buffer.from(letters.slice(0, whole), 'base64')])
    letters = letters.slice(whole)
    const even = pcm.length - (pcm.length % 2)
    odd = pcm.subarray(even)
    return delta(encoder.encode(pcm.subarray(0, even)))
  }
  const fail = (error: GatewayError): string => dataFrame(JSON.stringify({ error: errorObject(error) }))

  return {
    start: () => '',
    write(event) {
      if (event.type === 'end') {
        const why = refusalOf(event) ?? (begun ? undefined : nothingSaid())
        if (why) return fail(why)
        return (
          delta(encoder.end()) + dataFrame(JSON.stringify({ type: 'speech.audio.done', usage: countsOf(event.usage) }))
        )
      }
      if (event.type === 'start' || event.block.kind !== 'media') return ''
      if (event.type === 'delta') return heard(event.literal)
      if (event.type === 'close' || begun) return ''
      begun = true
      return delta(encoder.begin(pcmRateOf(event.block.mimeType) ?? USUAL_RATE))
    },
    fail,
  }
}

/** Of all that Gemini speaks. */
const USUAL_RATE = 24_000

const countsOf = (usage: UsageMetadata) => {
  const { input, output } = usageOf(usage)
  return { input_tokens: input, output_tokens: output, total_tokens: input + output }
}
