import { errorBodyOf, errorOf, unreadable } from '../errors.ts'
import { type Flow, NOTHING_MADE, type ReplyReader, type ReplySummary } from '../flow.ts'
import { writeJson } from '../json.ts'
import type { Model } from '../models/model.ts'
import { type Switches, safetyOf } from '../naming/switches.ts'
import { turnCollector } from '../reply/collector.ts'
import { type Answer, streamReader, wholeReader } from '../reply/reader.ts'
import { generationOf, type Wishes } from '../request/generation.ts'
import { type Named, namesAsWritten, namesIn } from '../resource-names.ts'
import type { Turn } from '../turn.ts'
import type { GenerateContentRequest, GenerationConfig, Json, Part } from '../wire.ts'
import type { Attempt, Caller, GeminiClient, UpstreamCall } from './client.ts'

/** A call whose reply is one JSON object. */
export interface UnaryCall {
  method: 'GET' | 'POST' | 'DELETE'
  /** With version and query: `/v1beta/models?pageSize=1000`. */
  path: string
  body?: object
  /** Empty where no model's quota is involved. */
  model: string
  /** What the body names, if the client's own fields are known. */
  names?: readonly Named[]
  /** The only project that will do. */
  project?: string
}

/** Makes the call and gives its reply, whatever its shape; throws what the client should hear. */
export const askJson = async (gemini: GeminiClient, call: UnaryCall, caller: Caller): Promise<Json> => {
  const { reply } = await openJson(
    gemini,
    {
      method: call.method,
      path: call.path,
      headers: { 'content-type': 'application/json' },
      body: call.body && writeJson(call.body),
      model: call.model,
      streamed: false,
      // No conversation ties these calls to a project, so they spread over all.
      affinity: caller.requestId,
      names: call.names ?? namesIn(call.body),
      project: call.project,
    },
    caller,
  )
  return reply
}

/** Makes any call whose reply is one JSON object, and says whose project answered. `seconds`: of the video that it starts. */
export const openJson = async (
  gemini: GeminiClient,
  call: UpstreamCall,
  caller: Caller,
  seconds = 0,
): Promise<{ reply: Json; project: string }> => {
  const { reader, flow, key } = await gemini.open(call, caller, () => jsonReader(seconds))
  await over(flow)
  return { reply: reader.json(), project: key.project }
}

/** One question to a model, of parts alone: no history, no tools. `config` is added to what the wishes come to. */
export interface Question {
  model: Model
  parts: Part[]
  wishes: Wishes
  config?: GenerationConfig
  /** The operator's threshold. */
  safety?: Switches['safety']
  /** The client's own request, for the fields in which it names files. */
  asked?: unknown
}

/** Asks `generateContent` and gives the whole turn; throws what the client should hear. */
export const askTurn = async (gemini: GeminiClient, question: Question, caller: Caller): Promise<Turn> => {
  const { reader, flow } = await gemini.open(callOf(question, caller, 'generateContent'), caller, (attempt) =>
    wholeReader(optionsOf(attempt)),
  )
  const collector = turnCollector()
  reader.listen(collector.write)
  await over(flow)
  return collector.turn()
}

/** Asks `streamGenerateContent`, for an answer that is told as it comes. */
export const openTurn = (gemini: GeminiClient, question: Question, caller: Caller): Promise<Answer> =>
  gemini.open(callOf(question, caller, 'streamGenerateContent?alt=sse'), caller, (attempt) =>
    streamReader(optionsOf(attempt)),
  )

const callOf = (
  { model, parts, wishes, config, safety, asked }: Question,
  { requestId }: Caller,
  method: 'generateContent' | 'streamGenerateContent?alt=sse',
): UpstreamCall => {
  const generationConfig = { ...generationOf(wishes, model, false), ...config }
  const request: GenerateContentRequest = {
    contents: [{ role: 'user', parts }],
    generationConfig,
    ...(safety && { safetySettings: safetyOf(safety) }),
  }
  return {
    method: 'POST',
    path: `/v1beta/models/${model.id}:${method}`,
    headers: { 'content-type': 'application/json' },
    body: writeJson(request),
    model: model.id,
    streamed: method !== 'generateContent',
    // No conversation ties these calls to a project, so they spread over all.
    affinity: requestId,
    names: namesAsWritten(request, asked),
  }
}

/** Without tools there are no calls that would need an id. */
const optionsOf = ({ emptyIsFault }: Attempt) => ({ newCallId: () => '', functions: [], emptyIsFault })

const over = (flow: Flow): Promise<void> =>
  new Promise((resolve, reject) => {
    flow.start(
      () => {},
      (error) => (error ? reject(error) : resolve()),
    )
  })

interface JsonReader extends ReplyReader {
  /** Once the reply is over. */
  json(): Json
}

const jsonReader = (seconds: number): JsonReader => {
  const pieces: Buffer[] = []
  let reply: Json = {}
  return {
    committed: false,
    get summary() {
      return summaryOf(reply, seconds)
    },
    push: (bytes) => void pieces.push(bytes),
    end() {
      const text = Buffer.concat(pieces).toString()
      const error = errorBodyOf(text)
      if (error) throw errorOf(error)
      reply = objectIn(text)
    },
    json: () => reply,
  }
}

const objectIn = (text: string): Json => {
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  } catch {
    throw unreadable()
  }
  throw unreadable()
}

const summaryOf = ({ usageMetadata, modelVersion, predictions, name }: Json, seconds: number): ReplySummary => ({
  usage: typeof usageMetadata === 'object' && usageMetadata !== null ? usageMetadata : {},
  modelVersion: typeof modelVersion === 'string' ? modelVersion : '',
  responseId: '',
  reasons: [],
  made: {
    ...NOTHING_MADE,
    seconds: typeof name === 'string' ? seconds : 0,
    images: Array.isArray(predictions) ? predictions.filter(isPicture).length : 0,
  },
})

/** Imagen's own reply; a refused picture is an entry without bytes. */
const isPicture = (prediction: unknown): boolean =>
  typeof prediction === 'object' && prediction !== null && 'bytesBase64Encoded' in prediction
