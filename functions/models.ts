import { modelPage, oneModel as oneForAnthropic } from '../lib/anthropic/models.ts'
import { GatewayError } from '../lib/errors.ts'
import { isAllowed } from '../lib/gemini/naming/aliases.ts'
import type { ListedModel } from '../lib/gemini/upstream/catalogue.ts'
import type { AdmittedRequest, Handler, Reply } from '../lib/http/exchange.ts'
import { modelList, oneModel as oneForOpenai } from '../lib/openai/models.ts'
import { callerOf, type Gateway } from '../lib/relay.ts'
import { type Family, familyOf } from './forms.ts'
import { laterNative } from './native.ts'

const json = (body: unknown): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const PREFIX = '/v1/models/'

const nameIn = ({ path }: AdmittedRequest): string => {
  try {
    return decodeURIComponent(path.slice(PREFIX.length))
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The path holds a malformed percent-encoding.', { cause })
  }
}

/** Codex asks with its version, where its settings name this list as `model_catalog_url`. */
const isCodex = ({ query }: AdmittedRequest): boolean => new URLSearchParams(query).has('client_version')

/** The models, as the family of each request's client reads them: every function answers for all three. */
export const modelRoutes = (gateway: Gateway, own: Family) => {
  const native = laterNative(gateway)
  const listed = async (request: AdmittedRequest): Promise<ListedModel[]> => {
    const all = await gateway.catalogue.list({ ...callerOf(request), protocol: 'models', asked: '' })
    return all.filter(({ id }) => isAllowed(id, gateway.settings))
  }

  const list: Handler = async (request) => {
    switch (familyOf(request, own)) {
      case 'gemini':
        return native(request)
      case 'anthropic':
        return json(modelPage(await listed(request), request.query))
      case 'openai': {
        const models = await listed(request)
        const list = modelList(models, gateway)
        return json(isCodex(request) ? { ...list, ...(await forCodex(models)) } : list)
      }
    }
  }
  const forCodex = async (models: readonly ListedModel[]) =>
    (await import('../lib/openai/codex-models.ts')).codexModels(models, gateway)

  const one: Handler = async (request) => {
    switch (familyOf(request, own)) {
      case 'gemini':
        return native(request)
      case 'anthropic':
        return json(oneForAnthropic(nameIn(request), await listed(request), gateway))
      case 'openai':
        return json(oneForOpenai(nameIn(request), await listed(request), gateway))
    }
  }
  return { 'GET /v1/models': list, 'GET /v1/models/{rest+}': one } as const
}
