import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import { mediaTypeOf } from '../../gemini/media-types.ts'
import type { Form } from '../../http/form.ts'
import { parseBody } from '../../http/parse.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {} as const satisfies Record<string, string>

/** What is refused, with what the client is told. */
export const REFUSED = {
  'seconds: 12': 'Gemini makes videos of 4, 6 or 8 seconds.',
  'input_reference.file_id':
    'Gemini takes a picture for a video in the request alone: send it as a file or a data URL.',
} as const satisfies Record<string, string>

interface Frame {
  aspectRatio: '16:9' | '9:16'
  resolution: '720p' | '1080p' | '4k'
}

/** OpenAI's two larger sizes get the nearest that Veo makes, 1080p. https://ai.google.dev/gemini-api/docs/video#parameters */
const FRAMES = {
  '720x1280': { aspectRatio: '9:16', resolution: '720p' },
  '1280x720': { aspectRatio: '16:9', resolution: '720p' },
  '1024x1792': { aspectRatio: '9:16', resolution: '1080p' },
  '1792x1024': { aspectRatio: '16:9', resolution: '1080p' },
  '1080x1920': { aspectRatio: '9:16', resolution: '1080p' },
  '1920x1080': { aspectRatio: '16:9', resolution: '1080p' },
  '2160x3840': { aspectRatio: '9:16', resolution: '4k' },
  '3840x2160': { aspectRatio: '16:9', resolution: '4k' },
} as const satisfies Record<string, Frame>

export type VideoSize = keyof typeof FRAMES

const LONGEST_PROMPT = 32_000
/** Videos larger than 720p come in this length only. */
const LONGEST = 8

const imageSchema = z.object({ image_url: z.nullish(z.string()), file_id: z.nullish(z.string()) })
const schema = z.object({
  model: z._default(z.string().check(z.minLength(1)), 'sora-2'),
  prompt: z.string().check(z.minLength(1), z.maxLength(LONGEST_PROMPT)),
  seconds: z.nullish(z.coerce.number()),
  size: z._default(z.enum(Object.keys(FRAMES) as [VideoSize, ...VideoSize[]]), '720x1280'),
  input_reference: z.nullish(imageSchema),
})

/** A video to be made. https://platform.openai.com/docs/api-reference/videos/create */
export interface VideoWish {
  /** As the client wrote it. */
  model: string
  prompt: string
  seconds: number
  size: VideoSize
  /** What the video begins with. */
  image: Image | undefined
}

interface Image {
  mimeType: string
  base64: string
}

const refusal = (param: string, message: string): GatewayError =>
  new GatewayError('invalid_request', `${param}: ${message}`, { param })

export const parseVideo = (json: unknown): VideoWish => {
  const { input_reference: reference, seconds, ...body } = parseBody(schema, json)
  return {
    ...body,
    seconds: secondsOf(seconds, body.size),
    image: reference ? referred(reference) : undefined,
  }
}

/** The same as a form, as the SDK sends it; the reference is a file there, or has its fields in brackets. */
export const parseVideoForm = ({ texts, files }: Form): VideoWish => {
  const last = (name: string): string | undefined => texts[name]?.at(-1)
  const [image_url, file_id] = [last('input_reference[image_url]'), last('input_reference[file_id]')]
  const wish = parseVideo({
    model: last('model'),
    prompt: last('prompt'),
    seconds: last('seconds'),
    size: last('size'),
    ...((image_url ?? file_id) && { input_reference: { image_url, file_id } }),
  })
  const [file, ...others] = files.input_reference ?? []
  if (others.length > 0) throw refusal('input_reference', 'must be one picture')
  return file ? { ...wish, image: picture(file.bytes, file.type, file.name, 'input_reference') } : wish
}

const secondsOf = (asked: number | null | undefined, size: VideoSize): number => {
  const isLarge = FRAMES[size].resolution !== '720p'
  const seconds = asked ?? (isLarge ? LONGEST : 4)
  if (![4, 6, 8].includes(seconds)) throw refusal('seconds', REFUSED['seconds: 12'])
  if (isLarge && seconds !== LONGEST) throw refusal('seconds', `must be ${LONGEST} for a video of ${size}`)
  return seconds
}

const referred = ({ image_url, file_id }: z.infer<typeof imageSchema>): Image => {
  if (file_id) throw refusal('input_reference.file_id', REFUSED['input_reference.file_id'])
  const [, type = '', base64 = ''] = /^data:([^;,]*);base64,(.*)$/is.exec(image_url ?? '') ?? []
  const param = 'input_reference.image_url'
  if (base64 === '') throw refusal(param, 'must be a data URL: Gemini fetches no picture for a video')
  return picture(Buffer.from(base64, 'base64'), type, '', param)
}

const picture = (bytes: Buffer, type: string, name: string, param: string): Image => {
  const base64 = bytes.toString('base64')
  const mimeType = mediaTypeOf(type, name, base64)
  if (bytes.length === 0 || !mimeType.startsWith('image/')) throw refusal(param, 'must be a picture')
  return { mimeType, base64 }
}

/** Veo's own request. 720p is what it makes unasked, and what older ones can't be asked for. */
export const toVeo = ({ prompt, seconds, size, image }: VideoWish): object => {
  const { aspectRatio, resolution } = FRAMES[size]
  return {
    instances: [{ prompt, ...(image && { image: { bytesBase64Encoded: image.base64, mimeType: image.mimeType } }) }],
    parameters: { aspectRatio, durationSeconds: seconds, ...(resolution !== '720p' && { resolution }) },
  }
}
