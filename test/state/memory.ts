import type { Conversation, ConversationState } from '../../lib/state/conversations.ts'
import type { StoredTurn, TurnPlace, TurnState } from '../../lib/state/turns.ts'

/** The table's part for tests that are not about the table. */
export const stateInMemory = (): { turns: TurnState; conversations: ConversationState } => {
  const turns = new Map<string, StoredTurn>()
  const conversations = new Map<string, { conversation: Conversation; batches: Map<string, string> }>()
  const keyOf = (client: string, { root, depth, response }: TurnPlace): string =>
    `${client} ${root} ${depth} ${response}`
  const find = (client: string, id: string) => conversations.get(`${client} ${id}`)

  return {
    turns: {
      writeTurn: async (client, turn) => Boolean(turns.set(keyOf(client, turn), turn)),
      readTurn: async (client, place) => turns.get(keyOf(client, place)),
      async readChain(client, place) {
        const chain: StoredTurn[] = []
        let { response } = place
        for (let { depth } = place; depth >= 0; depth--) {
          const turn = turns.get(keyOf(client, { ...place, depth, response }))
          if (!turn) return undefined
          chain.unshift(turn)
          response = turn.parent ?? ''
        }
        return chain
      },
      removeTurn: async (client, place) => turns.delete(keyOf(client, place)),
    },
    conversations: {
      async writeConversation(client, conversation) {
        const { batches = new Map<string, string>() } = find(client, conversation.id) ?? {}
        conversations.set(`${client} ${conversation.id}`, { conversation, batches })
      },
      readConversation: async (client, id) => find(client, id)?.conversation,
      async readBatches(client, id) {
        const found = find(client, id)
        if (!found) return undefined
        const batches = [...found.batches].map(([name, items]) => ({
          items,
          replace: async (next: string | undefined) =>
            next === undefined ? found.batches.delete(name) : Boolean(found.batches.set(name, next)),
        }))
        return { conversation: found.conversation, batches }
      },
      addBatch: async (client, id, name, items) => Boolean(find(client, id)?.batches.set(name, items)),
      removeConversation: async (client, id) => void conversations.delete(`${client} ${id}`),
    },
  }
}
