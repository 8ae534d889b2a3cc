import type { Block, BlockEnd, Page } from '../turn.ts'
import type { GroundingMetadata } from '../wire.ts'

/** A candidate's block under way. Its pieces are kept for citations, whose offsets count from its start. */
export interface OpenBlock {
  block: Block
  index: number
  literals: string[]
  end: BlockEnd
}

/** What the decoder knows of one candidate so far. */
export interface CandidateState {
  open: OpenBlock | undefined
  blocks: number
  called: boolean
  spoke: boolean
  reason: string | undefined
  finishMessage: string | undefined
  grounding: GroundingMetadata | undefined
  searchTold: boolean
  /** What was fetched, and how much of it is told. */
  pages: readonly Page[]
  pagesTold: number
}

export const newCandidate = (): CandidateState => ({
  open: undefined,
  blocks: 0,
  called: false,
  spoke: false,
  reason: undefined,
  finishMessage: undefined,
  grounding: undefined,
  searchTold: false,
  pages: [],
  pagesTold: 0,
})
