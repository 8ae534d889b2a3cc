/** Columns as wide as their widest cell, two blanks between. Numbers stand right, under heads that do too. */
export const textTable = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => String(row[column] ?? '').length)))
  const isNumeric = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[\d,.$*–-]*$/.test(String(row[column] ?? ''))),
  )
  return all
    .map((row) =>
      widths
        .map((width, column) => {
          const text = String(row[column] ?? '')
          return isNumeric[column] ? text.padStart(width) : text.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
