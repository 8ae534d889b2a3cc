const PREFIX = 'tgc1.'

/** What the model is asked for. */
export const ASK_FOR_SUMMARY = `Everything above is about to be replaced by a summary, and the work goes on from the summary alone. Write it now, for
the one who will go on. Keep everything that is needed: what was asked and what was agreed, decisions and their reasons, facts
found, names, paths, numbers and code that matter exactly as they are, what is done, what is under way, what comes next. Answer
with the summary only, call no tool, and leave out what no longer matters.`

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
