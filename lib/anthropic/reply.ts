import type { Outcome } from '../gemini/finish.ts'
import { mediaFrame } from '../gemini/request/markdown-media.ts'
import { isCarried, wrapSignature } from '../gemini/request/signatures.ts'
import type { BlockEnd, FinishedBlock, Turn, TurnEnd } from '../gemini/turn.ts'
import { usageOf } from '../gemini/usage.ts'
import type { UsageMetadata } from '../gemini/wire.ts'
import type { Stamp } from '../protocol.ts'
import { type HostedTools, hostedTools } from './hosted.ts'
import { forgetsSignatures, type MessagesBody, oneCallOnly } from './request.ts'
import type {
  BetaFields,
  BetaUsageFields,
  ContentBlock,
  Message,
  StopReason,
  ThinkingBlock,
  Usage,
  WebSearchCitation,
} from './wire.ts'

export const reply = (turn: Turn, body: MessagesBody, stamp: Stamp): Message & Partial<BetaFields> => {
  const hosted = hostedTools(stamp)
  const content = contentOf(turn.blocks[0] ?? [], body, hosted)
  return {
    ...emptyMessage(body, stamp, turn.usage),
    content,
    ...stopOf(turn),
    usage: messageUsage(turn.usage, body, hosted),
  }
}

/** The message before there is anything in it: of the usage, what is known of the prompt. Some clients add it to that of the end. */
export const emptyMessage = (
  body: MessagesBody,
  stamp: Stamp,
  usage: UsageMetadata,
): Message & Partial<BetaFields> => ({
  id: `msg_${stamp.id}`,
  type: 'message',
  role: 'assistant',
  model: body.model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  container: null,
  diagnostics: null,
  ...betaFields(body),
  usage: messageUsage({ ...usage, candidatesTokenCount: 0, thoughtsTokenCount: 0 }, body),
})

/** Nothing is ever taken out of a conversation here. */
export const betaFields = ({ beta }: MessagesBody): BetaFields | undefined => beta && { context_management: null }

const contentOf = (blocks: readonly FinishedBlock[], body: MessagesBody, hosted: HostedTools): ContentBlock[] => {
  const content: ContentBlock[] = []
  for (const block of blocks) {
    switch (block.kind) {
      case 'text':
        content.push({ type: 'text', text: block.text, citations: citationsOf(block, block.text) })
        break
      case 'media': {
        const { head, tail } = mediaFrame(block.mimeType)
        content.push({ type: 'text', text: head + block.text + tail, citations: null })
        break
      }
      case 'thought':
        content.push({ type: 'thinking', thinking: block.text, signature: carriedSignature(block, body) ?? '' })
        break
      case 'call': {
        if (oneCallOnly(body) && content.some(({ type }) => type === 'tool_use')) break
        const signed = signing(content.at(-1), carriedSignature(block, body))
        if (signed) content.splice(content.length - signed.replaced, signed.replaced, signed.thinking)
        const { id, name } = block
        content.push({ type: 'tool_use', id, name, input: JSON.parse(block.text), caller: { type: 'direct' } })
        break
      }
      case 'code':
      case 'codeResult':
      case 'search':
      case 'fetch':
        content.push(...hosted.contentOf(block))
    }
  }
  return content
}

/** A call's signature goes into the thinking block right before it: the one that is there, or an empty one. */
const signing = (
  before: ContentBlock | undefined,
  signature: string | undefined,
): { thinking: ThinkingBlock; replaced: 0 | 1 } | undefined => {
  if (signature === undefined) return undefined
  return before?.type === 'thinking' && before.signature === ''
    ? { thinking: { ...before, signature }, replaced: 1 }
    : { thinking: { type: 'thinking', thinking: '', signature }, replaced: 0 }
}

/**
 * A signature as its thinking block says it. Only thoughts and calls have one: that of a text comes when the text is
 * written, and a thinking block after the last text is what clients neither expect nor keep.
 */
export const carriedSignature = ({ signature }: BlockEnd, body: MessagesBody): string | undefined =>
  isCarried(signature) && !forgetsSignatures(body) ? wrapSignature(signature) : undefined

/** Gemini doesn't quote its sources, so `cited_text` is the stretch of the answer that the source supports. */
export const citationsOf = ({ citations }: BlockEnd, text: string): WebSearchCitation[] | null =>
  citations?.map(({ start, end, source }) => ({
    type: 'web_search_result_location',
    url: source.uri,
    title: source.title,
    cited_text: text.slice(start, end),
    encrypted_index: '',
  })) ?? null

const STOP_REASONS: Record<Outcome, StopReason> = {
  stop: 'end_turn',
  calls: 'tool_use',
  length: 'max_tokens',
  filtered: 'refusal',
}

/** Why the message ended. Gemini doesn't tell which stop sequence it met, or whether it met one. */
export const stopOf = ({
  outcomes,
  reasons,
  blocked,
}: Pick<TurnEnd, 'outcomes' | 'reasons' | 'blocked'>): Pick<
  Message,
  'stop_reason' | 'stop_sequence' | 'stop_details'
> => {
  const outcome = outcomes[0] ?? 'stop'
  return {
    stop_reason: STOP_REASONS[outcome],
    stop_sequence: null,
    stop_details:
      outcome === 'filtered'
        ? {
            type: 'refusal',
            category: null,
            explanation: blocked
              ? `Gemini refused the prompt: ${blocked}.`
              : `Gemini broke off its answer: ${reasons[0]}.`,
          }
        : null,
  }
}

/** Anthropic counts tokens that were read from a cache beside the input, not inside it. */
export const messageUsage = (
  metadata: UsageMetadata,
  { beta }: MessagesBody,
  hosted?: HostedTools,
): Usage & Partial<BetaUsageFields> => {
  const { input, cached, output, thoughts } = usageOf(metadata)
  return {
    input_tokens: input - cached,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: thoughts },
    server_tool_use: hosted?.usage() ?? null,
    cache_creation: null,
    inference_geo: null,
    service_tier: null,
    speed: null,
    ...(beta && { iterations: null }),
  }
}
