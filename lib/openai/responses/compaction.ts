const PREFIX = 'tgc1.'

/** A summary as a compaction item carries it: opaque to clients, who only send it back. */
export const packSummary = (summary: string): string => PREFIX + Buffer.from(summary).toString('base64')

/** The way back: undefined for what was not made here. */
export const unpackSummary = (encryptedContent: string): string | undefined =>
  encryptedContent.startsWith(PREFIX)
    ? Buffer.from(encryptedContent.slice(PREFIX.length), 'base64').toString()
    : undefined

/** How the model reads it. */
export const toldSummary = (summary: string): string =>
  `<summary>\nThe conversation so far was replaced by this summary of it:\n\n${summary}\n</summary>`
