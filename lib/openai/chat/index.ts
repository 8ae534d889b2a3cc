import type { Protocol } from '../../protocol.ts'
import { errorReply } from '../errors.ts'
import type { ChatBody } from './body.ts'
import { reply } from './reply.ts'
import { parse, toGemini } from './request.ts'
import { stream } from './stream.ts'

/** OpenAI's Chat Completions. */
export const chat: Protocol<ChatBody> = {
  name: 'chat',
  parse,
  toGemini,
  reply,
  stream,
  ping: ': ping\n\n',
  error: errorReply,
  // Clients of this API are not known to send `extra_content` back.
  forgetsSignatures: () => true,
}
