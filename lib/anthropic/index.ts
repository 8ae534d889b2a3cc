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

/** Whether a request asks for a beta: Claude Code and older SDKs say it in the query, newer ones only by the header. */
export const isBeta = ({ query, headers }: Request): boolean =>
  new URLSearchParams(query).get('beta') === 'true' || Boolean(headers['anthropic-beta'])

/** The same for one that does: replies have more fields. */
export const betaMessages: Protocol<MessagesBody> = {
  ...messages,
  parse: (json) => ({ ...parse(json), beta: true }),
}
