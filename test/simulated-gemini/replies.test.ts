import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import {
  asker,
  candidatesOf,
  contractJson,
  eventsOf,
  haveContracts,
  model,
  partsOf,
  textIn,
  usageIn,
  user,
} from './client.ts'

let simulated: SimulatedGemini
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  simulated = await startSimulatedGemini()
  ask = asker(simulated)
})
beforeEach(() => simulated.reset())
afterAll(() => simulated.close())

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
if (haveContracts) ajv.addSchema(contractJson('gemini/schema/gemini-v1beta.bundle.schema.json'), 'g')
else console.warn('replies are not held against the schema: no ../shared/contracts beside the repository')
const conforms = (response: Json, type = 'GenerateContentResponse'): void => {
  const validate = haveContracts ? ajv.getSchema(`g#/$defs/${type}`) : undefined
  void validate?.(response)
  expect(validate?.errors ?? []).toEqual([])
}

const sum = (usage: Record<string, number>): number =>
  ['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'toolUsePromptTokenCount'].reduce(
    (total, field) => total + (usage[field] ?? 0),
    0,
  )
const sound = (response: Json): void => {
  conforms(response)
  expect(usageIn(response).totalTokenCount).toBe(sum(usageIn(response)))
}

const generate = async (body: Json, id = 'gemini-3.6-flash'): Promise<Json> => {
  const answer = await ask('POST', `/v1beta/models/${id}:generateContent`, body)
  expect(answer.status).toBe(200)
  sound(answer.body)
  return answer.body
}
const stream = async (body: Json, id = 'gemini-3.6-flash'): Promise<Json[]> => {
  const answer = await ask('POST', `/v1beta/models/${id}:streamGenerateContent?alt=sse`, body)
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const events = eventsOf(answer.text)
  events.forEach(sound)
  return events
}
const says = (text: string, more: Json = {}): Json => ({ contents: [user(text)], ...more })

