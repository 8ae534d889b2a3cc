import type { Json } from '../../gemini/wire.ts'
import { parseBody } from '../../http/parse.ts'
import { carry } from './carrier.ts'
import { type InputItem, itemsSchema } from './input.ts'
import { PREFIXES } from './output.ts'

/** An item as it is kept and shown: the client's own words, or the model's, with an id. */
export type StoredItem = Json & { id: string; type: string }

/** Signatures of items that don't carry their own, by the item's id. */
export type Signatures = Readonly<Record<string, string>>

/** What a turn added to its conversation. */
export interface StoredItems {
  input: StoredItem[]
  output: StoredItem[]
  signatures: Signatures
  /** The id of the conversation that it was part of, and stands on. */
  conversation?: string
}

/** Items as the client sent them, as JSON: a text alone is a message. */
export type Written = string | readonly Json[]

const ID_PREFIXES: Readonly<Record<string, string>> = {
  ...PREFIXES,
  function_call_output: 'fco',
  custom_tool_call_output: 'ctco',
}

/** Items with what a reader of them expects: an id, a type, a status, content in parts. `name` makes the ids unique. */
export const storedItems = (written: Written, name: string): StoredItem[] => {
  const items: readonly Json[] = typeof written === 'string' ? [{ role: 'user', content: written }] : written
  return items.map((item, index) => {
    const type = typeof item.type === 'string' ? item.type : 'message'
    const known = typeof item.id === 'string' && item.id !== '' ? item.id : undefined
    return {
      ...item,
      id: known ?? `${ID_PREFIXES[type] ?? 'item'}_${name}_i${index}`,
      type,
      ...(HAS_STATUS.test(type) && { status: item.status ?? 'completed' }),
      ...(type === 'message' && { content: contentOf(item) }),
      ...(Array.isArray(item.output) && { output: (item.output as Json[]).map(partOf) }),
    }
  })
}

const HAS_STATUS = /^message$|_call$|_output$/

const contentOf = ({ role, content }: Json): unknown => {
  const spoken = role === 'assistant' ? SPOKEN : HEARD
  if (typeof content === 'string') return [{ ...spoken, text: content }]
  return Array.isArray(content) ? (content as Json[]).map(partOf) : content
}

const SPOKEN = { type: 'output_text', annotations: [], logprobs: [] }
const HEARD = { type: 'input_text' }

const partOf = (part: Json): Json => {
  if (part.type === 'output_text') return { ...SPOKEN, ...part }
  return part.type === 'input_image' ? { detail: 'auto', ...part } : part
}

/** Stored items as a client would send them, with their signatures in reasoning items. */
export const recalledItems = (items: readonly StoredItem[], signatures: Signatures): InputItem[] =>
  parseBody(
    itemsSchema,
    items.flatMap((item) => {
      const signature = Object.hasOwn(signatures, item.id) ? signatures[item.id] : undefined
      if (signature === undefined) return [item]
      const content = carry({ signature, ...(typeof item.call_id === 'string' && { callId: item.call_id }) })
      return [item, { type: 'reasoning', encrypted_content: content }]
    }),
  )

/** Items that came to a conversation together. */
export interface StoredBatch {
  items: StoredItem[]
  signatures: Signatures
}

/** What is stored of turns, as one stretch of items. */
export const joinBatches = (batches: readonly StoredBatch[]): StoredBatch => ({
  items: batches.flatMap(({ items }) => items),
  signatures: Object.assign({}, ...batches.map(({ signatures }) => signatures)) as Signatures,
})

/** What is left of a conversation that was made short within it: the latest summary stands for everything before it. */
export const sinceSummary = (items: readonly StoredItem[]): readonly StoredItem[] => {
  const summary = items.findLastIndex(
    ({ type }, index) => type === 'compaction' && items[index - 1]?.type === 'compaction_trigger',
  )
  return summary < 0 ? items : items.slice(summary)
}

/** Each item once, where it stands first: clients may send one again with its id. */
export const distinct = (items: readonly StoredItem[]): StoredItem[] => {
  const first = new Map<string, StoredItem>()
  for (const item of items) {
    const key = `${item.type} ${item.id}`
    if (!first.has(key)) first.set(key, item)
  }
  return [...first.values()]
}

export const turnOf = (json: string): StoredItems => JSON.parse(json) as StoredItems

export const batchOfTurn = ({ input, output, signatures }: StoredItems): StoredBatch => ({
  items: [...input, ...output],
  signatures,
})

export const batchOf = (json: string): StoredBatch => JSON.parse(json) as StoredBatch
