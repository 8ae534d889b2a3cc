export interface EventBorders {
  /** What of the stream so far ends with a whole event, and was not given before. */
  upTo(bytes: Buffer): Buffer[]
  /** What came after the last border. */
  rest(): Buffer[]
}

const BLANK_LINES = ['\n\n', '\r\n\r\n', '\r\r']

/** Where the last blank line ends; 0 without one. */
const lastBorder = (bytes: Buffer): number =>
  Math.max(
    ...BLANK_LINES.map((line) => {
      const at = bytes.lastIndexOf(line)
      return at < 0 ? 0 : at + line.length
    }),
  )

/**
 * Cuts a stream after its last whole event, so that a client gets whole events alone, and of an error none of Google's words
 * about keys and projects. State: what stands after that border.
 */
export const eventBorders = (): EventBorders => {
  let after: Buffer[] = []
  const seam = (): Buffer => Buffer.concat(after.slice(-3)).subarray(-3)
  return {
    upTo(bytes: Buffer): Buffer[] {
      const before = seam()
      const border = lastBorder(before.length > 0 ? Buffer.concat([before, bytes]) : bytes) - before.length
      if (border <= 0) {
        after.push(bytes)
        return []
      }
      const whole = [...after, bytes.subarray(0, border)]
      after = border < bytes.length ? [bytes.subarray(border)] : []
      return whole
    },
    rest: (): Buffer[] => after.splice(0),
  }
}