describe('text', () => {
  test('answers in the language of the prompt, the same each time', async () => {
    const request = says('写一首关于秋天的诗')
    const texts = [textIn(await generate(request)), textIn(...(await stream(request)))]
    expect(texts[0]).toMatch(/^[\u4e00-\u9fff\s，。,:;!?“”]+$/)
    expect(texts[1]).toBe(texts[0])
    expect(textIn(await generate(says('Write a poem about autumn')))).not.toMatch(/[\u4e00-\u9fff]/)
  })

  test('streams in several chunks with one id, a finish reason on the last alone, and usage that grows', async () => {
    const events = await stream(says('Why is the sky blue?'))
    const reasons = events.map((event) => candidatesOf(event)[0]?.finishReason)
    expect(events.length).toBeGreaterThan(3)
    expect(reasons.slice(0, -1).every((reason) => reason === undefined)).toBe(true)
    expect(reasons.at(-1)).toBe('STOP')
    expect(new Set(events.map(({ responseId }) => responseId)).size).toBe(1)
    const counts = events.map((event) => usageIn(event).candidatesTokenCount ?? 0)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })

  test('frames events as Google does', async () => {
    const { text } = await ask(
      'POST',
      '/v1beta/models/gemini-2.5-flash-lite:streamGenerateContent?alt=sse',
      says('Say <b>&'),
    )
    const events = text.split('\r\n\r\n')
    expect(events.at(-1)).toBe('')
    for (const event of events.slice(0, -1))
      expect(event).toMatch(/^data: \{"candidates": \[\{"content": \{"parts": \[\{"text": "[^\n<>&']*$/)
  })

  test('without alt=sse a stream is one growing array of the same chunks', async () => {
    const request = says('Why is the sky blue?')
    const { body, text } = await ask('POST', '/v1beta/models/gemini-2.5-flash:streamGenerateContent', request)
    const whole = body as unknown as Json[]
    expect(text.startsWith('[{\n  "candidates"')).toBe(true)
    whole.forEach(sound)
    expect(textIn(...whole)).toBe(textIn(...(await stream(request, 'gemini-2.5-flash'))))
  })

  test('a character is never cut in two', async () => {
    simulated.pace({ chunkCharacters: 1 })
    const text = '👩‍🚀 𝄞 é'
    simulated.script({ text })
    const events = await stream(says('x'), 'gemini-2.5-flash')
    simulated.pace({ chunkCharacters: 48 })
    expect(textIn(...events)).toBe(text)
    for (const { text: piece = '' } of partsOf(...events)) expect(piece.isWellFormed()).toBe(true)
  })

  test('keeps to stop sequences and to the output limit', async () => {
    const whole = textIn(await generate(says('Why do we STOP here?')))
    const stopped = await generate(
      says('Why do we STOP here?', { generationConfig: { stopSequences: ['none', 'STOP'] } }),
    )
    expect(textIn(stopped)).toBe(whole.slice(0, whole.indexOf('STOP')))
    const request = says('Why do we STOP here?', { generationConfig: { maxOutputTokens: 20 } })
    const cut = await generate(request, 'gemini-2.5-flash-lite')
    expect(whole.startsWith(textIn(cut))).toBe(true)
    expect(candidatesOf(cut)[0]?.finishReason).toBe('MAX_TOKENS')
    expect(usageIn(cut).candidatesTokenCount).toBe(20)
  })

  test('thinking that takes all the room leaves no parts, as recorded', async () => {
    const cut = await generate(says('x', { generationConfig: { maxOutputTokens: 5 } }), 'gemini-2.5-pro')
    expect(candidatesOf(cut)[0]).toEqual({ content: { role: 'model' }, finishReason: 'MAX_TOKENS', index: 0 })
  })

  test('gives as many candidates as asked, which differ', async () => {
    const request = says('Why?', { generationConfig: { candidateCount: 3 } })
    const whole = candidatesOf(await generate(request, 'gemini-2.5-flash'))
    expect(whole.map(({ index }) => index)).toEqual([0, 1, 2])
    const events = await stream(request, 'gemini-2.5-flash')
    const ends = events.flatMap(candidatesOf).filter(({ finishReason }) => finishReason === 'STOP')
    expect(ends.map(({ index }) => index)).toEqual([0, 1, 2])
  })

  test('log probabilities cover the text', async () => {
    const [candidate] = candidatesOf(
      await generate(says('Hello', { generationConfig: { responseLogprobs: true, logprobs: 3 } }), 'gemini-2.5-flash'),
    )
    const { chosenCandidates, topCandidates } = (candidate?.logprobsResult ?? {}) as Record<string, Json[]>
    expect(chosenCandidates?.map(({ token }) => token).join('')).toBe(candidate?.content.parts?.[0]?.text)
    expect(topCandidates?.every(({ candidates }) => (candidates as Json[]).length === 3)).toBe(true)
  })
})

describe('thinking', () => {
  const shown = { generationConfig: { thinkingConfig: { includeThoughts: true } } }

  test('is counted always, shown when asked, and signed on 3', async () => {
    const hidden = await generate(says('Why?'))
    expect(usageIn(hidden).thoughtsTokenCount).toBeGreaterThan(0)
    expect(partsOf(hidden).map(({ thought, thoughtSignature }) => [thought, thoughtSignature !== undefined])).toEqual([
      [undefined, true],
    ])
    expect(partsOf(await generate(says('Why?', shown)))[0]?.thought).toBe(true)
  })

  test('a streamed answer ends with an empty part that is signed', async () => {
    const events = await stream(says('Why?', shown))
    expect(partsOf(events.at(-1) ?? {})).toEqual([{ text: '', thoughtSignature: expect.any(String) }])
    expect(usageIn(events[0] ?? {}).thoughtsTokenCount).toBeUndefined()
  })

  test('can be off on 2.5 Flash, and grows with the level on 3', async () => {
    const tokens = async (thinkingConfig: Json, id: string): Promise<number> =>
      usageIn(await generate(says('Why?', { generationConfig: { thinkingConfig } }), id)).thoughtsTokenCount ?? 0
    expect(await tokens({ thinkingBudget: 0 }, 'gemini-2.5-flash')).toBe(0)
    const levels = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] as const
    const counts = await Promise.all(levels.map((thinkingLevel) => tokens({ thinkingLevel }, 'gemini-3.6-flash')))
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })
})

describe('function calls', () => {
  const weather = {
    name: 'get_weather',
    parametersJsonSchema: {
      type: 'object',
      properties: {
        city: { type: 'string' },
        unit: { enum: ['C', 'F'] },
        days: { type: 'integer', minimum: 5 },
        tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 2 },
      },
      required: ['city', 'unit', 'days', 'tags'],
      additionalProperties: false,
      $defs: {
        tag: {
          anyOf: [{ type: 'null' }, { type: 'object', properties: { id: { type: 'number' } }, required: ['id'] }],
        },
      },
    },
  }
  const tools = [{ functionDeclarations: [weather, { name: 'get_time' }] }]

  test('carry arguments that their schema allows', async () => {
    const body = await generate(says('What is the weather in Berlin?', { tools }))
    const [{ functionCall, thoughtSignature } = {}] = partsOf(body)
    expect(functionCall).toMatchObject({ name: 'get_weather', id: expect.any(String), args: { city: 'Berlin' } })
    expect(ajv.validate(weather.parametersJsonSchema, functionCall?.args)).toBe(true)
    expect(thoughtSignature).toEqual(expect.any(String))
    expect(candidatesOf(body)[0]).toMatchObject({
      finishReason: 'STOP',
      finishMessage: 'Model generated function call(s).',
    })
  })

  test('are made for each function that is named, and the first alone is signed', async () => {
    const parts = partsOf(await generate(says('Use get_weather and get_time', { tools })))
    expect(
      parts.map(({ functionCall, thoughtSignature }) => [functionCall?.name, thoughtSignature !== undefined]),
    ).toEqual([
      ['get_weather', true],
      ['get_time', false],
    ])
  })

  test('have no id on 2.5', async () => {
    const [part] = partsOf(await generate(says('Use get_time', { tools }), 'gemini-2.5-flash'))
    expect(part?.functionCall).toEqual({ name: 'get_time', args: {} })
  })

  test('follow the mode', async () => {
    const name = async (mode: string, allowedFunctionNames: string[] = []): Promise<string | undefined> => {
      const toolConfig = {
        functionCallingConfig: { mode, ...(allowedFunctionNames.length > 0 && { allowedFunctionNames }) },
      }
      return partsOf(await generate(says('Hello', { tools, toolConfig })))[0]?.functionCall?.name
    }
    expect(await name('AUTO')).toBeUndefined()
    expect(await name('ANY')).toBe('get_weather')
    expect(await name('ANY', ['get_time'])).toBe('get_time')
    expect(await name('NONE')).toBeUndefined()
  })

  test('are answered once their results are there', async () => {
    const first = await generate(says('Use get_time', { tools }))
    const functionResponse = {
      name: 'get_time',
      id: partsOf(first)[0]?.functionCall?.id,
      response: { output: 'half past nine' },
    }
    const contents = [user('Use get_time'), model(...partsOf(first)), user({ functionResponse })]
    expect(textIn(await generate({ contents, tools }))).toContain('half past nine')
  })

  test('in a stream come whole, and an empty text ends it', async () => {
    const events = await stream(says('Use get_time', { tools }))
    expect(events.map((event) => partsOf(event)[0])).toEqual([
      { functionCall: expect.objectContaining({ name: 'get_time' }), thoughtSignature: expect.any(String) },
      { text: '' },
    ])
  })
})

describe('JSON mode', () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer' }, kind: { type: 'string', enum: ['x', 'y'] } },
    required: ['name', 'age', 'kind'],
  }
  test.each([
    ['responseJsonSchema', schema],
    [
      'responseSchema',
      JSON.parse(JSON.stringify(schema).replace(/"(object|string|integer)"/g, (type) => type.toUpperCase())) as Json,
    ],
  ])('fits %s', async (slot, given) => {
    const body = await generate(
      says('Who?', { generationConfig: { responseMimeType: 'application/json', [slot]: given } }),
    )
    expect(ajv.validate(schema, JSON.parse(textIn(body)))).toBe(true)
  })

  test('is JSON without a schema, and one word of a choice', async () => {
    const free = await generate(says('Who?', { generationConfig: { responseMimeType: 'application/json' } }))
    expect(() => JSON.parse(textIn(free)) as unknown).not.toThrow()
    const responseSchema = { type: 'STRING', enum: ['yes', 'no'] }
    const choice = await generate(
      says('Well?', { generationConfig: { responseMimeType: 'text/x.enum', responseSchema } }),
    )
    expect(['yes', 'no']).toContain(textIn(choice))
  })
})

describe("Google's tools", () => {
  test('a search is cited by bytes of the text, whatever stands before', async () => {
    const [candidate] = candidatesOf(
      await generate(says('什么是光合作用?', { tools: [{ googleSearch: {} }, { codeExecution: {} }] })),
    )
    const text = textIn({ candidates: [candidate] })
    const { groundingSupports, webSearchQueries, groundingChunks } = (candidate?.groundingMetadata ?? {}) as Record<
      string,
      Json[]
    >
    expect(webSearchQueries).toHaveLength(1)
    expect(groundingSupports?.length).toBeGreaterThan(1)
    for (const { segment, groundingChunkIndices } of groundingSupports ?? []) {
      const {
        startIndex = 0,
        endIndex,
        text: cited,
      } = segment as { startIndex?: number; endIndex: number; text: string }
      expect(Buffer.from(text).subarray(startIndex, endIndex).toString()).toBe(cited)
      for (const index of groundingChunkIndices as number[]) expect(groundingChunks?.[index]).toBeDefined()
    }
  })

  test('code is run, and pages are read', async () => {
    const parts = partsOf(await generate(says('What is 123456789 * 987654321?', { tools: [{ codeExecution: {} }] })))
    expect(parts[1]).toEqual({ codeExecutionResult: { outcome: 'OUTCOME_OK', output: 'result=121932631112635269\n' } })
    const read = await generate(says('Sum up https://example.com/a please', { tools: [{ urlContext: {} }] }))
    expect(candidatesOf(read)[0]?.urlContextMetadata).toEqual({
      urlMetadata: [{ retrievedUrl: 'https://example.com/a', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' }],
    })
    expect(usageIn(read).toolUsePromptTokenCount).toBeGreaterThan(0)
  })
})

interface Picture {
  width: number
  height: number
  pixels: Buffer
}
/** Reads a PNG by its chunks; throws if its bytes are not what its header says. */
const readPng = (bytes: Buffer): Picture => {
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]))
  const chunks: Record<string, Buffer> = {}
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    chunks[bytes.toString('latin1', at + 4, at + 8)] = bytes.subarray(at + 8, at + 8 + length)
    at += length + 12
  }
  expect(Object.keys(chunks)).toEqual(['IHDR', 'IDAT', 'IEND'])
  const [width, height] = [chunks.IHDR?.readUInt32BE(0) ?? 0, chunks.IHDR?.readUInt32BE(4) ?? 0]
  const pixels = inflateSync(chunks.IDAT ?? Buffer.alloc(0))
  expect(pixels).toHaveLength(height * (1 + 3 * width))
  return { width, height, pixels }
}
const dataIn = (body: Json): { mimeType: string; bytes: Buffer } => {
  const { mimeType = '', data = '' } = partsOf(body).find(({ inlineData }) => inlineData)?.inlineData ?? {}
  return { mimeType, bytes: Buffer.from(data, 'base64') }
}

describe('media', () => {
  test('an image model draws what differs with the prompt, in the shape that was asked', async () => {
    const body = await generate(says('生成一只小猫'), 'gemini-2.5-flash-image')
    const kitten = dataIn(body)
    expect([kitten.mimeType, partsOf(body)[0]?.text]).toEqual(['image/png', expect.stringContaining('生成一只小猫')])
    const tall = await generate(
      says('A dog', { generationConfig: { imageConfig: { aspectRatio: '9:16' } } }),
      'gemini-3-pro-image',
    )
    expect(readPng(dataIn(tall).bytes)).toMatchObject({ width: 96, height: 168 })
    expect(
      readPng(kitten.bytes).pixels.equals(
        readPng(dataIn(await generate(says('A dog'), 'gemini-2.5-flash-image')).bytes).pixels,
      ),
    ).toBe(false)
    expect(usageIn(body).candidatesTokenCount).toBeGreaterThan(1290)
  })

  test('an image model streams text, then the image', async () => {
    const parts = partsOf(...(await stream(says('A dog'), 'gemini-2.5-flash-image')))
    expect(parts.map((part) => Object.keys(part)[0])).toEqual(['text', 'inlineData'])
  })

  test('imagen gives as many pictures as asked', async () => {
    const { body } = await ask('POST', '/v1beta/models/imagen-4.0-generate-001:predict', {
      instances: [{ prompt: '夕阳下的未来城市' }],
      parameters: { sampleCount: 4 },
    })
    const pictures = (body.predictions as { bytesBase64Encoded: string }[]).map(
      ({ bytesBase64Encoded }) => bytesBase64Encoded,
    )
    expect(new Set(pictures).size).toBe(4)
    for (const picture of pictures) readPng(Buffer.from(picture, 'base64'))
  })

  test('speech is sound, and each speaker has a voice', async () => {
    const speech = (voices: Json, text: string) =>
      generate(
        says(text, { generationConfig: { responseModalities: ['AUDIO'], speechConfig: voices } }),
        'gemini-2.5-flash-preview-tts',
      )
    const voice = (voiceName: string): Json => ({ prebuiltVoiceConfig: { voiceName } })
    const kore = dataIn(await speech({ voiceConfig: voice('Kore') }, 'same same'))
    expect(kore.mimeType).toBe('audio/L16;codec=pcm;rate=24000')
    const samples = new Int16Array(
      kore.bytes.buffer.slice(kore.bytes.byteOffset, kore.bytes.byteOffset + kore.bytes.length),
    )
    expect(Math.max(...samples)).toBeGreaterThan(5000)
    expect(dataIn(await speech({ voiceConfig: voice('Puck') }, 'same same')).bytes.equals(kore.bytes)).toBe(false)
    const speakerVoiceConfigs = [
      { speaker: 'Joe', voiceConfig: voice('Charon') },
      { speaker: 'Jane', voiceConfig: voice('Kore') },
    ]
    const both = dataIn(
      await speech({ multiSpeakerVoiceConfig: { speakerVoiceConfigs } }, 'Joe: word\nJane: word'),
    ).bytes
    const tone = both.length / 4
    expect(both.subarray(tone, 2 * tone).equals(both.subarray(3 * tone))).toBe(false)
  })
})

describe('numbers', () => {
  test('countTokens agrees with the usage of the same request', async () => {
    const request = says('How many tokens are these?', { systemInstruction: { parts: [{ text: 'Be brief' }] } })
    const id = 'gemini-3.6-flash'
    const { body } = await ask('POST', `/v1beta/models/${id}:countTokens`, {
      generateContentRequest: { model: `models/${id}`, ...request },
    })
    conforms(body, 'CountTokensResponse')
    expect(body.totalTokens).toBe(usageIn(await generate(request)).promptTokenCount)
  })

  test('a long beginning that was sent before is read from the cache, in the same project alone', async () => {
    const long = 'This is a long document about many things. '.repeat(200)
    const first = await generate(says(`${long} One?`))
    expect(usageIn(first).cachedContentTokenCount).toBeUndefined()
    const second = await generate(says(`${long} Two?`))
    expect(usageIn(second).cachedContentTokenCount).toBeGreaterThan(1024)
    const { body } = await ask('POST', '/v1beta/models/gemini-3.6-flash:generateContent', says(`${long} Three?`), {
      'x-goog-api-key': 'b',
    })
    expect(usageIn(body).cachedContentTokenCount).toBeUndefined()
  })

  test('embeddings are the same for the same text, of length 1 when whole, cut when shorter', async () => {
    const embed = async (text: string, more: Json = {}, id = 'gemini-embedding-001'): Promise<number[]> => {
      const requests = [{ model: `models/${id}`, content: user(text), ...more }]
      const { body } = await ask('POST', `/v1beta/models/${id}:batchEmbedContents`, { requests })
      conforms(body, 'BatchEmbedContentsResponse')
      return (body.embeddings as { values: number[] }[])[0]?.values ?? []
    }
    const whole = await embed('什么是人工智能?')
    expect(whole).toHaveLength(3072)
    expect(Math.hypot(...whole)).toBeCloseTo(1, 5)
    expect(await embed('什么是人工智能?', { outputDimensionality: 768 })).toEqual(whole.slice(0, 768))
    expect(Math.hypot(...(await embed('x', { outputDimensionality: 768 }, 'gemini-embedding-2')))).toBeCloseTo(1, 5)
    const other = await embed('机器学习')
    expect(Math.abs(whole.reduce((dot, value, index) => dot + value * (other[index] ?? 0), 0))).toBeLessThan(0.1)
  })
})
