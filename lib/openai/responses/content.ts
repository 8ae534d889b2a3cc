import { GatewayError } from '../../errors.ts'
import type { Model } from '../../gemini/models/model.ts'
import { partOfBase64, partOfUrl } from '../../gemini/request/media.ts'
import type { Blob, FileData, Part } from '../../gemini/wire.ts'
import type { ContentPart } from './input.ts'

/** What of a result's parts is no text. */
export const mediaOf = (parts: readonly Part[]): { media: Blob[]; files: FileData[] } => ({
  media: parts.flatMap(({ inlineData }) => inlineData ?? []),
  files: parts.flatMap(({ fileData }) => fileData ?? []),
})

export const textOf = (parts: readonly Part[], param: string): string =>
  parts
    .map(({ text }, index) => {
      if (text !== undefined) return text
      throw new GatewayError('invalid_request', 'Instructions can only be text.', { param: `${param}[${index}]` })
    })
    .join('\n')

export const partsOf = (content: string | readonly ContentPart[], model: Model, param: string): Part[] =>
  typeof content === 'string'
    ? [{ text: content }]
    : content.map((part, index) => partOf(part, model, `${param}[${index}]`))

const partOf = (part: ContentPart, model: Model, param: string): Part => {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return { text: part.text }
    case 'refusal':
      return { text: part.refusal }
    case 'encrypted_content':
      return { text: part.encrypted_content }
    case 'input_image':
      return imagePart(part, model, param)
    case 'input_file':
      return filePart(part, model, param)
    case 'input_audio': {
      const { data, format } = part.input_audio
      return partOfBase64(data, { mimeType: `audio/${format}` }, model, `${param}.input_audio.data`)
    }
    case 'input_video':
      return partOfUrl(part.video_url, { mimeType: 'video/mp4' }, model, `${param}.video_url`)
  }
}

export const imagePart = (
  { image_url, file_id, detail }: Extract<ContentPart, { type: 'input_image' }>,
  model: Model,
  param: string,
): Part => {
  const options = { detail: detail === 'original' ? 'high' : (detail ?? undefined) } as const
  if (image_url) return partOfUrl(image_url, options, model, `${param}.image_url`)
  if (file_id) return partOfUrl(file_id, options, model, `${param}.file_id`)
  throw new GatewayError('invalid_request', 'An image needs image_url or file_id.', { param: `${param}.image_url` })
}

const filePart = (
  { file_data, file_url, file_id, filename }: Extract<ContentPart, { type: 'input_file' }>,
  model: Model,
  param: string,
): Part => {
  const options = { filename: filename ?? undefined }
  if (file_data) return partOfBase64(file_data, options, model, `${param}.file_data`)
  if (file_url) return partOfUrl(file_url, options, model, `${param}.file_url`)
  if (file_id) return partOfUrl(file_id, options, model, `${param}.file_id`)
  const message = 'A file needs file_data, file_url or file_id.'
  throw new GatewayError('invalid_request', message, { param: `${param}.file_data` })
}
