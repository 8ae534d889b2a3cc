import type { Outcome } from '../../gemini/finish.ts'
import { dataUrl } from '../../gemini/request/media.ts'
import { isCarried } from '../../gemini/request/signatures.ts'
import type { Block, BlockEnd, FinishedBlock, Turn } from '../../gemini/turn.ts'
import { usageOf } from '../../gemini/usage.ts'
import type { ModalityTokenCount, UsageMetadata } from '../../gemini/wire.ts'
import type { Stamp } from '../../protocol.ts'
import { tokenLogprobs } from '../logprobs.ts'
import { freeformInput } from '../tools.ts'
import { pcmRateOf, wavOf } from '../wav.ts'
import type { ChatBody } from './body.ts'
import type {
  Annotation,
  Audio,
  Choice,
  Completion,
  CompletionUsage,
  ExtraContent,
  FinishReason,
  Image,
  Logprobs,
  Message,
  ServiceTier,
  ToolCall,
} from './wire.ts'

type FinishedCall = Extract<FinishedBlock, { kind: 'call' }>

export const reply = (turn: Turn, body: ChatBody, stamp: Stamp): Completion => ({
  id: idOf(stamp),
  object: 'chat.completion',
  created: stamp.created,
  model: body.model,
  choices: turn.outcomes.map((outcome, index) => {
    const blocks = turn.blocks[index] ?? []
    return {
      index,
      message: messageOf(blocks, body, stamp, turn.blocked),
      logprobs: allLogprobs(blocks),
      finish_reason: finishReason(outcome, body),
    }
  }),
  usage: completionUsage(turn.usage),
  ...tierOf(turn.usage),
})

const messageOf = (blocks: readonly FinishedBlock[], body: ChatBody, stamp: Stamp, blocked?: string): Message => {
  const { content, annotations } = contentOf(blocks)
  const calls = callsOf(blocks, body)
  const thoughts = blocks.flatMap((block) => (block.kind === 'thought' ? block.text : []))
  const images = imagesOf(blocks)
  const sounds = blocks.filter((block) => isSound(block))
  return {
    role: 'assistant',
    // Where nothing else stands for an answer, it is an empty one.
    content: content === '' && (calls || sounds.length > 0 || blocked !== undefined) ? null : content,
    refusal: blocked === undefined ? null : refusalText(blocked),
    ...(thoughts.length > 0 && { reasoning_content: thoughts.join('') }),
    ...calls,
    ...(images.length > 0 && { images }),
    ...(sounds.length > 0 && { audio: audioOf(sounds, body, stamp) }),
    ...(annotations.length > 0 && { annotations }),
    ...extraContent(blocks.findLast(({ kind }) => kind === 'text')?.signature),
  }
}

// ---- The pieces that a stream writes too ----

export const idOf = ({ id }: Stamp): string => `chatcmpl-${id}`

export const audioIdOf = ({ id }: Stamp): string => `audio_${id}`

const FINISH_REASON: Record<Outcome, FinishReason> = {
  stop: 'stop',
  calls: 'tool_calls',
  length: 'length',
  filtered: 'content_filter',
}

export const finishReason = (outcome: Outcome, body: ChatBody): FinishReason =>
  outcome === 'calls' && isLegacy(body) ? 'function_call' : FINISH_REASON[outcome]

export const refusalText = (reason: string): string => `The prompt was blocked (${reason}).`

/** Blocks that are part of a message's content. */
export type ContentBlock = Extract<Block, { kind: 'text' | 'code' | 'codeResult' }>

export const isContent = <Of extends Block>(block: Of): block is Extract<Of, ContentBlock> =>
  block.kind === 'text' || block.kind === 'code' || block.kind === 'codeResult'

/** What stands before a block's own text: code and what it printed are fenced. */
export const before = (block: ContentBlock, previous: ContentBlock['kind'] | undefined): string => {
  const fence = block.kind === 'text' ? '' : `\`\`\`${block.kind === 'code' ? block.language : ''}\n`
  const gap = previous && (fence || previous !== 'text') ? '\n\n' : ''
  return gap + fence
}

/** What stands after it; `text` is the block's, or at least how it ends. */
export const after = (block: ContentBlock, text: string): string =>
  block.kind === 'text' ? '' : text.endsWith('\n') ? '```' : '\n```'

/** `base` is where the block's text starts in the message's content. */
export const annotationsOf = ({ citations = [] }: BlockEnd, base: number): Annotation[] =>
  citations.map(({ start, end, source }) => ({
    type: 'url_citation',
    url_citation: { start_index: base + start, end_index: base + end, url: source.uri, title: source.title },
  }))

