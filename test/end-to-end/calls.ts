// The documented calls: what people paste first. Paths, headers and bodies are as in the documentation.

export interface DocumentedCall {
  name: string
  path: string
  headers: Readonly<Record<string, string>>
  body: object
  /** What must be true of the answer. */
  check(answer: Answer): void
}

export interface Answer {
  status: number
  type: string
  text: string
}

const BEARER = { authorization: 'Bearer your-api-key-1' }
const ANTHROPIC = { 'x-api-key': 'your-api-key-1', 'anthropic-version': '2023-06-01' }
const PNG = 'iVBORw0KGgo'
const CHINESE = /[\u4e00-\u9fff]/

export const eventsOf = ({ text }: Answer): Record<string, unknown>[] =>
  text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>)

const must = (holds: boolean, what: string, { text }: Answer): void => {
  if (!holds) throw new Error(`${what}: ${text.slice(0, 500)}`)
}
const includes =
  (...patterns: (string | RegExp)[]) =>
  (answer: Answer): void => {
    for (const pattern of patterns) {
      const found = typeof pattern === 'string' ? answer.text.includes(pattern) : pattern.test(answer.text)
      must(found, `no ${String(pattern)}`, answer)
    }
  }
const streams =
  (end: (events: Record<string, unknown>[], answer: Answer) => boolean, ...patterns: (string | RegExp)[]) =>
  (answer: Answer): void => {
    must(answer.type.startsWith('text/event-stream'), 'no event stream', answer)
    includes(...patterns)(answer)
    must(end(eventsOf(answer), answer), 'not ended as its protocol ends', answer)
  }

const chatEnds = (_: unknown, { text }: Answer): boolean => text.endsWith('data: [DONE]\n\n')
const responsesEnds = (events: Record<string, unknown>[]): boolean => events.at(-1)?.type === 'response.completed'
const messagesEnds = (events: Record<string, unknown>[]): boolean => events.at(-1)?.type === 'message_stop'
const nativeEnds = (_: unknown, { text }: Answer): boolean => text.includes('"finishReason": "STOP"')

const chat = (model: string, content: string, stream: boolean) => ({
  path: '/v1/chat/completions',
  headers: BEARER,
  body: { model, messages: [{ role: 'user', content }], stream },
})
const native = (model: string, method: string, text: string, generationConfig?: object) => ({
  path: `/v1beta/models/${model}:${method}`,
  headers: BEARER,
  body: { contents: [{ role: 'user', parts: [{ text }] }], ...(generationConfig && { generationConfig }) },
})
const imagen = (prompt: string, sampleCount: number) => ({
  path: '/v1beta/models/imagen-4.0-generate-001:predict',
  headers: BEARER,
  body: { instances: [{ prompt }], parameters: { sampleCount } },
})
const embed = (...texts: string[]) => ({
  path: '/v1beta/models/gemini-embedding-001:batchEmbedContents',
  headers: BEARER,
  body: {
    requests: texts.map((text) => ({ model: 'models/gemini-embedding-001', content: { parts: [{ text }] } })),
  },
})
const message = (content: string, stream: boolean) => ({
  path: '/v1/messages',
  headers: ANTHROPIC,
  body: { model: 'gemini-2.5-flash-lite', max_tokens: 1024, messages: [{ role: 'user', content }], stream },
})

const LITE = 'gemini-2.5-flash-lite'
const IMAGE = 'gemini-2.5-flash-image'
const SPEECH = 'gemini-2.5-flash-preview-tts'
const voice = (voiceName: string) => ({ voiceConfig: { prebuiltVoiceConfig: { voiceName } } })
const SPOKEN = '你好,这是一个语音合成测试。'
const TALK =
  'TTS the following conversation between Joe and Jane:\nJoe: How are you today Jane?\nJane: I am doing great, thanks for asking!'

/** PCM that is longer than nothing, in whole samples. */
const plays = (answer: Answer): void => {
  const found = /"data": ?"([A-Za-z0-9+/=]+)"/.exec(answer.text)
  const bytes = Buffer.from(found?.[1] ?? '', 'base64')
  must(bytes.length > 1000 && bytes.length % 2 === 0, 'no sound', answer)
  includes('audio/L16;codec=pcm;rate=24000')(answer)
}
const predicts =
  (count: number) =>
  (answer: Answer): void => {
    const { predictions } = JSON.parse(answer.text) as { predictions: { bytesBase64Encoded: string }[] }
    must(predictions.length === count, `not ${count} pictures`, answer)
    must(
      predictions.every(({ bytesBase64Encoded }) => bytesBase64Encoded.startsWith(PNG)),
      'no PNG',
      answer,
    )
  }
