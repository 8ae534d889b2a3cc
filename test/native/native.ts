import { Readable } from 'node:stream'
import { startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { readRuntimeSettings } from '../../lib/contract/settings.ts'
import { asGatewayError } from '../../lib/errors.ts'
import { ownersOf, pinnedClient } from '../../lib/gemini/resources/ownership.ts'
import { type Caller, geminiClient } from '../../lib/gemini/upstream/client.ts'
import { nodeSend } from '../../lib/gemini/upstream/send.ts'
import type { Settlement } from '../../lib/gemini/upstream/settlement.ts'
import { errorReply } from '../../lib/native/errors.ts'
import { forward } from '../../lib/native/forward.ts'
import { uploads } from '../../lib/native/uploads.ts'
import { ownerTable } from '../gemini/owner-table.ts'
import { alone } from '../keys/environment.ts'

export interface Asked {
  client?: string
  method?: string
  query?: string
  headers?: Record<string, string>
  body?: object | string | Buffer
}

export interface Answered {
  status: number
  headers: Record<string, string>
  /** In the pieces in which it came. */
  pieces: string[]
  text: string
  json: Body
}

/** What tests read of replies; which of it is there they know. */
export interface Body {
  name: string
  expireTime: string
  file: { name: string }
  error: { code: number; message: string; status: string; details?: unknown }
}

/** Native calls in this process, before the simulated Gemini with a key in each of these projects. */
export const native = async (projects: readonly string[], settings: object = {}) => {
  const keys = projects.map((project) => ({ id: `id-${project}`, key: `key-${project}`, project, weight: 1 }))
  const simulated = await startSimulatedGemini({
    projects: Object.fromEntries(keys.map(({ key, project }) => [key, project])),
  })
  const settled: Settlement[] = []
  const table = ownerTable()
  const owners = ownersOf(table)
  const client = geminiClient({
    send: nodeSend(simulated.origin),
    ...alone(keys),
    settle: async (settlement) => void settled.push(settlement),
    clock: Date.now,
  })
  let count = 0
  const parts = {
    gemini: pinnedClient(client, owners),
    owners,
    settings: readRuntimeSettings(JSON.stringify(settings)),
    catalogue: { knows: () => false },
    isOnlyClient: async () => true,
    bodyLimit: 6 * 1024 * 1024,
    newId: () => String(count++).padStart(24, '0'),
    clock: Date.now,
  }
  const handlers = { native: forward(parts), upload: uploads(parts) }

  const ask = async (
    path: string,
    { client: name = 'ann', method, query = '', headers = {}, body = '' }: Asked = {},
  ) => {
    const handler = path.startsWith('/upload/') ? handlers.upload : handlers.native
    const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    try {
      const reply = await handler({
        id: 'r',
        method: method ?? (bytes.length > 0 ? 'POST' : 'GET'),
        path,
        query,
        headers: { host: 'gateway.example', ...headers },
        body: bytes,
        uploadSession: '/api/upload-session',
        receivedAt: Date.now(),
        deadline: Date.now() + 60_000,
        after: () => {},
        client: { name, keyId: name },
      })
      return await answered(reply.status, reply.headers, reply.body)
    } catch (thrown) {
      const refused = errorReply(asGatewayError(thrown), 'r')
      return await answered(refused.status, refused.headers, JSON.stringify(refused.body))
    }
  }
  return { simulated, settled, owners, table, gemini: parts.gemini, ask, close: simulated.close }
}

const answered = async (
  status: number,
  headers: Record<string, string>,
  body: string | Buffer | Readable,
): Promise<Answered> => {
  const pieces: string[] = []
  if (body instanceof Readable) for await (const piece of body as AsyncIterable<Buffer>) pieces.push(piece.toString())
  else pieces.push(body.toString())
  const text = pieces.join('')
  return { status, headers, pieces, text, json: (/^[[{]/.test(text) ? JSON.parse(text) : {}) as Body }
}

export const callerNamed = (name: string): Caller => ({
  requestId: 'r',
  client: { name, keyId: name },
  protocol: 'gemini',
  asked: '',
  receivedAt: Date.now(),
  deadline: Date.now() + 60_000,
  after: () => {},
})
