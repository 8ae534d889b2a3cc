import { messages } from '../../lib/anthropic/index.ts'
import { asGatewayError } from '../../lib/errors.ts'
import { modelOf } from '../../lib/gemini/models.ts'
import type { GenerateContentRequest, Part } from '../../lib/gemini/wire.ts'
import { decode, replyOf, streamText } from '../quirks.ts'
import { event } from '../upstream.ts'

export const SIGNATURE = 'CkEBVKhc7nWq0b8m5ZpGxv1JrYt3hLd9eQ=='

export interface Scripted {
  /** A gateway without network: each request is answered by the next of Gemini's turns. */
  fetch(url: unknown, init?: { body?: unknown }): Promise<Response>
  /** What Gemini was asked. */
  asked: GenerateContentRequest[]
}

export const scripted = (...turns: (Partial<Part>[] | object)[]): Scripted => {
  const asked: GenerateContentRequest[] = []
  const answer = (text: string): Response => {
    const body = messages.parse(JSON.parse(text))
    const call = messages.toGemini(body, modelOf('gemini-3.5-flash'))
    asked.push(call.request)
    const turn = turns[asked.length - 1] ?? []
    const candidate = Array.isArray(turn) ? { content: { role: 'model', parts: turn } } : turn
    const decoded = decode(Buffer.from(event({ candidates: [{ index: 0, finishReason: 'STOP', ...candidate }] })))
    const spoken = { protocol: messages, request: {} }
    return call.stream
      ? new Response(streamText(spoken, body, decoded), { headers: { 'content-type': 'text/event-stream' } })
      : Response.json(replyOf(spoken, body, decoded))
  }
  return {
    asked,
    async fetch(_, init) {
      try {
        return answer(String(init?.body))
      } catch (thrown) {
        const { status, headers, body } = messages.error(asGatewayError(thrown), 'req_1')
        return Response.json(body, { status, headers })
      }
    },
  }
}
