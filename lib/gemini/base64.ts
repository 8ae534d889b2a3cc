/** What a character is in base64, by its code: 0 nothing, 1 of the alphabet, 2 of the URL-safe one, 3 padding, 4 white space. */
const KINDS = new Uint8Array(256)
const mark = (characters: string, kind: number): void => {
  for (let i = 0; i < characters.length; i++) KINDS[characters.charCodeAt(i)] = kind
}
mark('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 1)
mark('-_', 2)
mark('=', 3)
mark(' \t\r\n', 4)

/**
 * Base64 in its canonical form, or undefined where it isn't base64 or is empty. Takes the URL-safe alphabet, white space
 * and missing padding. One pass; text that is canonical already is returned as it is, without a copy.
 */
export const base64Of = (text: string): string | undefined => {
  const { length } = text
  let letters = 0
  let padding = 0
  let canonical = true
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    const kind = code < 256 ? KINDS[code] : 0
    if (kind === 1 || kind === 2) {
      if (padding > 0) return undefined
      letters++
    } else if (kind === 3) {
      padding++
    } else if (kind !== 4) {
      return undefined
    }
    if (kind === 2 || kind === 4) canonical = false
  }
  if (letters === 0 || letters % 4 === 1 || padding > 2) return undefined
  return canonical && (letters + padding) % 4 === 0 ? text : Buffer.from(text, 'base64').toString('base64')
}
