import type { Spread } from './rounds.ts'

/** One measured figure. */
export interface Row {
  measure: string
  subject: string
  value: number
  unit: string
  /** The quarters around the median, where the figure is one. */
  low?: number
  high?: number
  /** What the figure must not exceed. */
  limit?: number
}

export const row = (measure: string, subject: string, unit: string, figure: Spread | number, limit?: number): Row => ({
  measure,
  subject,
  unit,
  ...(typeof figure === 'number' ? { value: figure } : { value: figure.median, low: figure.low, high: figure.high }),
  ...(limit !== undefined && { limit }),
})

export const isOver = ({ value, limit }: Row): boolean => limit !== undefined && !(value <= limit)

const number = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) >= 100 ? 0 : 2)

const cells = (one: Row): string[] => [
  one.measure,
  one.subject,
  number(one.value),
  one.unit,
  one.low === undefined || one.high === undefined ? '' : `${number(one.low)} – ${number(one.high)}`,
  one.limit === undefined ? '' : number(one.limit),
  one.limit === undefined ? '' : isOver(one) ? 'OVER' : 'ok',
]
const RIGHT: readonly number[] = [2, 5]

/** The figures as text, in columns. */
export const table = (rows: readonly Row[]): string => {
  const lines = [['measure', 'subject', 'median', 'unit', 'middle half', 'limit', ''], ...rows.map(cells)]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return RIGHT.includes(column) ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
