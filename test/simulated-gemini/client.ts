// A plain client of the simulated Gemini, and Google's documents to hold it against.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'

export interface Answered {
  status: number
  headers: Headers
  text: string
  /** The body's JSON, where it is some. */
  body: Json
}

export const asker =
  (simulated: SimulatedGemini) =>
  async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> => {
    const plain = typeof body === 'string' || body instanceof Uint8Array || body === undefined
    const response = await fetch(simulated.origin + path, {
      method,
      headers: { 'x-goog-api-key': 'a', 'content-type': 'application/json', ...headers },
      body: plain ? (body as string | Uint8Array<ArrayBuffer> | undefined) : JSON.stringify(body),
      redirect: 'manual',
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: jsonOf(text) }
  }

const jsonOf = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}

export const user = (...parts: (string | Json)[]): Json => ({
  role: 'user',
  parts: parts.map((part) => (typeof part === 'string' ? { text: part } : part)),
})
export const model = (...parts: (string | Json)[]): Json => ({ ...user(...parts), role: 'model' })

/** The `data:` events of a stream. */
export const eventsOf = (text: string): Json[] =>
  text
    .split('\r\n\r\n')
    .filter(Boolean)
    .map((event) => JSON.parse(event.replace(/^data: /, '')) as Json)

export interface Part extends Json {
  text?: string
  thought?: boolean
  thoughtSignature?: string
  functionCall?: { name: string; args: Json; id?: string }
  inlineData?: { mimeType: string; data: string }
}
interface Candidate extends Json {
  content: { parts?: Part[]; role: string }
  finishReason?: string
  index: number
}

export const candidatesOf = (response: Json): Candidate[] => (response.candidates ?? []) as Candidate[]
export const partsOf = (...responses: Json[]): Part[] =>
  responses.flatMap((response) => candidatesOf(response)[0]?.content.parts ?? [])
export const textIn = (...responses: Json[]): string =>
  partsOf(...responses)
    .filter(({ thought }) => thought !== true)
    .map(({ text = '' }) => text)
    .join('')
export const usageIn = (response: Json): Record<string, number> => response.usageMetadata as Record<string, number>
export const errorOf = ({ body }: Answered): { code: number; message: string; status: string; details?: Json[] } =>
  body.error as ReturnType<typeof errorOf>

/** Google's documents and recordings, beside the repository; not in it. */
const CONTRACTS = resolve(import.meta.dirname, '../../../shared/contracts')
export const haveContracts = existsSync(CONTRACTS)
export const contract = (path: string): string => readFileSync(join(CONTRACTS, path), 'utf8')
export const contractJson = (path: string): Json => JSON.parse(contract(path)) as Json
