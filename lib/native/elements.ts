const QUOTE = 0x22
const BACKSLASH = 0x5c

export interface ArrayElements {
  /** What of the array so far ends with a whole element, and was not given before. */
  upTo(bytes: Buffer): Buffer[]
  /** What came after the last of them. */
  rest(): Buffer[]
  /** Its closing bracket was there. */
  readonly closed: boolean
}

/** Where the string that is open at `from` ends; an escaped quote has an odd number of backslashes before it. */
const endOfString = (bytes: Buffer, from: number, carried: number): number => {
  for (let quote = bytes.indexOf(QUOTE, from); quote >= 0; quote = bytes.indexOf(QUOTE, quote + 1)) {
    if (backslashesBefore(bytes, from, quote, carried) % 2 === 0) return quote
  }
  return -1
}

const backslashesBefore = (bytes: Buffer, from: number, at: number, carried: number): number => {
  let first = at
  while (first > from && bytes[first - 1] === BACKSLASH) first--
  return at - first + (first === from ? carried : 0)
}

/** Cuts a growing JSON array after its last whole element, of which each is told. One pass, strings skipped. */
export const arrayElements = (onElement: (element: Buffer) => void): ArrayElements => {
  let held: Buffer[] = []
  let depth = 0
  let isArray = false
  let inString = false
  /** Backslashes at the end of what came, within a string. */
  let carried = 0

  /** Where the structure of these bytes closes an element of the array, from `from` on; -1 without one. */
  const endOfElement = (bytes: Buffer, from: number): number => {
    for (let at = from; at < bytes.length; at++) {
      if (inString) {
        const end = endOfString(bytes, at, carried)
        if (end < 0) {
          carried = backslashesBefore(bytes, at, bytes.length, carried)
          return -1
        }
        inString = false
        at = end
        continue
      }
      const code = bytes[at] ?? 0
      if (code === QUOTE) {
        inString = true
        carried = 0
      } else if ((code | 0x20) === 0x7b) {
        if (depth === 0) isArray = code === 0x5b
        depth++
      } else if ((code | 0x20) === 0x7d && --depth === 1 && isArray) return at + 1
    }
    return -1
  }

  return {
    upTo(bytes) {
      const whole: Buffer[] = []
      let start = 0
      for (let end = endOfElement(bytes, 0); end >= 0; end = endOfElement(bytes, end)) {
        held.push(bytes.subarray(start, end))
        start = end
        const element = Buffer.concat(held.splice(0))
        onElement(element)
        whole.push(element)
      }
      if (start < bytes.length) held.push(bytes.subarray(start))
      return whole
    },
    rest: () => held.splice(0),
    get closed() {
      return depth === 0 && held.some((bytes) => bytes.includes(']'))
    },
  }
}
