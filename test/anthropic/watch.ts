import { expect } from '@jest/globals'
import { schemasOf } from '../schemas.ts'
import { checkGrammar, framesOf } from './grammar.ts'

const schemas = schemasOf('anthropic/anthropic.bundle.schema.json', 'x-messageStreamEventByType')

interface Seen {
  beta: boolean
  stream: boolean
  text: Promise<string>
}

/** `fetch` that keeps a copy of each message; `check` holds what came to the strict grammar and to the vendor's schema. */
export const watch = (): { fetch: typeof fetch; check(): Promise<void> } => {
  const seen: Seen[] = []
  return {
    async fetch(url, init) {
      const response = await fetch(url, init)
      const beta = new Headers(init?.headers).has('anthropic-beta')
      if (new URL(url instanceof Request ? url.url : url).pathname === '/v1/messages' && response.ok) {
        const stream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
        seen.push({ beta, stream, text: response.clone().text() })
      }
      return response
    },
    async check() {
      for (const { beta, stream, text } of seen.splice(0)) {
        if (stream) checkStream(await text, beta)
        else expect(schemas?.check(beta ? 'BetaMessage' : 'Message', JSON.parse(await text)) ?? []).toEqual([])
      }
    },
  }
}

const checkStream = (text: string, beta: boolean): void => {
  const frames = framesOf(text)
  checkGrammar(frames)
  for (const frame of frames) {
    const name = schemas?.events[frame.type] ?? frame.type
    expect(schemas?.check(beta && frame.type.startsWith('message_') ? `Beta${name}` : name, frame) ?? []).toEqual([])
  }
}
