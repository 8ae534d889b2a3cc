import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import { upstreamError } from '../../gemini/errors.ts'
import type { Model } from '../../gemini/models.ts'
import type { Turn } from '../../gemini/turn.ts'
import type { Question } from '../../gemini/unary.ts'
import { usageOf } from '../../gemini/usage.ts'
import { parseBody } from '../../http/parse.ts'
import { dataFrame } from '../../http/sse.ts'
import { pcmRateOf, wavOf } from '../wav.ts'
import { voiceOf } from './voices.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  user: 'Gemini is not told who asks',
} as const satisfies Record<string, string>

/** What is refused, with what the client is told. */
export const REFUSED = {
  'response_format: mp3, opus, aac, flac': 'Speech comes as wav or pcm (16 bit, mono, 24 kHz, little-endian) only.',
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
  /** WAV where the client doesn't say: it says of itself what it is. */
  format: 'wav' | 'pcm'
}

/** Throws `invalid_request` that names the field. */
export const parse = (json: unknown): SpeechBody => {
  const { response_format, ...body } = parseBody(bodySchema, json)
  const format = response_format ?? 'wav'
  if (format === 'wav' || format === 'pcm') return { ...body, format }
  const message = `response_format: ${REFUSED['response_format: mp3, opus, aac, flac']}`
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

/** Throws where the model said nothing. */
export const speechOf = ({ blocks, blocked, outcomes }: Turn, { format }: SpeechBody): Speech => {
  const sounds = blocks.flat().filter((block) => block.kind === 'media')
  const [first] = sounds
  if (!first) {
    if (blocked === undefined && !outcomes.includes('filtered')) {
      throw upstreamError({ class: 'bad_body' }, 'The model gave no speech.')
    }
    const message = 'The text was blocked by the safety filter.'
    throw new GatewayError('invalid_request', message, { param: 'input', code: 'content_policy_violation' })
  }
  const bytes = Buffer.concat(sounds.map(({ text }) => Buffer.from(text, 'base64')))
  const rate = pcmRateOf(first.mimeType)
  if (rate === undefined) return { contentType: first.mimeType, bytes }
  return format === 'wav'
    ? { contentType: 'audio/wav', bytes: wavOf(bytes, rate) }
    : { contentType: 'audio/pcm', bytes }
}

/** The same speech as events. https://platform.openai.com/docs/api-reference/audio/speech-audio-delta-event */
export const speechEvents = ({ bytes }: Speech, { usage }: Turn): string => {
  const { input, output } = usageOf(usage)
  const counts = { input_tokens: input, output_tokens: output, total_tokens: input + output }
  return (
    dataFrame(JSON.stringify({ type: 'speech.audio.delta', audio: bytes.toString('base64') })) +
    dataFrame(JSON.stringify({ type: 'speech.audio.done', usage: counts }))
  )
}
