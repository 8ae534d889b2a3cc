import type { Protocol } from '../../protocol.ts'
import { errorReply } from '../errors.ts'
import type { ResponsesBody } from './body.ts'
import { reply } from './reply.ts'
import { parse, toGemini } from './request.ts'
import { PING, stream } from './stream.ts'

/** OpenAI's Responses, without stored state. https://platform.openai.com/docs/api-reference/responses */
export const responses: Protocol<ResponsesBody> = {
  name: 'responses',
  parse,
  toGemini,
  reply,
  stream,
  ping: PING,
  error: errorReply,
  forgetsSignatures: ({ include }) => !include?.includes('reasoning.encrypted_content'),
}
