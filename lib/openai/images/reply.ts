import { GatewayError } from '../../errors.ts'
import { dataUrl } from '../../gemini/request/media.ts'
import type { Turn } from '../../gemini/turn.ts'
import { usageOf } from '../../gemini/usage.ts'
import type { Blob, Json, UsageMetadata } from '../../gemini/wire.ts'
import { eventFrame } from '../../http/sse.ts'
import type { ImagesBody } from './request.ts'

/** https://platform.openai.com/docs/api-reference/images/object */
export interface ImagesReply {
  created: number
  data: { b64_json?: string; url?: string }[]
  output_format?: 'png' | 'jpeg' | 'webp'
  usage?: ImagesUsage
}

export interface ImagesUsage {
  input_tokens: number
  output_tokens: number
  total_tokens: number
  input_tokens_details: { text_tokens: number; image_tokens: number }
}

/** What one call made; Imagen counts no tokens. */
export interface Made {
  images: Blob[]
  usage?: UsageMetadata
}

const refused = (why: string): GatewayError =>
  new GatewayError('invalid_request', why, { param: 'prompt', code: 'content_policy_violation' })

/** The images of a turn; throws where there is none, in the model's own words if it left any. */
export const imagesOfTurn = ({ blocks, blocked, outcomes, usage }: Turn): Made => {
  const made = blocks.flat()
  const images = made.flatMap((block) =>
    block.kind === 'media' && block.mimeType.startsWith('image/')
      ? [{ mimeType: block.mimeType, data: block.text }]
      : [],
  )
  if (images.length > 0) return { images, usage }
  if (blocked !== undefined) throw refused(`The prompt was blocked (${blocked}).`)
  if (outcomes.includes('filtered')) throw refused('The image was blocked by the safety filter.')
  const words = made.flatMap((block) => (block.kind === 'text' ? block.text : [])).join('')
  const message = `The model made no image${words && `. It said: ${words.slice(0, 1000)}`}`
  throw new GatewayError('invalid_request', message, { param: 'prompt', code: 'image_generation_failed' })
}

/** The images of Imagen's `predict`; throws where all were filtered. https://ai.google.dev/gemini-api/docs/imagen */
export const imagesOfPrediction = ({ predictions }: Json): Made => {
  const all = Array.isArray(predictions) ? (predictions as Json[]) : []
  const images = all.flatMap(({ bytesBase64Encoded, mimeType }) =>
    typeof bytesBase64Encoded === 'string'
      ? [{ mimeType: typeof mimeType === 'string' ? mimeType : 'image/png', data: bytesBase64Encoded }]
      : [],
  )
  if (images.length > 0) return { images }
  const reason = all.find(({ raiFilteredReason }) => typeof raiFilteredReason === 'string')?.raiFilteredReason
  throw refused(typeof reason === 'string' ? reason : 'The image was blocked by the safety filter.')
}

const FORMATS: Partial<Record<string, ImagesReply['output_format']>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
}

export const reply = (made: readonly Made[], body: ImagesBody, created: number): ImagesReply => {
  const images = made.flatMap((one) => one.images)
  const format = FORMATS[images[0]?.mimeType ?? '']
  return {
    created,
    data: images.map((image) => (wantsUrl(body) ? { url: dataUrl(image) } : { b64_json: image.data })),
    ...(format && { output_format: format }),
    ...usageOfAll(made),
  }
}

/** The models named dall-e give URLs where nobody says otherwise; ours are data URLs, since nothing is kept. */
const wantsUrl = ({ response_format, model }: ImagesBody): boolean =>
  response_format ? response_format === 'url' : model.startsWith('dall-e')

const usageOfAll = (made: readonly Made[]): { usage?: ImagesUsage } => {
  const counted = made.flatMap(({ usage }) => usage ?? [])
  if (counted.length === 0) return {}
  const sum = (count: (usage: UsageMetadata) => number): number =>
    counted.reduce((total, usage) => total + count(usage), 0)
  const input = sum((usage) => usageOf(usage).input)
  const output = sum((usage) => usageOf(usage).output)
  const pictures = sum(
    ({ promptTokensDetails = [] }) => promptTokensDetails.find(({ modality }) => modality === 'IMAGE')?.tokenCount ?? 0,
  )
  return {
    usage: {
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
      input_tokens_details: { text_tokens: input - pictures, image_tokens: pictures },
    },
  }
}

const NO_USAGE: ImagesUsage = {
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  input_tokens_details: { text_tokens: 0, image_tokens: 0 },
}

/** The same images as events, one each; the usage of all is on the last. */
export const events = (
  what: 'image_generation' | 'image_edit',
  made: readonly Made[],
  body: ImagesBody,
  created: number,
): string => {
  const type = `${what}.completed`
  const images = made.flatMap((one) => one.images)
  const { usage = NO_USAGE } = usageOfAll(made)
  return images
    .map(({ data, mimeType }, index) =>
      eventFrame(
        type,
        JSON.stringify({
          type,
          b64_json: data,
          created_at: created,
          size: body.size ?? 'auto',
          quality: body.quality ?? 'auto',
          background: 'opaque',
          output_format: FORMATS[mimeType] ?? 'png',
          usage: index === images.length - 1 ? usage : NO_USAGE,
        }),
      ),
    )
    .join('')
}
