import type { Memory } from '../../protocol.ts'
import type { ResponsesBody } from './body.ts'
import { isReference } from './input.ts'
import type { States } from './recall.ts'

/**
 * Stored responses and conversations. A request that names none of them asks the table nothing. `store: false` keeps no
 * response, but a conversation gets what is said in it. If the table can't be reached, a request that needs it fails with
 * `unavailable`; one that would only be kept is answered all the same, and its response says `store: false`. The code for
 * either is loaded by the first request that needs it: no start pays for it.
 */
export const responsesMemory = (states: States): Memory<ResponsesBody> => ({
  recall: (body, client) =>
    namesSomething(body) ? load().then(({ recall }) => recall(body, client, states)) : undefined,

  keeps({ store, earlier }) {
    const kept = store !== false || earlier?.conversation !== undefined
    // Loaded while Gemini thinks. Should it fail, so will `keep`, where that is heard.
    if (kept) load().catch(() => undefined)
    return kept
  },

  keep: async (turn, client) => (await load()).keep(turn, client, states),
})

const load = () => import('../state.ts')

const namesSomething = ({ previous_response_id, conversation, written }: ResponsesBody): boolean =>
  Boolean(previous_response_id || conversation) || (typeof written !== 'string' && written.some(isReference))
