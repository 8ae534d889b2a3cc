import { GatewayError } from '../errors.ts'
import type { Handler } from '../http/exchange.ts'
import type { Routes } from '../http/routes.ts'

/** What OpenAI has below `/v1` and Gemini has nothing for, with what can be done instead: clients shall not look for a wrong URL. */
const NOT_OFFERED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    assistants: 'Assistants are not available here: use the Responses API.',
    batches: 'Batches are not available here: send each request by itself, or a batch through the Gemini API.',
    chatkit: 'ChatKit is not available here.',
    containers: 'Containers are not available here: Gemini runs code in containers of its own (code_interpreter).',
    evals: 'Evals are not available here.',
    fine_tuning: 'Fine-tuning is not available here.',
    graders: 'Graders are not available here.',
    moderations: 'Moderations are not available here: Gemini has no model that classifies texts.',
    realtime: 'The Realtime API is not available here: use Chat or Responses, streamed.',
    skills: 'Skills are not available here.',
    threads: 'Threads are not available here: use the Conversations API.',
    uploads: 'Uploads in parts are not available here: POST /v1/files, or the Gemini API for larger files.',
    vector_stores: 'Vector stores are not available here: the Gemini API has file search stores.',
  } satisfies Record<string, string>),
)

/** A table of routes, where what isn't offered at all is answered, too, in words. */
export const withRefusals =
  (own: Routes): Routes =>
  (method, path) => {
    const match = own(method, path)
    const why = match.kind === 'unknown' ? NOT_OFFERED.get(/^\/v1\/(\w+)/.exec(path)?.[1] ?? '') : undefined
    return why === undefined ? match : { kind: 'found', handle: refusal(why) }
  }

const refusal =
  (why: string): Handler =>
  () => {
    throw new GatewayError('not_found', why)
  }
