// Google's validator names a field by its way through the request, and collects one line for each.

export interface Lines {
  add: (field: string, reason: string) => void
  readonly found: readonly string[]
}

/** `root` is the request's type: `GenerateContentRequest`. */
export const collect = (root: string): Lines => {
  const found: string[] = []
  return { add: (field, reason) => void found.push(`${root}.${field}: ${reason}`), found }
}
