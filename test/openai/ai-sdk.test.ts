import { createOpenAI } from '@ai-sdk/openai'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { OpenAIEmbeddings } from '@langchain/openai'
import { embedMany, generateImage, generateSpeech, transcribe } from 'ai'
import { wavOf } from '../../lib/openai/wav.ts'
import { serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
let openai: ReturnType<typeof createOpenAI>
beforeAll(async () => {
  served = await serve()
  openai = createOpenAI({ apiKey: 'k', baseURL: 'http://gateway.test/v1', fetch: served.fetch })
})
afterEach(() => served.simulated.reset())
afterAll(() => served.simulated.close())

test('embedMany, and the embeddings of LangChain', async () => {
  const values = ['one', 'two', 'three']
  const { embeddings, usage } = await embedMany({ model: openai.embedding('gemini-embedding-2'), values })
  const chain = new OpenAIEmbeddings({
    apiKey: 'k',
    model: 'gemini-embedding-2',
    configuration: { baseURL: 'http://gateway.test/v1', fetch: served.fetch },
  })
  const documents = await chain.embedDocuments(values)
  expect(usage.tokens).toBeGreaterThan(0)
  expect(documents.map((vector) => vector.map(Math.fround))).toEqual(
    embeddings.map((vector) => vector.map(Math.fround)),
  )
})

test('images', async () => {
  const { images } = await generateImage({
    model: openai.image('gpt-image-1'),
    prompt: 'A red house',
    size: '1024x1536',
    n: 2,
  })
  expect(images.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/png'])
})

test('speech and transcripts', async () => {
  const { audio } = await generateSpeech({
    model: openai.speech('tts-1'),
    text: 'Hello',
    voice: 'nova',
    outputFormat: 'wav',
  })
  expect(audio.uint8Array.length).toBeGreaterThan(44)
  served.simulated.script({
    text: JSON.stringify({ language: 'english', duration: 2, segments: [{ start: 0, end: 2, text: 'Hello there.' }] }),
  })
  const transcript = await transcribe({
    model: openai.transcription('whisper-1'),
    audio: wavOf(Buffer.alloc(4800), 24_000),
    providerOptions: { openai: { timestampGranularities: ['segment'] } },
  })
  expect(transcript.text).toBe('Hello there.')
})
