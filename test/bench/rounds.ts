// How everything here is measured. A machine's speed changes from minute to minute, so figures are only compared within a
// round: each round visits every subject once, in fresh random order, and ratios are taken inside it.

export interface Spread {
  median: number
  low: number
  high: number
}

/** The median, and the quarters around it. */
export const spreadOf = (figures: readonly number[]): Spread => {
  const sorted = [...figures].sort((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}

export const medianOf = (figures: readonly number[]): number => spreadOf(figures).median

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)

/** One figure a round for each subject, by its name, in the order of the rounds. */
export const interleave = async <Subject extends { name: string }, Figure>(
  rounds: number,
  subjects: readonly Subject[],
  measure: (subject: Subject) => Promise<Figure> | Figure,
): Promise<Map<string, Figure[]>> => {
  const figures = new Map<string, Figure[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const subject of shuffled(subjects)) figures.get(subject.name)?.push(await measure(subject))
  }
  return figures
}

/** What a subject costs as a share of the base, round by round. */
export const ratios = (figures: readonly number[], base: readonly number[]): Spread =>
  spreadOf(figures.map((figure, round) => figure / (base[round] ?? Number.NaN)))

/** What a subject costs above the base, round by round. */
export const differences = (figures: readonly number[], base: readonly number[]): Spread =>
  spreadOf(figures.map((figure, round) => figure - (base[round] ?? Number.NaN)))
