import type { Protocol } from '../../protocol.ts'
import { errorReply } from '../errors.ts'
import type { ResponsesBody } from './body.ts'
import { reply } from './reply.ts'
import { parse, toGemini } from './request.ts'
import { PING, stream } from './stream.ts'

/** OpenAI's Responses. https://platform.openai.com/docs/api-reference/responses */
export const responses: Protocol<ResponsesBody> = {
  name: 'responses',
  parse,
  toGemini,
  reply,
  stream,
  ping: PING,
  error: errorReply,
  // Who goes on with stored turns has the signatures there
  forgetsSignatures: ({ include, earlier }) =>
    !include?.includes('reasoning.encrypted_content') && !earlier?.chain && !earlier?.conversation,
}
