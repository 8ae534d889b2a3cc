import { messages } from '../lib/anthropic/index.ts'
import { chat } from '../lib/openai/chat/index.ts'
import { responses } from '../lib/openai/responses/index.ts'
import type { Asked, Protocol } from '../lib/protocol.ts'

/** A protocol, and the request whose replies the goldens show. */
export interface Spoken {
  protocol: Protocol<Asked>
  request: object
}

/** By the name of its folders in test/cases and test/golden. Another protocol is another line. */
export const PROTOCOLS: Record<string, Spoken> = {
  chat: {
    protocol: chat,
    request: {
      model: 'gemini-3.5-flash',
      messages: [{ role: 'user', content: 'Hi' }],
      stream_options: { include_usage: true },
    },
  },
  messages: {
    protocol: messages,
    request: {
      model: 'gemini-3.5-flash',
      max_tokens: 1000,
      thinking: { type: 'adaptive' },
      messages: [{ role: 'user', content: 'Hi' }],
    },
  },
  responses: { protocol: responses, request: { model: 'gemini-3.5-flash', input: 'Hi' } },
}
