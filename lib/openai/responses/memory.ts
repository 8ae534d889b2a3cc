import type { Memory } from '../../protocol.ts'
import type { ResponsesBody } from './body.ts'
import { isReference } from './input.ts'
import { keep } from './keep.ts'
import { recall, type States } from './recall.ts'

/**
 * Stored responses and conversations. A request that names none of them asks the table nothing. `store: false` keeps no
 * response, but a conversation gets what is said in it. If the table can't be reached, a request that needs it fails with
 * `unavailable`; one that would only be kept is answered all the same, and its response says `store: false`.
 */
export const responsesMemory = (states: States): Memory<ResponsesBody> => ({
  recall: (body, client) => (namesSomething(body) ? recall(body, client, states) : undefined),
  keeps: ({ store, earlier }) => store !== false || earlier?.conversation !== undefined,
  keep: (turn, client) => keep(turn, client, states),
})

const namesSomething = ({ previous_response_id, conversation, written }: ResponsesBody): boolean =>
  Boolean(previous_response_id || conversation) || (typeof written !== 'string' && written.some(isReference))
