import type { Outcome } from '../../gemini/finish.ts'
import type { Turn, TurnEnd } from '../../gemini/turn.ts'
import { usageOf } from '../../gemini/usage.ts'
import type { Json, UsageMetadata } from '../../gemini/wire.ts'
import type { Closing, Stamp } from '../../protocol.ts'
import type { TurnPlace } from '../../state/turns.ts'
import type { ResponsesBody } from './body.ts'
import { type ItemMaker, Output } from './output.ts'
import { nameOf } from './places.ts'
import { carriesSignatures, compacts, toolboxIn } from './request.ts'
import { Summary } from './summary.ts'
import type { Tool } from './tools.ts'
import type { OutputItem, Response, ResponseUsage } from './wire.ts'

/** The whole reply. */
export const reply = (turn: Turn, body: ResponsesBody, stamp: Stamp, closing?: Closing): Response =>
  finished(body, stamp, outputOf(turn, body, stamp).items, turn, closing)

/** What a whole turn comes to. */
export const outputOf = ({ blocks, outcomes }: Turn, body: ResponsesBody, stamp: Stamp): ItemMaker => {
  const output = outputFor(body, stamp)
  for (const block of blocks[0] ?? []) {
    output.open(block)
    output.close(block)
  }
  output.end(outcomes[0] ?? 'stop')
  return output
}

/** Where the response stands among the turns of its chain. */
export const placeOf = ({ earlier }: ResponsesBody, { id }: Stamp): TurnPlace =>
  earlier?.chain
    ? { root: earlier.chain.root, depth: earlier.chain.depth, response: id }
    : { root: id, depth: 0, response: id }

export const outputFor = (body: ResponsesBody, stamp: Stamp): ItemMaker => {
  const id = nameOf(placeOf(body, stamp))
  if (compacts(body)) return new Summary(id)
  return new Output({
    id,
    callables: toolboxIn(body).callables,
    signed: carriesSignatures(body),
    sources: body.include?.includes('web_search_call.action.sources') ?? false,
    onlyOneCall: body.parallel_tool_calls === false,
  })
}

const ENDS: Record<Outcome, Pick<Response, 'status' | 'incomplete_details'>> = {
  stop: { status: 'completed', incomplete_details: null },
  calls: { status: 'completed', incomplete_details: null },
  length: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
  filtered: { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
}

/** A response that is over. */
export const finished = (
  body: ResponsesBody,
  stamp: Stamp,
  output: OutputItem[],
  { outcomes, usage }: Pick<TurnEnd, 'outcomes' | 'usage'>,
  { completed, stored }: Closing = { completed: stamp.created, stored: false },
): Response => {
  const end = ENDS[outcomes[0] ?? 'stop']
  const first = begun(body, stamp)
  return {
    ...first,
    ...(first.conversation && { conversation: stored ? first.conversation : null }),
    ...end,
    completed_at: end.status === 'completed' ? completed : null,
    output,
    service_tier: tierOf(usage.serviceTier) ?? 'default',
    store: first.store && stored,
    usage: responseUsage(usage),
  }
}

/** A response of which nothing is known but the request, whose settings it repeats. */
export const begun = (body: ResponsesBody, stamp: Stamp): Response => ({
  id: `resp_${nameOf(placeOf(body, stamp))}`,
  object: 'response',
  created_at: stamp.created,
  status: 'in_progress',
  background: false,
  completed_at: null,
  ...(body.earlier?.conversation && { conversation: { id: body.earlier.conversation } }),
  error: null,
  frequency_penalty: 0,
  incomplete_details: null,
  instructions: body.instructions ?? null,
  max_output_tokens: body.max_output_tokens ?? null,
  max_tool_calls: body.max_tool_calls ?? null,
  metadata: body.metadata ?? {},
  model: body.model,
  output: [],
  parallel_tool_calls: body.parallel_tool_calls ?? true,
  presence_penalty: 0,
  previous_response_id: body.previous_response_id ?? null,
  prompt_cache_key: body.prompt_cache_key ?? null,
  reasoning: {
    effort: body.reasoning?.effort ?? null,
    summary: body.reasoning?.summary ?? body.reasoning?.generate_summary ?? null,
  },
  safety_identifier: body.safety_identifier ?? null,
  service_tier: tierOf(body.service_tier) ?? 'auto',
  store: body.store !== false,
  temperature: body.temperature ?? 1,
  text: textOf(body),
  tool_choice: body.tool_choice ?? 'auto',
  tools: (body.tools ?? []).map(toolOf),
  top_logprobs: body.top_logprobs ?? 0,
  top_p: body.top_p ?? 1,
  truncation: body.truncation ?? 'disabled',
  usage: null,
  user: body.user ?? null,
})

/** Of Google's tiers the two that OpenAI has too. */
const tierOf = (tier: string | null | undefined): string | undefined => {
  const name = tier?.toLowerCase()
  return name === 'flex' || name === 'priority' ? name : undefined
}

const textOf = ({ text }: ResponsesBody): Json => {
  const format = text?.format ?? { type: 'text' }
  return {
    format: format.type === 'json_schema' ? { description: null, strict: false, ...format } : format,
    verbosity: text?.verbosity ?? 'medium',
  }
}

/** Readers want a function's every key there. */
const toolOf = (tool: Tool): Json => (tool.type === 'function' ? { ...tool, ...functionKeys(tool) } : tool)

const functionKeys = ({ description, parameters, strict }: Extract<Tool, { type: 'function' }>): Json => ({
  description: description ?? null,
  parameters: parameters ?? null,
  strict: strict ?? null,
})

export const responseUsage = (metadata: UsageMetadata): ResponseUsage => {
  const { input, cached, output, thoughts } = usageOf(metadata)
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: thoughts },
    total_tokens: input + output,
  }
}
