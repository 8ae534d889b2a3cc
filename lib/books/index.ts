import type { Log } from '../contract/log.ts'
import { RECORDS, REQUEST_FIELDS, withMetrics } from '../contract/metrics.ts'
import type { Settle } from '../gemini/upstream/settlement.ts'
import type { Ending, Notes, Request } from '../http/exchange.ts'
import type { PoolHealth } from '../keys/pool.ts'
import { callRecord, priceOf } from './call-record.ts'
import type { Page } from './page.ts'
import { requestRecord } from './request-record.ts'

/** One line in the log for each request, with what all its calls to Gemini came to, and one for each call; the metrics are in them. */
export interface Books {
  settle: Settle
  /** What turns out about a request while it is under way. */
  note(requestId: string, notes: Notes): void
  /** The request is over, with all its calls. Those of which nothing was noted (health checks, preflights) leave no line. */
  close(request: Request, ending: Ending): void
}

export interface BooksParts {
  /** Of the keys as this environment knows them; undefined while it knows none. */
  pool(): PoolHealth | undefined
  clock(): number
  log: Log
}

export const requestBooks = ({ pool, clock, log }: BooksParts): Books => {
  const pages = new Map<string, Page>()
  let coldStart = true

  const write = (kind: keyof typeof RECORDS, record: Record<string, unknown>): void => {
    log({ level: 'info', message: RECORDS[kind], ...withMetrics(kind, record, clock()) })
  }

  return {
    settle: async (settlement) => {
      const now = clock()
      const { requestId, duration, firstContent = duration } = settlement
      const begunAt = now - duration
      const cost = await priceOf(settlement, now)
      pages.get(requestId)?.calls.push({ settlement, cost, begunAt, answeredAt: begunAt + firstContent })
      write('call', callRecord(settlement, cost))
    },

    note: (requestId, notes) => {
      const { notes: before, calls } = pages.get(requestId) ?? { notes: {}, calls: [] }
      pages.set(requestId, { notes: { ...before, ...notes }, calls })
    },

    close: (request, ending) => {
      const page = pages.get(request.id)
      if (!page) return
      pages.delete(request.id)
      const record = requestRecord(request, page, ending, pool(), clock())
      write('request', coldStart ? { ...record, [REQUEST_FIELDS.coldStart]: true } : record)
      coldStart = false
    },
  }
}
