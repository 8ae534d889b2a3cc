import type { Request } from '../http/exchange.ts'
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

/** How the SDK's `beta` and Claude Code mark their requests. */
export const isBeta = ({ query }: Request): boolean => new URLSearchParams(query).get('beta') === 'true'

/** The same as the SDK's `beta` asks for it, with `?beta=true`: replies have more fields. */
export const betaMessages: Protocol<MessagesBody> = {
  ...messages,
  parse: (json) => ({ ...parse(json), beta: true }),
}
