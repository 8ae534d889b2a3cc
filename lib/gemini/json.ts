/**
 * JSON as Google reads it. Half of a surrogate pair, which is what tools leave that cut a text by its length, is no character
 * in UTF-8, and one of them would have the whole request refused: it becomes the replacement character.
 */
export const writeJson = (value: unknown): string => {
  const json = JSON.stringify(value)
  // A whole pair is written as it is; an escape is a half, or stands behind an escaped backslash.
  return json.includes('\\ud') ? json.replace(ESCAPES, (escape) => (escape.length > 2 ? '\\ufffd' : escape)) : json
}

const ESCAPES = /\\(?:ud[0-9a-f]{3}|.)/g
