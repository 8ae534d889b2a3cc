// A stand-in for `send`: each call is answered by the next of the given answers.

import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import type { Outgoing, Send } from '../lib/gemini/upstream/send.ts'

export interface Answer {
  status?: number
  headers?: Record<string, string>
  /** Network reads, in order. */
  reads: readonly (string | Buffer)[]
  /** The connection breaks after the reads. */
  breaks?: boolean
}

/** One event of Gemini's stream. */
export const event = (response: object): string => `data: ${JSON.stringify(response)}\r\n\r\n`

export const saying = (text: string, finishReason?: string): object => ({
  candidates: [
    { content: { role: 'model', parts: text ? [{ text }] : [] }, ...(finishReason && { finishReason }), index: 0 },
  ],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  modelVersion: 'm-001',
  responseId: 'r1',
})

export const failing = (status: number, body: object): Answer => ({ status, reads: [JSON.stringify(body)] })

export const answering = (...answers: (Answer | Error)[]): { send: Send; sent: Outgoing[] } => {
  const sent: Outgoing[] = []
  const left = [...answers]
  return {
    sent,
    send: async (outgoing) => {
      sent.push(outgoing)
      const answer = left.shift()
      if (!answer) throw new Error('nothing was to be sent any more')
      if (answer instanceof Error) throw answer
      const stream = new PassThrough()
      void play(stream, answer)
      return Object.assign(stream, {
        statusCode: answer.status ?? 200,
        headers: answer.headers ?? { 'content-type': 'text/event-stream' },
      }) as unknown as IncomingMessage
    },
  }
}

const play = async (stream: PassThrough, { reads, breaks }: Answer): Promise<void> => {
  for (const read of reads) {
    stream.write(read)
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (breaks) stream.destroy(new Error('socket hang up'))
  else stream.end()
}