export const logprobsOf = (end: BlockEnd): Logprobs | null =>
  end.logprobs ? { content: tokenLogprobs(end.logprobs), refusal: null } : null

/** Raw, as Google's own layer carries it: a call's on the call, that of the last text on the message. */
export const extraContent = (signature: string | undefined): { extra_content?: ExtraContent } =>
  isCarried(signature) ? { extra_content: { google: { thought_signature: signature } } } : {}

export const isSound = (block: Block): boolean => block.kind === 'media' && block.mimeType.startsWith('audio/')

/** Clients that declare `functions` instead of `tools` know one call a turn, and no ids. */
export const isLegacy = ({ tools, functions }: ChatBody): boolean => Boolean(functions?.length && !tools?.length)

/** Gemini can't be told to call one at a time; the calls after the first are left out instead. */
export const mostCalls = (body: ChatBody): number =>
  body.parallel_tool_calls === false || isLegacy(body) ? 1 : Number.POSITIVE_INFINITY

const isCustom = ({ tools }: ChatBody, name: string): boolean =>
  tools?.some((tool) => tool.type === 'custom' && (tool.custom ?? tool).name === name) ?? false

export const toolCallOf = ({ id, name, text, signature }: FinishedCall, body: ChatBody): ToolCall =>
  isCustom(body, name)
    ? { id, type: 'custom', custom: { name, input: freeformInput(text) }, ...extraContent(signature) }
    : { id, type: 'function', function: { name, arguments: text }, ...extraContent(signature) }

export const completionUsage = (metadata: UsageMetadata): CompletionUsage => {
  const { input, cached, output, thoughts } = usageOf(metadata)
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: audioTokens(metadata.promptTokensDetails) },
    completion_tokens_details: {
      reasoning_tokens: thoughts,
      audio_tokens: audioTokens(metadata.candidatesTokensDetails),
    },
  }
}

const audioTokens = (details: readonly ModalityTokenCount[] = []): number =>
  details.find(({ modality }) => modality === 'AUDIO')?.tokenCount ?? 0

const TIERS: Partial<Record<string, ServiceTier>> = { standard: 'default', flex: 'flex', priority: 'priority' }

export const tierOf = ({ serviceTier }: UsageMetadata): { service_tier?: ServiceTier } => {
  const tier = TIERS[serviceTier?.toLowerCase() ?? '']
  return tier ? { service_tier: tier } : {}
}

// ---- Whole messages ----

const contentOf = (blocks: readonly FinishedBlock[]): { content: string; annotations: Annotation[] } => {
  const annotations: Annotation[] = []
  let content = ''
  let previous: ContentBlock['kind'] | undefined
  for (const block of blocks) {
    if (!isContent(block)) continue
    content += before(block, previous)
    annotations.push(...annotationsOf(block, content.length))
    content += block.text + after(block, block.text)
    previous = block.kind
  }
  return { content, annotations }
}

const callsOf = (
  blocks: readonly FinishedBlock[],
  body: ChatBody,
): Pick<Message, 'tool_calls' | 'function_call'> | undefined => {
  const calls = blocks.filter((block) => block.kind === 'call').slice(0, mostCalls(body))
  const [first] = calls
  if (!first) return undefined
  return isLegacy(body)
    ? { function_call: { name: first.name, arguments: first.text } }
    : { tool_calls: calls.map((call) => toolCallOf(call, body)) }
}

const imagesOf = (blocks: readonly FinishedBlock[]): Image[] =>
  blocks
    .filter((block) => block.kind === 'media')
    .filter((block) => !isSound(block))
    .map(({ mimeType, text }, index) => ({
      type: 'image_url',
      image_url: { url: dataUrl({ mimeType, data: text }) },
      index,
    }))

/** In the format asked for, WAV if none was: it says of itself what it is. */
const audioOf = (sounds: readonly FinishedBlock[], body: ChatBody, stamp: Stamp): Audio => {
  const [first] = sounds
  const rate = first?.kind === 'media' ? pcmRateOf(first.mimeType) : undefined
  const bytes = Buffer.concat(sounds.map(({ text }) => Buffer.from(text, 'base64')))
  const file = rate !== undefined && body.audio?.format !== 'pcm16' ? wavOf(bytes, rate) : bytes
  return { id: audioIdOf(stamp), data: file.toString('base64'), expires_at: stamp.created, transcript: '' }
}

const allLogprobs = (blocks: readonly FinishedBlock[]): Choice['logprobs'] => {
  const content = blocks.flatMap((block) => logprobsOf(block)?.content ?? [])
  return content.length > 0 ? { content, refusal: null } : null
}
