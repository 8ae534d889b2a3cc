import { METRICS, PRICE_FIELDS, RECORDS, SETTLE_FIELDS } from '../../lib/contract/metrics.ts'

/** What one client used of one model. */
export interface UsageRow {
  client: string
  model: string
  requests: number
  /** Cached tokens are part of the input, thoughts of the output. */
  input: number
  cached: number
  output: number
  thoughts: number
  images: number
  searches: number
  /** Millionths of a US dollar, at Google's list price. */
  microUsd: number
  /** Calls whose model's price is not known, so that the dearest of its kind stands in. */
  assumed: number
}

type Counts = Omit<UsageRow, 'client' | 'model'>

/** The columns of the saved query, by the names it gives them. */
const COLUMNS: Record<keyof Counts, string> = {
  requests: 'requests',
  input: 'input',
  cached: 'cached',
  output: 'output',
  thoughts: 'thoughts',
  images: 'images',
  searches: 'searches',
  microUsd: 'micro_usd',
  assumed: 'assumed',
}

const countsOf = (read: (key: keyof Counts) => number): Counts => ({
  requests: read('requests'),
  input: read('input'),
  cached: read('cached'),
  output: read('output'),
  thoughts: read('thoughts'),
  images: read('images'),
  searches: read('searches'),
  microUsd: read('microUsd'),
  assumed: read('assumed'),
})

/** Of a row of Logs Insights: column → text. */
export const rowOf = (columns: Readonly<Record<string, string>>): UsageRow => ({
  client: columns[SETTLE_FIELDS.client] ?? '',
  model: columns[SETTLE_FIELDS.model] ?? '',
  ...countsOf((key) => Number(columns[COLUMNS[key]] ?? 0)),
})

type LogRecord = Readonly<Record<string, unknown>>

/** A line as a function wrote it, as CloudWatch's tools print it, or as `LOG=1 npm start` does: JSON, after words or not. */
const callIn = (line: string): LogRecord | undefined => {
  const at = line.indexOf('{')
  if (at < 0 || !line.includes(RECORDS.call)) return undefined
  try {
    const record = JSON.parse(line.slice(at)) as LogRecord
    const message = record.message ?? line.slice(0, at).trim().split(' ').at(-1)
    return message === RECORDS.call && typeof record[SETTLE_FIELDS.client] === 'string' ? record : undefined
  } catch {
    return undefined
  }
}

/** Where a count stands in the record of a call; the other two are counted themselves. */
const FIELDS: Record<Exclude<keyof Counts, 'requests' | 'assumed'>, string> = {
  input: SETTLE_FIELDS.inputTokens,
  cached: SETTLE_FIELDS.cachedTokens,
  output: SETTLE_FIELDS.outputTokens,
  thoughts: SETTLE_FIELDS.thoughtTokens,
  images: SETTLE_FIELDS.images,
  searches: SETTLE_FIELDS.searches,
  microUsd: METRICS.cost.name,
}

/** What the saved query would say of these lines. */
export const rowsOfLog = (lines: readonly string[]): UsageRow[] => {
  const groups = new Map<string, LogRecord[]>()
  for (const line of lines) {
    const record = callIn(line)
    if (!record || record[SETTLE_FIELDS.model] === '') continue
    const key = JSON.stringify([record[SETTLE_FIELDS.client], record[SETTLE_FIELDS.model]])
    const group = groups.get(key)
    if (group) group.push(record)
    else groups.set(key, [record])
  }
  return [...groups].map(([key, records]) => {
    const [client, model] = JSON.parse(key) as [string, string]
    return { client, model, ...countsOf((count) => countIn(records, count)) }
  })
}

const countIn = (records: readonly LogRecord[], count: keyof Counts): number => {
  if (count === 'requests') return new Set(records.map((record) => record[SETTLE_FIELDS.requestId])).size
  if (count === 'assumed') return records.filter((record) => record[PRICE_FIELDS.assumed] !== undefined).length
  return records.reduce((total, record) => total + Number(record[FIELDS[count]] ?? 0), 0)
}

/** All rows together; requests that used several models count in each. */
export const totalOf = (rows: readonly UsageRow[]): Counts =>
  countsOf((key) => rows.reduce((total, row) => total + row[key], 0))

/** Dearest first. */
export const sortRows = (rows: readonly UsageRow[]): UsageRow[] =>
  rows.toSorted((a, b) => b.microUsd - a.microUsd || a.client.localeCompare(b.client) || a.model.localeCompare(b.model))
