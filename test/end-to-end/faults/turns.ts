// Two turns of a conversation with tools, in the words of each protocol.
import { MODEL } from './variants.ts'

const user = { role: 'user', content: 'stay' }
const parameters = { type: 'object', properties: {} }
/** The first turn of a conversation with tools, and the second, which answers the call of the first without its signature. */
export const TURNS: Record<
  'chat' | 'responses' | 'messages',
  [path: string, first: object, second: (id: string) => object]
> = {
  chat: [
    '/v1/chat/completions',
    { model: MODEL, messages: [user], tools: [{ type: 'function', function: { name: 'f', parameters } }] },
    (id) => ({
      model: MODEL,
      messages: [
        user,
        { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: id, content: 'done' },
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters } }],
    }),
  ],
  responses: [
    '/v1/responses',
    { model: MODEL, store: false, input: [user], tools: [{ type: 'function', name: 'f', parameters }] },
    (id) => ({
      model: MODEL,
      store: false,
      input: [
        user,
        { type: 'function_call', call_id: id, name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: id, output: 'done' },
      ],
      tools: [{ type: 'function', name: 'f', parameters }],
    }),
  ],
  messages: [
    '/v1/messages',
    { model: MODEL, max_tokens: 99, messages: [user], tools: [{ name: 'f', input_schema: parameters }] },
    (id) => ({
      model: MODEL,
      max_tokens: 99,
      messages: [
        user,
        { role: 'assistant', content: [{ type: 'tool_use', id, name: 'f', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'done' }] },
      ],
      tools: [{ name: 'f', input_schema: parameters }],
    }),
  ],
}
