import { mediaFrame } from '../../gemini/request/markdown-media.ts'
import type { FinishedBlock, Turn, TurnEvent } from '../../gemini/turn.ts'
import type { StreamWriter } from '../../protocol.ts'

// Pictures as text, for chat windows that show Markdown but don't know `message.images`.

type BlockEvent = Exclude<TurnEvent, { type: 'start' | 'end' }>

const TEXT = { kind: 'text' } as const
const escape = (text: string): string => JSON.stringify(text).slice(1, -1)

const isPicture = (block: BlockEvent['block']): block is Extract<BlockEvent['block'], { kind: 'media' }> =>
  block.kind === 'media' && block.mimeType.startsWith('image/')

/** A line of its own for what doesn't come first. */
const gapBefore = (isFirst: boolean): string => (isFirst ? '' : '\n\n')

/** The same turn with its pictures as text. */
export const withTextPictures = (turn: Turn): Turn => ({
  ...turn,
  blocks: turn.blocks.map((blocks) =>
    blocks.map((block, index): FinishedBlock => {
      if (!isPicture(block)) return block
      const { head, tail } = mediaFrame(block.mimeType)
      const isFirst = !blocks.slice(0, index).some(({ kind }) => kind === 'text' || kind === 'media')
      return { ...TEXT, text: gapBefore(isFirst) + head + block.text + tail }
    }),
  ),
})

/** The same for a stream: the writer below hears of text alone. */
export const textPictures = (writer: StreamWriter): StreamWriter => {
  /** Candidates that have said or shown something. */
  const begun = new Set<number>()

  const told = (event: TurnEvent): TurnEvent[] => {
    if (event.type === 'start' || event.type === 'end') return [event]
    const { block, candidate, index } = event
    const isFirst = !begun.has(candidate)
    if (event.type === 'open' && (block.kind === 'text' || block.kind === 'media')) begun.add(candidate)
    if (!isPicture(block)) return [event]
    const { head, tail } = mediaFrame(block.mimeType)
    const said = (text: string): TurnEvent => ({ type: 'delta', candidate, index, block: TEXT, literal: escape(text) })
    switch (event.type) {
      case 'open':
        return [{ ...event, block: TEXT }, said(gapBefore(isFirst) + head)]
      case 'delta':
        return [{ ...event, block: TEXT }]
      case 'close':
        return [said(tail), { type: 'close', candidate, index, block: TEXT }]
    }
  }
  return {
    ...writer,
    write: (event, closing) =>
      told(event)
        .map((one) => writer.write(one, closing))
        .join(''),
  }
}
