// One conversation in the words of each protocol, and what its client sees of it.
import type { Gateway } from '../../../infra/local/gateway.ts'

export const MODEL = 'gemini-3.6-flash'
export const SAID = 'one two three größer als four 日本語 five 😀 six seven eight nine ten eleven twelve'
export const CLIENT_KEY = 'canary-client-key'

export type Protocol = 'chat' | 'responses' | 'messages' | 'native'

export interface Variant {
  protocol: Protocol
  stream: boolean
}

export const VARIANTS: readonly Variant[] = (['chat', 'responses', 'messages', 'native'] as const).flatMap(
  (protocol) => [
    { protocol, stream: false },
    { protocol, stream: true },
  ],
)

export const nameOf = ({ protocol, stream }: Variant): string => `${protocol}${stream ? ', streamed' : ''}`

export const requestOf = ({ protocol, stream }: Variant, text: string, model: string): [path: string, body: object] => {
  switch (protocol) {
    case 'chat':
      return ['/v1/chat/completions', { model, stream, messages: [{ role: 'user', content: text }] }]
    case 'responses':
      return ['/v1/responses', { model, stream, input: text, store: false }]
    case 'messages':
      return ['/v1/messages', { model, stream, max_tokens: 500, messages: [{ role: 'user', content: text }] }]
    case 'native':
      return [
        `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
        { contents: [{ role: 'user', parts: [{ text }] }] },
      ]
  }
}

/** The functions that serve them: requests to one of them share a process. */
export const HOMES: Readonly<Record<Protocol, string>> = {
  chat: 'openai',
  responses: 'openai',
  messages: 'anthropic',
  native: 'gemini',
}

export interface Answer {
  status: number
  headers: Record<string, string>
  /** What differs from one request to the next, ids and times, reads the same in all. */
  text: string
  requestId: string
}

export const ask = async (
  { url }: Pick<Gateway, 'url'>,
  variant: Variant,
  text: string,
  model = MODEL,
): Promise<Answer> => {
  const [path, body] = requestOf(variant, text, model)
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${CLIENT_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    // Unlike `text()`, with the mark of its byte order if it has one
    text: withoutChance(withoutFlood(Buffer.from(await response.arrayBuffer()).toString())),
    requestId: response.headers.get('x-request-id') ?? '',
  }
}

/** What nobody wants to compare. */
const withoutFlood = (text: string): string => (text.startsWith(' '.repeat(2 ** 20)) ? text.trimStart() : text)

/** Ids, and seconds since 1970. */
const withoutChance = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/(?<=_|-)[a-z0-9]{24,}(?=[_"-])/g, 'ID')
    .replace(/("(?:created|created_at|completed_at)":)\d+/g, '$10')
    .replace(/("(?:responseId|thought_?[sS]ignature|signature|encrypted_content)": ?")[^"]+/g, '$1ID')
