import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import type { Model } from '../../gemini/models/model.ts'
import { partOfBase64, partOfUrl } from '../../gemini/request/media.ts'
import type { Part } from '../../gemini/wire.ts'
import type { Form } from '../../http/form.ts'
import { parseBody } from '../../http/parse.ts'
import { QUALITIES } from './size.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  output_format: 'Gemini chooses between PNG and JPEG; the reply says which it is',
  output_compression: 'Gemini has no such setting',
  partial_images: 'Gemini shows no unfinished images; a stream brings the finished ones',
  moderation: 'Gemini has no such setting',
  style: 'say it in the prompt',
  input_fidelity: 'Gemini has no such setting',
  user: 'Gemini is not told who asks',
} as const satisfies Record<string, string>

/** What is refused, with what the client is told. */
export const REFUSED = {
  mask: 'Masks are not supported. Say in the prompt what to change.',
  'background: transparent': 'Transparent backgrounds are not supported.',
} as const satisfies Record<string, string>

const text = z.nullish(z.string())

const shape = {
  model: z._default(z.string().check(z.minLength(1)), 'gpt-image-1'),
  prompt: z.string().check(z.minLength(1)),
  n: z.nullish(z.int().check(z.minimum(1), z.maximum(10))),
  size: z.nullish(z.string().check(z.regex(/^(?:auto|\d{1,5}[x:]\d{1,5})$/))),
  quality: z.nullish(z.enum(QUALITIES)),
  response_format: z.nullish(z.enum(['b64_json', 'url'])),
  background: text,
  mask: z.nullish(z.unknown()),
  stream: z.nullish(z.boolean()),
}
const generationSchema = z.object(shape)
const imageReference = z.union([z.string(), z.object({ image_url: text, file_id: text })])
const editSchema = z.object({ ...shape, images: z.array(imageReference).check(z.minLength(1)) })

/** https://platform.openai.com/docs/api-reference/images/create */
export type ImagesBody = z.infer<typeof generationSchema>

const refuse = (param: string, message: string): GatewayError =>
  new GatewayError('invalid_request', `${param}: ${message}`, { param })

const checked = <Body extends ImagesBody>(body: Body): Body => {
  if (body.mask !== undefined && body.mask !== null) throw refuse('mask', REFUSED.mask)
  if (body.background === 'transparent') throw refuse('background', REFUSED['background: transparent'])
  return body
}

/** A new image: throws `invalid_request` that names the field. */
export const parseGeneration = (json: unknown): ImagesBody => checked(parseBody(generationSchema, json))

/** An edit and the images it starts from, as parts of a model that is known only when its name was read. */
export interface Edit {
  body: ImagesBody
  /** As it came, where it may name files. */
  asked?: unknown
  parts(model: Model): Part[]
}

/** An edit as JSON, whose images are URLs or files. */
export const parseEdit = (json: unknown): Edit => {
  const { images, ...body } = checked(parseBody(editSchema, json))
  return {
    body,
    asked: json,
    parts: (model) =>
      images.map((image, index) => {
        const target = typeof image === 'string' ? image : (image.image_url ?? image.file_id)
        if (!target) throw refuse(`images[${index}]`, 'needs image_url or file_id')
        return partOfUrl(target, {}, model, `images[${index}]`)
      }),
  }
}

/** An edit as a form, whose images are files. Numbers and booleans come as text there. */
export const parseEditForm = ({ texts, files }: Form): Edit => {
  const fields = Object.entries(texts).map(([name, values]) => [name, typed(name, values?.at(-1) ?? '')])
  const { mask } = files
  const body = checked(parseBody(generationSchema, { ...Object.fromEntries(fields), ...(mask && { mask }) }))
  const images = files.image ?? []
  if (images.length === 0) throw refuse('image', 'is required, as a file')
  if (images.some(({ bytes }) => bytes.length === 0)) throw refuse('image', 'must not be empty')
  return {
    body,
    parts: (model) =>
      images.map(({ bytes, type, name }) =>
        partOfBase64(bytes.toString('base64'), { mimeType: type, filename: name }, model, 'image'),
      ),
  }
}

/** What is no number stays as it is, to be refused by its name. */
const typed = (name: string, value: string): unknown => {
  if (name === 'n' && /^\d+$/.test(value)) return Number(value)
  if (name === 'stream' && /^(?:true|false)$/.test(value)) return value === 'true'
  return value
}
