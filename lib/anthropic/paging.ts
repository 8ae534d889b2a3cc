import { GatewayError } from '../errors.ts'

/** A page of a list, as Anthropic's clients turn it. https://platform.claude.com/docs/en/api/models-list */
export interface Page<Item> {
  data: Item[]
  has_more: boolean
  first_id: string | null
  last_id: string | null
}

const USUAL_LIMIT = 20
const MOST = 1000

/** The part of a list that a query asks for: `limit`, and the id that it begins after (`after_id`) or ends before (`before_id`). */
export const pageOf = <Item extends { id: string }>(all: readonly Item[], parameters: URLSearchParams): Page<Item> => {
  const limit = limitIn(parameters)
  const before = placeOf(parameters.get('before_id'), 'before_id', all)
  const after = placeOf(parameters.get('after_id'), 'after_id', all)
  const end = before ?? all.length
  const start = after === undefined ? (before === undefined ? 0 : Math.max(0, before - limit)) : after + 1
  const data = all.slice(start, Math.min(end, start + limit))
  return {
    data,
    has_more: before === undefined ? start + data.length < all.length : start > 0,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  }
}

const limitIn = (parameters: URLSearchParams): number => {
  const text = parameters.get('limit')
  const limit = text === null ? USUAL_LIMIT : Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit
  const message = `limit: must be a whole number from 1 to ${MOST}`
  throw new GatewayError('invalid_request', message, { param: 'limit' })
}

const placeOf = (id: string | null, param: string, all: readonly { id: string }[]): number | undefined => {
  if (id === null) return undefined
  const place = all.findIndex((item) => item.id === id)
  if (place < 0) throw new GatewayError('invalid_request', `${param}: nothing in this list has this id`, { param })
  return place
}
