import * as z from 'zod/mini'
import { parseBody } from '../http/parse.ts'

/** A page of a list, as OpenAI's clients turn it. https://platform.openai.com/docs/api-reference/responses/input-items */
export interface Page<Item> {
  object: 'list'
  data: Item[]
  /** Empty where there is none. */
  first_id: string
  last_id: string
  has_more: boolean
}

/** How many items a page has, where nobody says, and at most. */
export interface PageSizes {
  usual: number
  most: number
}

const SIZES: PageSizes = { usual: 20, most: 100 }

const pageSchema = ({ usual, most }: PageSizes) =>
  z.object({
    limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(most)), usual),
    order: z._default(z.enum(['asc', 'desc']), 'desc'),
    after: z.optional(z.string()),
    before: z.optional(z.string()),
  })

/**
 * The part of a list, the oldest first, that a query asks for: `limit`, `order`, and the id that it begins `after` (or ends
 * `before`) in that order. An id that is not in the list leaves nothing; after one that is there twice, a page begins after
 * the second, or turning pages would never end. Throws `invalid_request` that names the parameter.
 */
export const pageOf = <Item extends { id: string }>(
  items: readonly Item[],
  query: string,
  sizes: PageSizes = SIZES,
): Page<Item> => {
  const { limit, order, after, before } = parseBody(pageSchema(sizes), Object.fromEntries(new URLSearchParams(query)))
  const ordered = order === 'asc' ? items : items.toReversed()
  const start = after === undefined ? 0 : ordered.findLastIndex(({ id }) => id === after) + 1 || ordered.length
  const end =
    before === undefined
      ? ordered.length
      : Math.max(
          ordered.findIndex(({ id }) => id === before),
          0,
        )
  const there = ordered.slice(start, end)
  return listOf(there.slice(0, limit), there.length > limit)
}

export const listOf = <Item extends { id: string }>(data: Item[], has_more: boolean): Page<Item> => ({
  object: 'list',
  data,
  first_id: data[0]?.id ?? '',
  last_id: data.at(-1)?.id ?? '',
  has_more,
})
