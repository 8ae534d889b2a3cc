import Anthropic from '@anthropic-ai/sdk'

/** The message that the official SDK gathers from a stream. */
export const readBySdk = async (text: string): Promise<unknown> => {
  const fetch = async (): Promise<Response> =>
    new Response(text, { status: 200, headers: { 'content-type': 'text/event-stream' } })
  const client = new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 })
  const stream = client.messages.stream({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] })
  const { parsed_output: _, ...message } = await stream.finalMessage()
  return JSON.parse(JSON.stringify(message))
}
