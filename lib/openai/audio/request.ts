import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import type { Model } from '../../gemini/models/model.ts'
import { partOfBase64 } from '../../gemini/request/media.ts'
import type { Question } from '../../gemini/upstream/unary.ts'
import type { Form, UploadedFile } from '../../http/form.ts'
import { parseBody } from '../../http/parse.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  chunking_strategy: 'Gemini hears the file as a whole',
  include: 'Gemini gives no logprobs with audio',
} as const satisfies Record<string, string>

/** What is refused, with what the client is told. */
export const REFUSED = {
  'response_format: diarized_json': 'Speakers are not told apart. Use json, text, srt, verbose_json or vtt.',
} as const satisfies Record<string, string>

export type Task = 'transcribe' | 'translate'

const bodySchema = z.object({
  model: z.string().check(z.minLength(1)),
  language: z.optional(z.string()),
  prompt: z.optional(z.string()),
  response_format: z._default(z.enum(['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json']), 'json'),
  temperature: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  stream: z.optional(z.boolean()),
  timestamp_granularities: z._default(z.array(z.enum(['word', 'segment'])), []),
})

/** https://platform.openai.com/docs/api-reference/audio/createTranscription */
export interface TranscriptionBody extends Omit<z.infer<typeof bodySchema>, 'response_format'> {
  format: 'json' | 'text' | 'srt' | 'verbose_json' | 'vtt'
  file: UploadedFile
}

const refuse = (param: string, message: string): GatewayError =>
  new GatewayError('invalid_request', `${param}: ${message}`, { param })

/** Of a form, where everything is text. Throws `invalid_request` that names the field. */
export const parse = ({ texts, files }: Form): TranscriptionBody => {
  const [file] = files.file ?? []
  if (!file) throw refuse('file', 'is required, as a file')
  if (file.bytes.length === 0) throw refuse('file', 'must not be empty')
  const last = Object.fromEntries(Object.entries(texts).map(([name, values]) => [name, values?.at(-1)]))
  const { response_format: format, ...body } = parseBody(bodySchema, {
    ...last,
    ...(last.temperature !== undefined && { temperature: numberOr(last.temperature) }),
    ...(last.stream !== undefined && { stream: booleanOr(last.stream) }),
    timestamp_granularities: texts.timestamp_granularities,
  })
  if (format === 'diarized_json') throw refuse('response_format', REFUSED['response_format: diarized_json'])
  return { ...body, format, file }
}

const numberOr = (text: string): unknown => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text))
const booleanOr = (text: string): unknown => (/^(?:true|false)$/.test(text) ? text === 'true' : text)

/** Formats that say when something was said. */
export const isTimed = ({ format }: TranscriptionBody): boolean => format !== 'json' && format !== 'text'

const VERB: Record<Task, string> = {
  transcribe: 'Transcribe the speech in this recording word for word, in the language that is spoken.',
  translate: 'Translate the speech in this recording to English.',
}

const instructionOf = (body: TranscriptionBody, task: Task): string =>
  [
    VERB[task],
    body.language && `The speech is in the language with the code "${body.language}".`,
    body.prompt && `Names, spelling and style go by this text, which comes before the recording: ${body.prompt}`,
    isTimed(body)
      ? 'Cut it into segments of a sentence or less, and give the start and end of each in seconds from the beginning of the recording.'
      : 'Answer with the text alone: no comment, no title, no times. Where nobody speaks, answer with nothing.',
  ]
    .filter((line) => line)
    .join('\n')

const stretch = (name: string) => ({
  type: 'object',
  properties: { start: { type: 'number' }, end: { type: 'number' }, [name]: { type: 'string' } },
  required: ['start', 'end', name],
})

/** What the model fills in where times are asked for; `reply` reads it back. */
const schemaOf = ({ timestamp_granularities }: TranscriptionBody) => {
  const words = timestamp_granularities.includes('word')
  return {
    type: 'object',
    properties: {
      language: { type: 'string', description: 'English name of the language spoken, in lower case' },
      duration: { type: 'number', description: 'length of the recording in seconds' },
      segments: { type: 'array', items: stretch('text') },
      ...(words && { words: { type: 'array', items: stretch('word') } }),
    },
    required: ['language', 'duration', 'segments', ...(words ? ['words'] : [])],
  }
}

export const toQuestion = (body: TranscriptionBody, task: Task, model: Model): Question => {
  const { bytes, name, type } = body.file
  // Browsers record speech into WebM and call it video.
  const mimeType = type.replace(/^video\/(?=webm|mp4|ogg)/, 'audio/')
  const sound = partOfBase64(bytes.toString('base64'), { mimeType, filename: name }, model, 'file')
  return {
    model,
    parts: [sound, { text: instructionOf(body, task) }],
    wishes: {
      temperature: body.temperature,
      thinking: { effort: 'none' },
      ...(isTimed(body) && { json: { schema: schemaOf(body) } }),
    },
  }
}
