import { later } from '../../lib/http/later.ts'
import { type Gateway, relay } from '../../lib/relay.ts'

/** What most environments are never asked for: loaded when it is, 3 ms of a full core that no start pays. */
export const seldomRoutes = (gateway: Gateway) => {
  const images = async () => (await import('../../lib/openai/images/index.ts')).images(gateway)
  const audio = async () => (await import('../../lib/openai/audio/index.ts')).audio(gateway)
  const responses = async () => (await import('../../lib/openai/state.ts')).responseRoutes(gateway)
  const conversations = async () => (await import('../../lib/openai/state.ts')).conversationRoutes(gateway)
  const videos = async () => (await import('../../lib/openai/videos/index.ts')).videos(gateway)
  return {
    'POST /v1/videos': later(async () => (await videos()).create),
    'GET /v1/videos': later(async () => (await videos()).list),
    'POST /v1/videos/{change}': later(async () => (await videos()).change),
    'GET /v1/videos/{id}': later(async () => (await videos()).retrieve),
    'DELETE /v1/videos/{id}': later(async () => (await videos()).remove),
    'GET /v1/videos/{id}/content': later(async () => (await videos()).content),
    'POST /v1/videos/{id}/remix': later(async () => (await videos()).change),
    'GET /v1/videos/characters/{id}': later(async () => (await videos()).change),
    'POST /v1/conversations': later(async () => (await conversations()).create),
    'GET /v1/conversations/{id}': later(async () => (await conversations()).retrieve),
    'POST /v1/conversations/{id}': later(async () => (await conversations()).update),
    'DELETE /v1/conversations/{id}': later(async () => (await conversations()).remove),
    'GET /v1/conversations/{id}/items': later(async () => (await conversations()).listItems),
    'POST /v1/conversations/{id}/items': later(async () => (await conversations()).addItems),
    'GET /v1/conversations/{id}/items/{item}': later(async () => (await conversations()).retrieveItem),
    'DELETE /v1/conversations/{id}/items/{item}': later(async () => (await conversations()).removeItem),
    'GET /v1/responses': later(async () => (await import('../../lib/openai/responses/websocket.ts')).noWebSocket),
    'POST /v1/responses/input_tokens': later(async () =>
      (await import('../../lib/openai/state.ts')).inputTokens(gateway),
    ),
    'POST /v1/responses/compact': later(async () => (await import('../../lib/openai/state.ts')).compact(gateway)),
    'GET /v1/responses/{id}': later(async () => (await responses()).retrieve),
    'DELETE /v1/responses/{id}': later(async () => (await responses()).remove),
    'POST /v1/responses/{id}/cancel': later(async () => (await responses()).cancel),
    'GET /v1/responses/{id}/input_items': later(async () => (await responses()).listInput),
    'POST /v1/completions': later(async () =>
      relay((await import('../../lib/openai/completions/index.ts')).completions, gateway),
    ),
    'POST /v1/embeddings': later(async () =>
      (await import('../../lib/openai/embeddings/index.ts')).embeddings(gateway),
    ),
    'POST /v1/images/generations': later(async () => (await images()).generations),
    'POST /v1/images/edits': later(async () => (await images()).edits),
    'POST /v1/audio/speech': later(async () => (await audio()).speech),
    'POST /v1/audio/transcriptions': later(async () => (await audio()).transcriptions),
    'POST /v1/audio/translations': later(async () => (await audio()).translations),
  } as const
}
