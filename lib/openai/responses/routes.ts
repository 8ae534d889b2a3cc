import { GatewayError } from '../../errors.ts'
import type { AdmittedRequest, Reply } from '../../http/exchange.ts'
import type { RouteHandler } from '../../http/routes.ts'
import type { StoredTurn, TurnPlace } from '../../state/turns.ts'
import { pageOf } from '../paging.ts'
import { placeOfResponse } from './places.ts'
import { readChain, type States } from './recall.ts'
import { batchOfTurn, distinct, joinBatches, sinceSummary, turnOf } from './stored.ts'

type ResponseRoute = RouteHandler<AdmittedRequest, 'id'>

const json = (body: unknown): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const notFound = (id: string): GatewayError =>
  new GatewayError('not_found', `Response with id '${id.slice(0, 100)}' not found.`)

/**
 * What a client does with responses that were kept: `not_found` for those that were not, that are older than 30 days, or
 * that are another client's. Nothing runs in the background here, so there is nothing to cancel and no stream to rejoin.
 */
export const responseRoutes = (states: States) => {
  const placeOf = (id: string): TurnPlace => {
    const place = placeOfResponse(id)
    if (!place) throw notFound(id)
    return place
  }
  const storedTurn = async (client: string, id: string): Promise<StoredTurn> => {
    const turn = await states.turns.readTurn(client, placeOf(id))
    if (!turn) throw notFound(id)
    return turn
  }

  const retrieve: ResponseRoute = async ({ client, query }, { id }) => {
    const { head, items } = await storedTurn(client.name, id)
    if (new URLSearchParams(query).get('stream') === 'true') {
      const message = 'Only a response that runs in the background can be streamed again.'
      throw new GatewayError('invalid_request', message, { param: 'stream' })
    }
    return json({ ...(JSON.parse(head) as object), output: turnOf(items).output })
  }

  const remove: ResponseRoute = async ({ client }, { id }) => {
    if (!(await states.turns.removeTurn(client.name, placeOf(id)))) throw notFound(id)
    return json({ id, object: 'response', deleted: true })
  }

  const cancel: ResponseRoute = async ({ client }, { id }) => {
    await storedTurn(client.name, id)
    throw new GatewayError('invalid_request', 'Only a response that runs in the background can be cancelled.')
  }

  /** All that the model was given: what it stands on, where that is still there, and the request's own items. */
  const listInput: ResponseRoute = async ({ client, query }, { id }) => {
    const place = placeOf(id)
    const { before = [], turns = [] } = (await readChain(place, client.name, states)) ?? {}
    const { input } = turns.at(-1) ?? turnOf((await storedTurn(client.name, id)).items)
    const all = joinBatches([...before, ...turns.slice(0, -1).map(batchOfTurn)])
    return json(pageOf(distinct([...sinceSummary(all.items), ...input]), query))
  }

  return { retrieve, remove, cancel, listInput }
}
