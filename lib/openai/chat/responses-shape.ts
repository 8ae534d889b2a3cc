import { GatewayError } from '../../errors.ts'
import type { Json } from '../../gemini/wire.ts'

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Cursor asks Chat Completions in the shape of Responses, and reads chunks: `input` becomes `messages`, and the settings that
 * have another name or place get Chat's. Any other body is given back as it is. What is wrong with an item's insides is told
 * by the schema, of the message that it became. https://docs.litellm.ai/docs/proxy/cursor
 */
export const fromResponsesShape = (json: unknown): unknown => {
  if (!isObject(json) || !isMissing(json['messages']) || isMissing(json['input'])) return json
  const { messages: _, input, instructions, max_output_tokens, text, previous_response_id, ...rest } = json
  if (!isMissing(previous_response_id)) {
    const message = 'Chat Completions go on with no earlier response: send the whole conversation.'
    throw new GatewayError('invalid_request', message, { param: 'previous_response_id' })
  }
  const said = typeof input === 'string' ? [{ role: 'user', content: input }] : messagesOf(input)
  return {
    ...(!isMissing(max_output_tokens) && { max_completion_tokens: max_output_tokens }),
    ...responseFormat(text),
    ...rest,
    messages: [...(isMissing(instructions) ? [] : [{ role: 'system', content: instructions }]), ...said],
  }
}

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

const messagesOf = (input: unknown): unknown[] => {
  if (!Array.isArray(input)) throw new GatewayError('invalid_request', 'input: must be a list', { param: 'input' })
  return input.flatMap((item: unknown, index) => (isObject(item) ? messageOf(item, `input[${index}].type`) : [item]))
}

/** Calls in a row are one turn's: the conversation puts together what one side says. */
const messageOf = (item: Json, param: string): Json[] => {
  const { type, call_id: id, name, input, output } = item
  if (item['role'] !== undefined) return [{ ...item, content: contentOf(item['content']) }]
  switch (type) {
    case 'function_call':
      return [{ role: 'assistant', tool_calls: [{ id, function: { name, arguments: item['arguments'] } }] }]
    case 'custom_tool_call':
      return [{ role: 'assistant', tool_calls: [{ id, custom: { name, input } }] }]
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [{ role: 'tool', tool_call_id: id, content: contentOf(output) }]
    case 'reasoning':
      return []
    default:
      throw new GatewayError('invalid_request', `${param}: Chat Completions have no such item`, { param })
  }
}

const contentOf = (content: unknown): unknown =>
  Array.isArray(content) ? content.map((part: unknown) => (isObject(part) ? partOf(part) : part)) : content

const partOf = (part: Json): Json => {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: part['text'] }
    case 'input_image':
      return isMissing(part['image_url'])
        ? { type: 'file', file: part }
        : { type: 'image_url', image_url: { url: part['image_url'], detail: part['detail'] } }
    case 'input_file':
      return { type: 'file', file: part }
    default:
      return part
  }
}

const responseFormat = (text: unknown): Json => {
  const format = isObject(text) ? text['format'] : undefined
  if (!isObject(format)) return {}
  return { response_format: format['type'] === 'json_schema' ? { type: 'json_schema', json_schema: format } : format }
}
