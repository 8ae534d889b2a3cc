// One call of each kind with the vendors' own SDKs, each held to what its caller would notice.
import Anthropic from '@anthropic-ai/sdk'
import { FinishReason, GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'

/** Where each family is, as its clients are told, and with what. */
export interface Target {
  openai: string
  anthropic: string
  gemini: string
  key: string
  model: string
  embeddingModel: string
}

export interface Check {
  family: 'OpenAI' | 'Anthropic' | 'Gemini'
  call: string
  /** What came, in a few words. Throws where it isn't what it should be. */
  run(): Promise<string>
}

const PROMPT = 'Say in one short sentence what a gateway is.'
const PATIENCE = 60_000

/** Fails where nothing came. */
const some = (text: string | null | undefined): string => {
  const line = text?.replace(/\s+/g, ' ').trim()
  if (!line) throw new Error('The answer is empty.')
  return line.length > 50 ? `${line.slice(0, 49)}…` : line
}
const count = (number: number | undefined, of: string): string => {
  if (!number) throw new Error(`There are no ${of}.`)
  return `${number} ${of}`
}
/** Text that came in pieces, and that must have come to its regular end. */
const streamed = (pieces: readonly string[], ended: boolean): string => {
  if (!ended) throw new Error('The stream broke off.')
  return `${some(pieces.join(''))} (${pieces.length} pieces)`
}
/** Calls with a key nobody has; the SDK must see the status of a refusal. */
const refused = async (call: () => Promise<unknown>, statuses: readonly number[]): Promise<string> => {
  const error = await call().then(
    () => new Error('A wrong key is let in.'),
    (thrown: unknown) => thrown as Error & { status?: number },
  )
  if (!('status' in error) || error.status === undefined) throw error
  if (statuses.includes(error.status)) return `refused with ${error.status}`
  throw new Error(`A wrong key is answered with ${error.status}.`)
}

export const checksOf = (target: Target): Check[] => [...openai(target), ...anthropic(target), ...gemini(target)]

const openai = ({ openai: baseURL, key, model, embeddingModel }: Target): Check[] => {
  const clientWith = (apiKey: string) => new OpenAI({ baseURL, apiKey, maxRetries: 1, timeout: PATIENCE })
  const client = clientWith(key)
  const messages = [{ role: 'user' as const, content: PROMPT }]
  const family = 'OpenAI'
  return [
    { family, call: 'models', run: async () => count((await client.models.list()).data.length, 'models') },
    {
      family,
      call: 'chat',
      run: async () => some((await client.chat.completions.create({ model, messages })).choices[0]?.message.content),
    },
    {
      family,
      call: 'chat, streamed',
      run: async () => {
        const pieces: string[] = []
        let ended = false
        for await (const { choices } of await client.chat.completions.create({ model, messages, stream: true })) {
          if (choices[0]?.delta.content) pieces.push(choices[0].delta.content)
          ended ||= choices[0]?.finish_reason === 'stop'
        }
        return streamed(pieces, ended)
      },
    },
    {
      family,
      call: 'responses',
      run: async () => some((await client.responses.create({ model, input: PROMPT, store: false })).output_text),
    },
    {
      family,
      call: 'responses, streamed',
      run: async () => {
        const pieces: string[] = []
        let ended = false
        for await (const event of await client.responses.create({ model, input: PROMPT, store: false, stream: true })) {
          if (event.type === 'response.output_text.delta') pieces.push(event.delta)
          ended ||= event.type === 'response.completed'
        }
        return streamed(pieces, ended)
      },
    },
    {
      family,
      call: 'embeddings',
      run: async () => {
        const { data } = await client.embeddings.create({ model: embeddingModel, input: PROMPT })
        return count(data[0]?.embedding.length, 'dimensions')
      },
    },
    { family, call: 'a wrong key', run: () => refused(() => clientWith('nobody').models.list(), [401]) },
  ]
}

const anthropic = ({ anthropic: baseURL, key, model }: Target): Check[] => {
  const clientWith = (apiKey: string) => new Anthropic({ baseURL, apiKey, maxRetries: 1, timeout: PATIENCE })
  const client = clientWith(key)
  const messages = [{ role: 'user' as const, content: PROMPT }]
  const family = 'Anthropic'
  return [
    { family, call: 'models', run: async () => count((await client.models.list()).data.length, 'models') },
    {
      family,
      call: 'messages',
      run: async () => {
        const { content } = await client.messages.create({ model, max_tokens: 2000, messages })
        return some(content.map((block) => (block.type === 'text' ? block.text : '')).join(''))
      },
    },
    {
      family,
      call: 'messages, streamed',
      run: async () => {
        const pieces: string[] = []
        const stream = client.messages.stream({ model, max_tokens: 2000, messages })
        stream.on('text', (text) => pieces.push(text))
        return streamed(pieces, (await stream.finalMessage()).stop_reason === 'end_turn')
      },
    },
    {
      family,
      call: 'count_tokens',
      run: async () => count((await client.messages.countTokens({ model, messages })).input_tokens, 'tokens'),
    },
    { family, call: 'a wrong key', run: () => refused(() => clientWith('nobody').models.list(), [401]) },
  ]
}

const gemini = ({ gemini: baseUrl, key, model, embeddingModel }: Target): Check[] => {
  const clientWith = (apiKey: string) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl, timeout: PATIENCE } })
  const client = clientWith(key)
  const family = 'Gemini'
  return [
    {
      family,
      call: 'models',
      run: async () => {
        let models = 0
        for await (const _ of await client.models.list()) models++
        return count(models, 'models')
      },
    },
    {
      family,
      call: 'generateContent',
      run: async () => some((await client.models.generateContent({ model, contents: PROMPT })).text),
    },
    {
      family,
      call: 'generateContent, streamed',
      run: async () => {
        const pieces: string[] = []
        let ended = false
        for await (const { text, candidates } of await client.models.generateContentStream({
          model,
          contents: PROMPT,
        })) {
          if (text) pieces.push(text)
          ended ||= candidates?.[0]?.finishReason === FinishReason.STOP
        }
        return streamed(pieces, ended)
      },
    },
    {
      family,
      call: 'countTokens',
      run: async () => count((await client.models.countTokens({ model, contents: PROMPT })).totalTokens, 'tokens'),
    },
    {
      family,
      call: 'embedContent',
      run: async () => {
        const { embeddings } = await client.models.embedContent({ model: embeddingModel, contents: PROMPT })
        return count(embeddings?.[0]?.values?.length, 'dimensions')
      },
    },
    {
      family,
      call: 'a wrong key',
      run: () => refused(() => clientWith('nobody').models.generateContent({ model, contents: PROMPT }), [400, 401]),
    },
  ]
}
