/** Keeps an environment from making an outage worse: of its last 50 calls at most 10 are further tries. State: those 50. */
export interface RetryBudget {
  note(again: boolean): void
  left(): boolean
}

const CALLS = 50
const SHARE = 0.2

/** Calls that were never made count as first tries, so that a young environment may heal as much as an old one. */
export const retryBudget = (): RetryBudget => {
  const calls: boolean[] = []
  return {
    note: (again) => {
      calls.push(again)
      if (calls.length > CALLS) calls.shift()
    },
    left: () => calls.filter(Boolean).length < CALLS * SHARE,
  }
}
