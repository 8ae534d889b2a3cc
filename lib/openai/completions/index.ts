import { PING_COMMENT } from '../../http/sse.ts'
import type { Protocol } from '../../protocol.ts'
import { errorReply } from '../errors.ts'
import { reply } from './reply.ts'
import { type CompletionsBody, parse, toGemini } from './request.ts'
import { stream } from './stream.ts'

/** OpenAI's legacy Completions: a chat of one message that the model goes on with. */
export const completions: Protocol<CompletionsBody> = {
  name: 'completions',
  parse,
  toGemini,
  reply,
  stream,
  ping: PING_COMMENT,
  error: errorReply,
  forgetsSignatures: () => false,
}
