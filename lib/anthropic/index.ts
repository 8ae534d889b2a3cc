import type { Protocol } from '../protocol.ts'
import { errorReply } from './errors.ts'
import { reply } from './reply.ts'
import { forgetsSignatures, type MessagesBody, parse, toGemini } from './request.ts'
import { PING, stream } from './stream.ts'

/** Anthropic's Messages. https://platform.claude.com/docs/en/api/messages */
export const messages: Protocol<MessagesBody> = {
  name: 'messages',
  parse,
  toGemini,
  reply,
  stream,
  ping: PING,
  error: errorReply,
  forgetsSignatures,
}
