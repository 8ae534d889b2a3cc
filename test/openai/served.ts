// OpenAI's SDK before our handlers before the simulated Gemini, all in this process but for the last step.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Ajv2020 } from 'ajv/dist/2020.js'
import OpenAI from 'openai'
import { fileRoutes } from '../../functions/files.ts'
import { FORMS, familyOf } from '../../functions/forms.ts'
import { modelRoutes } from '../../functions/models.ts'
import { seldomRoutes } from '../../functions/openai/seldom.ts'
import { startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { type RuntimeSettings, readRuntimeSettings } from '../../lib/contract/settings.ts'
import { ownersOf } from '../../lib/gemini/resources/ownership.ts'
import { catalogueOf } from '../../lib/gemini/upstream/catalogue.ts'
import { geminiClient } from '../../lib/gemini/upstream/client.ts'
import { nodeSend } from '../../lib/gemini/upstream/send.ts'
import type { Settlement } from '../../lib/gemini/upstream/settlement.ts'
import { corsFor } from '../../lib/http/cors.ts'
import { front } from '../../lib/http/front.ts'
import { routes } from '../../lib/http/routes.ts'
import { withRefusals } from '../../lib/openai/not-offered.ts'
import type { Gateway } from '../../lib/relay.ts'
import { ownerTable } from '../gemini/owner-table.ts'
import { requestOf } from '../http/requests.ts'
import { alone } from '../keys/environment.ts'
import { stateInMemory } from '../state/memory.ts'

export const serve = async (settings: Partial<RuntimeSettings> = {}) => {
  const simulated = await startSimulatedGemini()
  const settled: Settlement[] = []
  const logged: unknown[] = []
  const clock = (): number => Date.now()
  const log = (record: unknown): void => void logged.push(record)
  const gemini = geminiClient({
    send: nodeSend(simulated.origin),
    ...alone([{ id: 'k1', key: 'secret', project: 'p1', weight: 1 }]),
    settle: async (settlement) => void settled.push(settlement),
    clock,
  })
  const gateway: Gateway = {
    gemini,
    owners: ownersOf(ownerTable()),
    settings: { ...readRuntimeSettings(), modelAliases: { mine: 'gemini-2.5-flash' }, ...settings },
    catalogue: catalogueOf({ gemini, clock, log }),
    signatures: { read: async () => new Map(), write: async () => undefined },
    ...stateInMemory(),
    isOnlyClient: async () => true,
    bodyLimit: 6 * 1024 * 1024,
    newId: () => 'abcdefghijklmnopqrstuvwx',
    clock,
    log,
  }
  const answer = front({
    routes: withRefusals(
      routes({
        ...seldomRoutes(gateway),
        ...modelRoutes(gateway, 'openai'),
        ...fileRoutes(gateway, 'openai'),
      }),
    ),
    admit: async (request) => ({ ...request, client: { name: 'someone', keyId: 'c1' } }),
    formOf: (request) => FORMS[familyOf(request, 'openai')],
    cors: corsFor(['*']),
    bodyLimit: 6 * 1024 * 1024,
    log: gateway.log,
  })

  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const sent = new Request(url, init)
    const { pathname, search } = new URL(sent.url)
    const now = Date.now()
    const { status, headers, body } = await answer(
      requestOf({
        method: sent.method,
        path: pathname,
        query: search.slice(1),
        headers: Object.fromEntries(sent.headers),
        body: Buffer.from(await sent.arrayBuffer()),
        receivedAt: now,
        deadline: now + 60_000,
      }),
    )
    const bytes = body instanceof Readable ? Buffer.concat(await Readable.from(body).map(Buffer.from).toArray()) : body
    return new Response(typeof bytes === 'string' ? bytes : new Uint8Array(bytes), { status, headers })
  }
  const openai = new OpenAI({ apiKey: 'k', baseURL: 'http://gateway.test/v1', fetch, maxRetries: 0 })
  return { simulated, settled, logged, fetch, openai }
}

const SCHEMAS = join(import.meta.dirname, '../../../shared/contracts/openai/openai.bundle.schema.json')
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const present = existsSync(SCHEMAS)
if (present) ajv.addSchema(JSON.parse(readFileSync(SCHEMAS, 'utf8')) as object, 'b')
else console.warn('skipped: OpenAI schemas are not at ../shared/contracts')

/** What OpenAI's own schema says against a value; nothing where the schemas aren't at hand. */
export const faultsOf = (name: string, value: unknown): string[] => {
  if (!present) return []
  const validate = ajv.getSchema(`b#/$defs/${name}`)
  if (!validate) throw new Error(`OpenAI's document has no ${name}`)
  return validate(value) ? [] : [ajv.errorsText(validate.errors)]
}
