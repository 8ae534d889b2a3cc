import type { TurnPlace } from '../../state/turns.ts'

/**
 * Where a response stands is in its id, and in those of its items: `resp_<root>` begins a chain of turns,
 * `resp_<root>_<depth>_<own>` goes on with one. So an id that is nobody's is a miss by itself.
 */
const PLACE = '(?<root>[A-Za-z0-9]{1,40})(?:_(?<depth>[0-9]{1,6})_(?<own>[A-Za-z0-9]{1,40}))?'
const RESPONSE = new RegExp(`^resp_${PLACE}$`)
const ITEM = new RegExp(`^[a-z]+_${PLACE}_i?[0-9]{1,5}$`)

/** What stands between an id's prefix and its end. */
export const nameOf = ({ root, depth, response }: TurnPlace): string =>
  depth === 0 ? root : `${root}_${depth}_${response}`

const placeIn = (id: string, pattern: RegExp): TurnPlace | undefined => {
  const groups = pattern.exec(id)?.groups
  if (groups?.root === undefined) return undefined
  const { root, depth, own } = groups
  return own === undefined ? { root, depth: 0, response: root } : { root, depth: Number(depth), response: own }
}

/** Undefined for an id that is not of our making. */
export const placeOfResponse = (id: string): TurnPlace | undefined => placeIn(id, RESPONSE)

/** The turn that an item was part of, as the client's or the model's. */
export const placeOfItem = (id: string): TurnPlace | undefined => placeIn(id, ITEM)

/** No other id may reach the table, where it is part of a key. */
export const isConversationId = (id: string): boolean => /^conv_[A-Za-z0-9]{1,40}$/.test(id)
