import type { LogprobsResult } from '../wire.ts'

/** What is known of a text's tokens, which arrive with its pieces. */
export const joinLogprobs = (before: LogprobsResult | undefined, next: LogprobsResult): LogprobsResult => ({
  topCandidates: [...(before?.topCandidates ?? []), ...(next.topCandidates ?? [])],
  chosenCandidates: [...(before?.chosenCandidates ?? []), ...(next.chosenCandidates ?? [])],
})
