// The same question in the words of each family.
import type { Gateway } from '../../infra/local/gateway.ts'

export type FamilyProtocol = 'chat' | 'responses' | 'messages' | 'gemini'
export const PROTOCOLS: readonly FamilyProtocol[] = ['chat', 'responses', 'messages', 'gemini']

/** Path and body of a request that says `text` to a model. */
export const asked = (
  protocol: FamilyProtocol,
  stream: boolean,
  model = 'gemini-3.6-flash',
  text = 'hello',
): [path: string, body: object] => {
  switch (protocol) {
    case 'chat':
      return ['/v1/chat/completions', { model, stream, messages: [{ role: 'user', content: text }] }]
    case 'responses':
      return ['/v1/responses', { model, stream, input: text }]
    case 'messages':
      return ['/v1/messages', { model, stream, max_tokens: 500, messages: [{ role: 'user', content: text }] }]
    case 'gemini':
      return [
        `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
        { contents: [{ role: 'user', parts: [{ text }] }] },
      ]
  }
}

export const HEADERS = { authorization: 'Bearer your-api-key-1', 'content-type': 'application/json' }

export const post = async (
  { url }: Pick<Gateway, 'url'>,
  path: string,
  body: object,
): Promise<{ status: number; text: string }> => {
  const response = await fetch(url + path, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) })
  return { status: response.status, text: await response.text() }
}
