import type { RuntimeSettings } from '../../contract/settings.ts'
import type { Protocol } from '../../protocol.ts'
import { errorReply } from '../errors.ts'
import type { ChatBody } from './body.ts'
import { textPictures, withTextPictures } from './markdown.ts'
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

/** Chat Completions as the operator wants it. */
export const chatWith = ({ chatImages }: Pick<RuntimeSettings, 'chatImages'>): Protocol<ChatBody> =>
  chatImages === 'images'
    ? chat
    : {
        ...chat,
        reply: (turn, body, stamp) => reply(withTextPictures(turn), body, stamp),
        stream: (body, stamp) => textPictures(stream(body, stamp)),
      }
