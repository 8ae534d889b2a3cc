import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import { upstreamError } from '../../gemini/errors.ts'
import type { Turn } from '../../gemini/turn.ts'
import { usageOf } from '../../gemini/usage.ts'
import { dataFrame } from '../../http/sse.ts'
import type { StreamWriter } from '../../protocol.ts'
import { errorObject } from '../errors.ts'
import { srtOf, vttOf } from './captions.ts'
import { isTimed, type Task, type TranscriptionBody } from './request.ts'

/** A transcript in its wire form. */
export interface Transcript {
  contentType: string
  body: string
}

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'

/** Throws where the model broke off or was not let speak: half a transcript is none. */
export const transcriptOf = (turn: Turn, body: TranscriptionBody, task: Task): Transcript => {
  const said = saidIn(turn)
  if (!isTimed(body)) {
    return body.format === 'text'
      ? { contentType: TEXT_TYPE, body: `${said}\n` }
      : { contentType: JSON_TYPE, body: JSON.stringify({ text: said, usage: usageIn(turn) }) }
  }
  const timed = timedIn(said)
  switch (body.format) {
    case 'srt':
      return { contentType: TEXT_TYPE, body: srtOf(timed.segments) }
    case 'vtt':
      return { contentType: TEXT_TYPE, body: vttOf(timed.segments) }
    case 'verbose_json':
    case 'json':
    case 'text':
      return { contentType: JSON_TYPE, body: JSON.stringify(verbose(timed, body, task)) }
  }
}

/** Why a turn is no transcript; undefined where it is one. */
const refusalOf = ({ blocked, outcomes }: Pick<Turn, 'blocked' | 'outcomes'>): GatewayError | undefined => {
  if (blocked !== undefined || outcomes.includes('filtered')) {
    const message = 'The recording was blocked by the safety filter.'
    return new GatewayError('invalid_request', message, { param: 'file', code: 'content_policy_violation' })
  }
  if (outcomes.includes('length')) {
    const message = 'The transcript is longer than the model can write. Send the recording in pieces.'
    return new GatewayError('invalid_request', message, { param: 'file' })
  }
  return undefined
}

const saidIn = (turn: Turn): string => {
  const why = refusalOf(turn)
  if (why) throw why
  return turn.blocks
    .flat()
    .flatMap((block) => (block.kind === 'text' ? block.text : []))
    .join('')
    .trim()
}

const seconds = z.number()
const timedSchema = z.object({
  language: z.string(),
  duration: seconds,
  segments: z.array(z.object({ start: seconds, end: seconds, text: z.string() })),
  words: z.optional(z.array(z.object({ start: seconds, end: seconds, word: z.string() }))),
})
type Timed = z.infer<typeof timedSchema>

const timedIn = (json: string): Timed => {
  try {
    return timedSchema.parse(JSON.parse(json))
  } catch {
    throw upstreamError({ class: 'bad_body' }, 'The model gave no readable times.')
  }
}

/** Gemini knows no logprobs of audio and no tokens of OpenAI's: what the schema requires of them is nought. */
const verbose = ({ language, duration, segments, words }: Timed, body: TranscriptionBody, task: Task) => ({
  task,
  language,
  duration,
  text: segments.map(({ text }) => text.trim()).join(' '),
  ...(words && { words }),
  ...((!words || body.timestamp_granularities.includes('segment')) && {
    segments: segments.map(({ start, end, text }, id) => ({
      id,
      seek: 0,
      start,
      end,
      text,
      tokens: [],
      temperature: body.temperature ?? 0,
      avg_logprob: 0,
      compression_ratio: 1,
      no_speech_prob: 0,
    })),
  }),
  usage: { type: 'duration', seconds: Math.ceil(duration) },
})

const usageIn = ({ usage }: Pick<Turn, 'usage'>) => {
  const { input, output } = usageOf(usage)
  const audio = usage.promptTokensDetails?.find(({ modality }) => modality === 'AUDIO')?.tokenCount ?? 0
  return {
    type: 'tokens',
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_token_details: { audio_tokens: audio, text_tokens: input - audio },
  }
}

/** The same transcript as events, as it is heard. https://platform.openai.com/docs/api-reference/audio/transcript-text-delta-event */
export const transcriptStream = (): StreamWriter => {
  let told = ''
  /** White space at the end, which is told only if something follows. */
  let held = ''

  const tell = (text: string): string => {
    const all = told === '' ? (held + text).trimStart() : held + text
    const delta = all.trimEnd()
    held = all.slice(delta.length)
    told += delta
    return delta === '' ? '' : dataFrame(JSON.stringify({ type: 'transcript.text.delta', delta }))
  }
  const fail = (error: GatewayError): string => dataFrame(JSON.stringify({ error: errorObject(error) }))

  return {
    start: () => '',
    write(event) {
      if (event.type === 'end') {
        const why = refusalOf(event)
        return why
          ? fail(why)
          : dataFrame(JSON.stringify({ type: 'transcript.text.done', text: told, usage: usageIn(event) }))
      }
      return event.type === 'delta' && event.block.kind === 'text'
        ? tell(JSON.parse(`"${event.literal}"`) as string)
        : ''
    },
    fail,
  }
}
