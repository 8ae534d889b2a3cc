import { GatewayError } from '../../errors.ts'
import type { Model } from '../../gemini/models/model.ts'
import type { Conversation } from '../../gemini/request/conversation.ts'
import { writtenParts } from '../../gemini/request/markdown-media.ts'
import { type Detail, partOfBase64, partOfUrl } from '../../gemini/request/media.ts'
import { plainSignature } from '../../gemini/request/signatures.ts'
import { upstreamName } from '../../gemini/request/tools.ts'
import type { Part } from '../../gemini/wire.ts'
import { argumentsOf, freeformArguments } from '../tools.ts'
import type { ChatMessage, ContentPart } from './body.ts'

type Content = ChatMessage['content']
type Message<Role extends ChatMessage['role']> = Extract<ChatMessage, { role: Role }>

/** A client's messages, each said in its place. */
export const converse = (conversation: Conversation, messages: readonly ChatMessage[], model: Model): void => {
  /** Legacy functions have no ids: their calls are counted instead. */
  let legacyCalls = 0

  messages.forEach((message, index) => {
    const param = `messages[${index}]`
    switch (message.role) {
      case 'system':
      case 'developer':
        for (const text of textsOf(message.content)) conversation.system(text)
        return
      case 'user':
        conversation.user(partsOf(message.content, model, `${param}.content`))
        return
      case 'assistant':
        conversation.model(modelParts(message, model, param))
        if (message.function_call) conversation.model([legacyCall(message.function_call, ++legacyCalls)])
        return
      case 'tool':
        conversation.result(
          { callId: message.tool_call_id, ...outputOf(message.content, model, `${param}.content`) },
          `${param}.tool_call_id`,
        )
        return
      case 'function':
        conversation.result(
          {
            callId: legacyId(legacyCalls),
            name: upstreamName(message.name),
            output: textsOf(message.content).join(''),
          },
          `${param}.name`,
        )
    }
  })
}

const legacyId = (count: number): string => `legacy_${count}`

const legacyCall = (call: NonNullable<Message<'assistant'>['function_call']>, count: number): Part => ({
  functionCall: { id: legacyId(count), name: upstreamName(call.name), args: argumentsOf(call.arguments) },
})

// ---- Content ----

const textsOf = (content: Content): string[] =>
  typeof content === 'string'
    ? [content]
    : (content ?? []).flatMap((part) =>
        part.type === 'text' ? part.text : part.type === 'refusal' ? part.refusal : [],
      )

const partsOf = (content: Content, model: Model, param: string): Part[] =>
  typeof content === 'string'
    ? [{ text: content }]
    : (content ?? []).flatMap((part, index) => partOf(part, model, `${param}[${index}]`) ?? [])

const partOf = (part: ContentPart, model: Model, param: string): Part | undefined => {
  switch (part.type) {
    case 'text':
      return { text: part.text }
    case 'refusal':
      return { text: part.refusal }
    case 'image_url':
      return referred(part.image_url, model, `${param}.image_url`)
    case 'video_url':
      return referred(part.video_url, model, `${param}.video_url`)
    case 'input_audio': {
      const { data, format } = part.input_audio
      return partOfBase64(data, { mimeType: `audio/${format}` }, model, `${param}.input_audio.data`)
    }
    case 'file':
      return fileOf(part.file, model, `${param}.file`)
    case 'thinking':
    case 'redacted_thinking':
    case 'reasoning':
      return undefined
  }
}

const referred = (target: string | { url: string; detail?: string | null }, model: Model, param: string): Part =>
  typeof target === 'string'
    ? partOfUrl(target, {}, model, param)
    : partOfUrl(target.url, { detail: detailOf(target.detail) }, model, `${param}.url`)

const DETAILS: readonly string[] = ['low', 'medium', 'high', 'auto'] satisfies Detail[]
const detailOf = (detail: string | null | undefined): Detail | undefined =>
  DETAILS.includes(detail ?? '') ? (detail as Detail) : undefined

const fileOf = (file: Extract<ContentPart, { type: 'file' }>['file'], model: Model, param: string): Part => {
  const options = { filename: file.filename ?? undefined }
  if (file.file_data) return partOfBase64(file.file_data, options, model, `${param}.file_data`)
  if (file.file_id) return partOfUrl(file.file_id, options, model, `${param}.file_id`)
  if (file.file_url) return partOfUrl(file.file_url, options, model, `${param}.file_url`)
  throw new GatewayError('invalid_request', `${param}: needs file_data or file_id`, { param })
}

// ---- The model's own ----

/** In the order the model gave them, as far as a message tells: what it said, what it showed, what it called. */
const modelParts = (message: Message<'assistant'>, model: Model, param: string): Part[] => {
  const said = [
    ...partsOf(message.content, model, `${param}.content`).flatMap(shown),
    ...(message.refusal ? [{ text: message.refusal }] : []),
    ...(message.images ?? []).map((image, index) =>
      referred(image.image_url, model, `${param}.images[${index}].image_url`),
    ),
  ]
  const calls = (message.tool_calls ?? []).map((call, index) => callPart(call, `${param}.tool_calls[${index}]`))
  return [...signed(said, message.extra_content), ...calls]
}

/** A picture may have come as text. */
const shown = (part: Part): Part[] => (part.text?.includes('](data:') ? writtenParts(part.text) : [part])

/** The message's own signature is that of its last text. */
const signed = (parts: Part[], carried: string | undefined): Part[] => {
  const thoughtSignature = plainSignature(carried)
  const last = parts.findLastIndex(({ text }) => text !== undefined)
  return thoughtSignature ? parts.map((part, index) => (index === last ? { ...part, thoughtSignature } : part)) : parts
}

const callPart = (call: NonNullable<Message<'assistant'>['tool_calls']>[number], param: string): Part => {
  const thoughtSignature = plainSignature(call.extra_content)
  const { name, args } = calledOf(call, param)
  return {
    functionCall: { id: call.id, name: upstreamName(name), args },
    ...(thoughtSignature && { thoughtSignature }),
  }
}

const calledOf = (call: NonNullable<Message<'assistant'>['tool_calls']>[number], param: string) => {
  if (call.function) return { name: call.function.name, args: argumentsOf(call.function.arguments) }
  if (call.custom) return { name: call.custom.name, args: freeformArguments(call.custom.input ?? '') }
  throw new GatewayError('invalid_request', `${param}: needs function or custom`, { param })
}

// ---- Results ----

/** Texts are the output; media go along. */
const outputOf = (content: Content, model: Model, param: string) => {
  const others =
    typeof content === 'string' ? [] : partsOf(content, model, param).filter(({ text }) => text === undefined)
  return {
    output: textsOf(content).join('\n'),
    media: others.flatMap(({ inlineData }) => inlineData ?? []),
    files: others.flatMap(({ fileData }) => fileData ?? []),
  }
}
