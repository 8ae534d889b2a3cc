// What the functions call while they are measured: Gemini's place, with an answer cut and paced as the measurement wants it.
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Upstream {
  readonly origin: string
  /** The answer to whatever is asked next: its events, one a packet with so many milliseconds between, or all at once. */
  answer(events: readonly Buffer[], gapMs?: number): void
  close(): void
}

const listen = async (server: Server): Promise<string> => {
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const send = async (response: ServerResponse, events: readonly Buffer[], gapMs: number): Promise<void> => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const piece of gapMs > 0 ? events : [Buffer.concat(events)]) {
    if (!response.write(piece)) await once(response, 'drain')
    if (gapMs > 0) await sleep(gapMs)
  }
  response.end()
}

export const startUpstream = async (): Promise<Upstream> => {
  let current: { events: readonly Buffer[]; gapMs: number } = { events: [], gapMs: 0 }
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => void send(response, current.events, current.gapMs).catch(() => response.destroy()))
  })
  const origin = await listen(server)
  return {
    origin,
    answer: (events, gapMs = 0) => {
      current = { events, gapMs }
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
