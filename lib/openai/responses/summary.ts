import type { FinishedBlock } from '../../gemini/turn.ts'
import { packSummary } from './compaction.ts'
import { type ItemMaker, PREFIXES, type Step } from './output.ts'
import type { OutputItem } from './wire.ts'

/** The output of a response that compacts: one item with all the text of the turn, and nothing else. State: the text. */
export class Summary implements ItemMaker {
  readonly items: OutputItem[] = []
  readonly signatures = new Map<string, string>()
  readonly #id: string
  #text = ''

  /** `id`: the stamp's. */
  constructor(id: string) {
    this.#id = id
  }

  open(): Step[] {
    return []
  }

  growing(): undefined {
    return undefined
  }

  close(block: FinishedBlock): Step[] {
    if (block.kind === 'text') this.#text += block.text
    return []
  }

  /** Without a text there is no item: a client that asked for one can tell. */
  end(): Step[] {
    if (this.#text.trim() === '') return []
    const id = `${PREFIXES.compaction}_${this.#id}_0`
    const item: OutputItem = { id, type: 'compaction', encrypted_content: packSummary(this.#text) }
    this.items.push(item)
    return [{ ended: false, index: 0, item }]
  }
}
