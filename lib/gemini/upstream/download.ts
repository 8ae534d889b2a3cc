import type { Readable } from 'node:stream'
import { NOTHING_MADE, type ReplyReader } from '../flow.ts'
import { type BytesSource, readableOf } from '../reply/readable.ts'
import type { Named } from '../resource-names.ts'
import type { Caller, GeminiClient } from './client.ts'

export interface Download {
  type: string
  body: Readable
}

/** So much is here before the status goes out: what breaks off until then is an error, or tried again. Bytes. */
const HELD = 8 * 1024 * 1024

/**
 * A file that Google made, passed on as it comes; `not_found` for one that isn't the client's. A large one that breaks off just
 * ends: after the status there is no word for it in bytes.
 */
export const openDownload = async (gemini: GeminiClient, named: Named, caller: Caller): Promise<Download> => {
  const { reader, flow, headers } = await gemini.open(
    {
      method: 'GET',
      path: `/v1beta/${named.name}:download?alt=media`,
      headers: {},
      body: undefined,
      model: '',
      streamed: false,
      affinity: caller.client.name,
      names: [named],
    },
    caller,
    bytesReader,
  )
  return { type: headers['content-type'] ?? 'application/octet-stream', body: readableOf({ reader, flow }) }
}

/** Holds what comes before someone listens. */
const bytesReader = (): ReplyReader & BytesSource => {
  const held: Buffer[] = []
  let size = 0
  let pass = (bytes: Buffer): void => {
    held.push(bytes)
    size += bytes.length
  }
  return {
    get committed() {
      return size > HELD
    },
    summary: { usage: {}, modelVersion: '', responseId: '', reasons: [], made: NOTHING_MADE },
    push: (bytes) => pass(bytes),
    end() {},
    listen(listener) {
      pass = listener
      for (const bytes of held.splice(0)) listener(bytes)
    },
  }
}
