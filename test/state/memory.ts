import type { Conversation, ConversationState } from '../../lib/state/conversations.ts'
import type { StoredTurn, TurnPlace, TurnState } from '../../lib/state/turns.ts'
import type { VideoState } from '../../lib/state/videos.ts'

/** The table's part for tests that are not about the table. */
export const stateInMemory = (): {
  turns: TurnState
  conversations: ConversationState
  videos: VideoState
} => {
  const turns = new Map<string, StoredTurn>()
  const conversations = new Map<string, { conversation: Conversation; batches: Map<string, string> }>()
  const keyOf = (client: string, { root, depth, response }: TurnPlace): string =>
    `${client} ${root} ${depth} ${response}`
  const videos = new Map<string, string>()
  const find = (client: string, id: string) => conversations.get(`${client} ${id}`)

  return {
    videos: {
      writeVideo: async (client, id, video) => void videos.set(`${client} ${id}`, video),
      readVideo: async (client, id) => videos.get(`${client} ${id}`),
      listVideos: async (client) =>
        [...videos].filter(([key]) => key.startsWith(`${client} `)).map(([, video]) => video),
      removeVideo: async (client, id) => void videos.delete(`${client} ${id}`),
    },
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
      readItems: async (client, places) => places.flatMap((place) => turns.get(keyOf(client, place))?.items ?? []),
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
          name,
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
