// Lists come in pages. https://google.aip.dev/158

import { invalid } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Json } from '../json.ts'

/** One page of the items, under `field`; the token says where the next begins. */
export const page = (exchange: Exchange, field: string, items: readonly Json[], usual: number, most: number): Json => {
  const { pageSize = '', pageToken = '' } = exchange.arrival.query
  const size = pageSize === '' ? usual : Number(pageSize)
  if (!Number.isInteger(size) || size < 0) throw invalid(`Invalid value at 'page_size' (TYPE_INT32), "${pageSize}"`)
  const from = pageToken === '' ? 0 : Number(Buffer.from(pageToken, 'base64url').toString())
  if (!Number.isInteger(from) || from < 0 || from > items.length) throw invalid('Invalid page token.')
  const to = from + Math.min(size || usual, most)
  const shown = items.slice(from, to)
  return {
    ...(shown.length > 0 && { [field]: shown }),
    ...(to < items.length && { nextPageToken: Buffer.from(String(to)).toString('base64url') }),
  }
}
