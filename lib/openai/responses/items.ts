import { dataUrl } from '../../gemini/request/media.ts'
import type { Citation, FinishedBlock } from '../../gemini/turn.ts'
import type { LogprobsResult, TokenLogprob } from '../../gemini/wire.ts'
import type {
  CodeInterpreterCallItem,
  ImageFormat,
  Logprob,
  MessageItem,
  OutputItem,
  ReasoningItem,
  TokenLogprobs,
  UrlCitation,
} from './wire.ts'

export const thoughtItem = (id: string, text: string): ReasoningItem => ({
  id,
  type: 'reasoning',
  summary: [{ type: 'summary_text', text }],
})

export const signedItem = (id: string, encrypted_content: string): ReasoningItem => ({
  id,
  type: 'reasoning',
  summary: [],
  encrypted_content,
})

export const messageItem = (id: string, { text, citations, logprobs }: FinishedBlock): MessageItem => ({
  id,
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [
    {
      type: 'output_text',
      text,
      annotations: (citations ?? []).map(annotationOf),
      logprobs: logprobs ? logprobsOf(logprobs) : [],
    },
  ],
})

export const codeItem = (id: string, container: string, code: string): CodeInterpreterCallItem => ({
  id,
  type: 'code_interpreter_call',
  status: 'completed',
  container_id: `cntr_${container}`,
  code,
  outputs: [],
})

/** Responses have a form for pictures only; other media become a message that holds a data URL. */
export const mediaItem = (
  block: FinishedBlock & { kind: 'media' },
  nextId: (type: OutputItem['type']) => string,
): OutputItem => {
  const { mimeType, text } = block
  if (!mimeType.startsWith('image/')) {
    return messageItem(nextId('message'), { kind: 'text', text: dataUrl({ mimeType, data: text }) })
  }
  const format = FORMATS[mimeType]
  return {
    id: nextId('image_generation_call'),
    type: 'image_generation_call',
    status: 'completed',
    ...(format && { output_format: format }),
    result: text,
  }
}

const FORMATS: Partial<Record<string, ImageFormat>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/svg+xml': 'svg',
}

const annotationOf = ({ start, end, source }: Citation): UrlCitation => ({
  type: 'url_citation',
  start_index: start,
  end_index: end,
  url: source.uri,
  title: source.title,
})

const logprobsOf = ({ chosenCandidates = [], topCandidates = [] }: LogprobsResult): TokenLogprobs[] =>
  chosenCandidates.map((chosen, index) => ({
    ...logprobOf(chosen),
    top_logprobs: (topCandidates[index]?.candidates ?? []).map(logprobOf),
  }))

const logprobOf = ({ token = '', logProbability = 0 }: TokenLogprob): Logprob => ({
  token,
  logprob: logProbability,
  bytes: [...Buffer.from(token)],
})
