import { type Key, type Store, toKey } from './store.ts'

/** What is kept of videos that clients had made, as JSON of whoever keeps it; no client finds another's. */
export interface VideoState {
  /** It is forgotten 30 days after it was written last. */
  writeVideo(client: string, id: string, video: string): Promise<void>
  readVideo(client: string, id: string): Promise<string | undefined>
  /** All of a client's, in no order. */
  listVideos(client: string): Promise<string[]>
  removeVideo(client: string, id: string): Promise<void>
}

const STAYS = 30 * 24 * 3600
/** Of a megabyte each. */
const MOST_PAGES = 16

const keyOf = (client: string, id: string): Key => ({ pk: `VIDEO#${client}`, sk: id })

export const videoState = (store: Store, clock: () => number): VideoState => ({
  writeVideo: (client, id, video) =>
    store.put({
      ...toKey(keyOf(client, id)),
      video: { S: video },
      ttl: { N: String(Math.ceil(clock() / 1000) + STAYS) },
    }),
  readVideo: async (client, id) => (await store.get(keyOf(client, id)))?.video?.S,
  async listVideos(client) {
    const items = await store.list(keyOf(client, '').pk, undefined, MOST_PAGES)
    return items.flatMap(({ video }) => video?.S ?? [])
  },
  removeVideo: (client, id) => store.remove(keyOf(client, id)),
})
