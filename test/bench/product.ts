// The synchronous core as it is deployed: bytes → events → turn → the client's wire form, one write for each network read.
import { messages } from '../../lib/anthropic/index.ts'
import { streamReader } from '../../lib/gemini/reply/reader.ts'
import { chat } from '../../lib/openai/chat/index.ts'
import { responses } from '../../lib/openai/responses/index.ts'
import type { Asked, Protocol, StreamWriter } from '../../lib/protocol.ts'
import type { Conversion, Write } from './floor.ts'

export const PROTOCOLS = ['chat', 'responses', 'messages'] as const
export type Streamed = (typeof PROTOCOLS)[number]

/** What asks for a streamed answer to one short question. */
export const requestOf = (protocol: Streamed, question = 'hi'): Record<string, unknown> => {
  const message = { role: 'user', content: question }
  const asked = { model: 'gemini-2.5-flash', stream: true }
  switch (protocol) {
    case 'chat':
      return { ...asked, messages: [message], stream_options: { include_usage: true } }
    case 'responses':
      return { ...asked, input: [message], store: false }
    case 'messages':
      return { ...asked, messages: [message], max_tokens: 4096 }
  }
}

const STAMP = { id: '8K9RVRUgOkKJuUFlRHfCPUgwIfHPp', created: 1795332124 }

const open = <Body extends Asked>({ parse, stream }: Protocol<Body>, protocol: Streamed): StreamWriter =>
  stream(parse(requestOf(protocol)), STAMP)

const writerOf: Record<Streamed, () => StreamWriter> = {
  chat: () => open(chat, 'chat'),
  responses: () => open(responses, 'responses'),
  messages: () => open(messages, 'messages'),
}

export const product =
  (protocol: Streamed) =>
  (write: Write): Conversion => {
    const writer = writerOf[protocol]()
    let text = writer.start()
    const reader = streamReader({ newCallId: () => 'call_1', functions: [] })
    reader.listen((event) => {
      text += writer.write(event)
    })
    const flush = (): void => {
      if (text === '') return
      write(text)
      text = ''
    }
    return {
      push(bytes) {
        reader.push(bytes)
        flush()
      },
      end() {
        reader.end()
        flush()
      },
    }
  }
