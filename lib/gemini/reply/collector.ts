import type { Block, BlockEnd, FinishedBlock, Turn, TurnEnd, TurnEvent } from '../turn.ts'

/** Gathers a turn's events into the whole turn, for replies that are sent in one piece. */
export const turnCollector = (): { write(event: TurnEvent): void; blocks(): FinishedBlock[][]; turn(): Turn } => {
  const blocks: FinishedBlock[][] = []
  /** By candidate: the pieces of the block that is open there. */
  const pieces: string[][] = []
  let end: TurnEnd | undefined

  return {
    write(event) {
      switch (event.type) {
        case 'start':
          return
        case 'open':
          pieces[event.candidate] = []
          return
        case 'delta':
          pieces[event.candidate]?.push(event.literal)
          return
        case 'close': {
          const { type: _, candidate, index: __, block, ...rest } = event
          const finished = finish(block, rest, pieces[candidate] ?? [])
          ;(blocks[candidate] ??= []).push(finished)
          return
        }
        case 'end':
          end = event
      }
    },
    blocks: () => blocks,
    turn() {
      if (!end) throw new Error('the turn is not over')
      const { type: _, ...rest } = end
      return { ...rest, blocks: rest.outcomes.map((__, candidate) => blocks[candidate] ?? []) }
    },
  }
}

const finish = (block: Block, end: BlockEnd, literals: readonly string[]): FinishedBlock => {
  const literal = literals.length === 1 ? (literals[0] ?? '') : literals.join('')
  // Base64 needs no unescaping, and it may be tens of megabytes.
  const text = block.kind === 'media' ? literal : (JSON.parse(`"${literal}"`) as string)
  return { ...block, ...end, text }
}
