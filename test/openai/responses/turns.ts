import OpenAI from 'openai'
import type { GatewayError } from '../../../lib/errors.ts'
import { turnCollector } from '../../../lib/gemini/reply/collector.ts'
import { turnDecoder } from '../../../lib/gemini/reply/decoder.ts'
import type { Turn, TurnEvent } from '../../../lib/gemini/turn.ts'
import type { GenerateContentResponse, Part } from '../../../lib/gemini/wire.ts'
import { responses } from '../../../lib/openai/responses/index.ts'
import type { Response as Reply } from '../../../lib/openai/responses/wire.ts'
import type { Stamp } from '../../../lib/protocol.ts'

export const STAMP: Stamp = { id: 'R1', created: 1_700_000_000 }
export const USAGE = {
  promptTokenCount: 10,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 3,
  cachedContentTokenCount: 4,
}

/** One response of Gemini's stream. */
export const says = (parts: Partial<Part>[], finishReason?: string, more: object = {}): GenerateContentResponse => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason && { finishReason }), ...more }],
  usageMetadata: USAGE,
  responseId: 'g1',
  modelVersion: 'gemini-3-flash',
})

export const eventsOf = (
  upstream: readonly GenerateContentResponse[],
  functions: readonly string[] = [],
): TurnEvent[] => {
  const events: TurnEvent[] = []
  let calls = 0
  const decoder = turnDecoder({ emit: (event) => events.push(event), newCallId: () => `call_${calls++}`, functions })
  for (const response of upstream) decoder.push(response)
  decoder.end()
  return events
}

const collected = (events: readonly TurnEvent[]): Turn => {
  const collector = turnCollector()
  for (const event of events) collector.write(event)
  return collector.turn()
}

/** One turn, told both ways. */
export const tell = (request: object, events: readonly TurnEvent[]): { reply: Reply; sse: string } => {
  const body = responses.parse({ model: 'gemini-3-flash', input: 'Hi', ...request })
  const writer = responses.stream(body, STAMP)
  return {
    reply: responses.reply(collected(events), body, STAMP) as Reply,
    sse: writer.start() + events.map((event) => writer.write(event)).join(''),
  }
}

/** A stream that breaks off behind these events. */
export const breakOff = (request: object, events: readonly TurnEvent[], error: GatewayError): string => {
  const writer = responses.stream(responses.parse({ model: 'm', input: 'Hi', ...request }), STAMP)
  return writer.start() + events.map((event) => writer.write(event)).join('') + writer.fail(error)
}

/** What the official SDK makes of a stream. */
export const readBySdk = async (sse: string): Promise<Record<string, unknown>> => {
  const fetch = () => Promise.resolve(new Response(sse, { headers: { 'content-type': 'text/event-stream' } }))
  const client = new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1', fetch, maxRetries: 0 })
  const final = await client.responses.stream({ model: 'm', input: 'Hi' }).finalResponse()
  return JSON.parse(JSON.stringify(final, (key, value: unknown) => (ADDED.has(key) ? undefined : value))) as Record<
    string,
    unknown
  >
}

/** Fields that the SDK adds to what it reads. */
const ADDED: ReadonlySet<string> = new Set(['output_text', 'parsed', 'output_parsed', 'parsed_arguments'])