const embeds =
  (count: number) =>
  (answer: Answer): void => {
    const { embeddings } = JSON.parse(answer.text) as { embeddings: { values: number[] }[] }
    must(embeddings.length === count && embeddings.every(({ values }) => values.length > 100), 'no vectors', answer)
  }

export const DOCUMENTED_CALLS: readonly DocumentedCall[] = [
  { name: 'chat', ...chat(LITE, '你好,最近怎么样?', false), check: includes('"object":"chat.completion"', CHINESE) },
  { name: 'chat, streamed', ...chat(LITE, '写一首关于秋天的诗', true), check: streams(chatEnds, CHINESE) },
  { name: 'chat, image', ...chat(IMAGE, '生成一只小猫', false), check: includes(`data:image/png;base64,${PNG}`) },
  {
    name: 'chat, image, streamed',
    ...chat(IMAGE, '生成一只小猫', true),
    check: streams(chatEnds, `data:image/png;base64,${PNG}`),
  },
  {
    name: 'responses',
    path: '/v1/responses',
    headers: BEARER,
    body: { model: LITE, input: '请用三句话总结函数式编程的核心思想。', stream: false },
    check: includes('"object":"response"', '"status":"completed"', CHINESE),
  },
  {
    name: 'responses, streamed',
    path: '/v1/responses',
    headers: BEARER,
    body: {
      model: LITE,
      input: [{ role: 'user', content: [{ type: 'input_text', text: '写一首关于秋天的短诗。' }] }],
      stream: true,
    },
    check: streams(responsesEnds, CHINESE, 'event: response.output_text.delta'),
  },
  { name: 'gemini', ...native(LITE, 'generateContent', '你好,最近怎么样?'), check: includes('"candidates"', CHINESE) },
  {
    name: 'gemini, streamed',
    ...native(LITE, 'streamGenerateContent?alt=sse', '写一首关于秋天的诗'),
    check: streams(nativeEnds, CHINESE),
  },
  { name: 'gemini, image', ...native(IMAGE, 'generateContent', '生成一只小猫'), check: includes(PNG, 'image/png') },
  {
    name: 'gemini, image, streamed',
    ...native(IMAGE, 'streamGenerateContent?alt=sse', '生成一只小猫'),
    check: streams(nativeEnds, PNG),
  },
  { name: 'imagen', ...imagen('机器人手持红色滑板', 1), check: predicts(1) },
  { name: 'imagen, four at once', ...imagen('夕阳下的未来城市,天空中有飞行汽车', 4), check: predicts(4) },
  { name: 'speech', ...native(SPEECH, 'generateContent', SPOKEN, { responseModalities: ['AUDIO'] }), check: plays },
  {
    name: 'speech, a voice by name',
    ...native(SPEECH, 'generateContent', SPOKEN, { responseModalities: ['AUDIO'], speechConfig: voice('Kore') }),
    check: plays,
  },
  {
    name: 'speech, two speakers',
    ...native(SPEECH, 'generateContent', TALK, {
      responseModalities: ['AUDIO'],
      speechConfig: {
        multiSpeakerVoiceConfig: {
          speakerVoiceConfigs: [
            { speaker: 'Joe', ...voice('Charon') },
            { speaker: 'Jane', ...voice('Kore') },
          ],
        },
      },
    }),
    check: plays,
  },
  { name: 'embedding', ...embed('什么是人工智能?'), check: embeds(1) },
  { name: 'embeddings', ...embed('什么是人工智能?', '机器学习和深度学习有什么区别?'), check: embeds(2) },
  {
    name: 'messages',
    ...message('你好,最近怎么样?', false),
    check: includes('"type":"message"', '"end_turn"', CHINESE),
  },
  { name: 'messages, streamed', ...message('写一首关于秋天的诗', true), check: streams(messagesEnds, CHINESE) },
]
