import { GatewayError } from '../../errors.ts'
import type { Turn } from '../../gemini/turn.ts'
import type { Handler } from '../../http/exchange.ts'
import type { Protocol, Stamp } from '../../protocol.ts'
import { type Gateway, relay } from '../../relay.ts'
import type { ResponsesBody } from './body.ts'
import { ASK_FOR_SUMMARY, packSummary } from './compaction.ts'
import { responses } from './index.ts'
import { responsesMemory } from './memory.ts'
import { responseUsage } from './reply.ts'
import { parse, toGemini } from './request.ts'
import { type StoredItem, storedItems } from './stored.ts'

/**
 * A conversation made short: the user's messages as they are, and one item with the model's summary of everything.
 * https://platform.openai.com/docs/api-reference/responses/compact
 */
const compaction: Protocol<ResponsesBody> = {
  ...responses,
  parse: (json) => ({ ...parse(json), stream: false, store: false, tool_choice: 'none' }),
  toGemini: (body, model) => {
    const own =
      typeof body.input === 'string' ? [{ type: 'message', role: 'user', content: body.input } as const] : body.input
    return toGemini({ ...body, input: [...own, { type: 'message', role: 'user', content: ASK_FOR_SUMMARY }] }, model)
  },
  reply: (turn, body, stamp) => ({
    id: `resp_${stamp.id}`,
    object: 'response.compaction',
    created_at: stamp.created,
    output: [...saidByUser(body, stamp), compactionItem(turn, stamp)],
    usage: responseUsage(turn.usage),
  }),
  forgetsSignatures: () => false,
}

const saidByUser = ({ written, earlier }: ResponsesBody, { id }: Stamp): StoredItem[] =>
  [...(earlier?.stored ?? []), ...storedItems(written, id)].filter(
    ({ type, role }) => type === 'message' && role === 'user',
  )

/** Throws rather than let a conversation go on from half a summary. */
const compactionItem = ({ blocks, outcomes }: Turn, { id }: Stamp): StoredItem => {
  const summary = (blocks[0] ?? []).flatMap(({ kind, text }) => (kind === 'text' ? text : [])).join('')
  if (outcomes[0] !== 'stop' || summary.trim() === '') {
    throw new GatewayError('upstream', 'The model did not finish the summary of the conversation.')
  }
  return { id: `cmp_${id}_0`, type: 'compaction', encrypted_content: packSummary(summary) }
}

export const compact = (gateway: Gateway): Handler => {
  const { recall } = responsesMemory(gateway)
  return relay(compaction, gateway, {
    recall,
    keeps: () => false,
    keep: async () => false,
  })
}
