import { Readable } from 'node:stream'

/**
 * A reply's body while it is being sent. It never errors, since that would end the whole environment: one that breaks off
 * says so in its reader's words, and in `broken`.
 */
export class ReplyBody extends Readable {
  #end: 'to come' | 'whole' | 'broken' = 'to come'

  get broken(): boolean {
    return this.#end === 'broken'
  }

  /** The end, after an error that is told in these words, if any. */
  breakOff(words: string): void {
    this.#close('broken', words)
  }

  /** The end. */
  finish(last = ''): void {
    this.#close('whole', last)
  }

  /** The first end counts. */
  #close(end: 'whole' | 'broken', last: string): void {
    if (this.#end !== 'to come') return
    this.#end = end
    if (this.destroyed) return
    if (last !== '') this.push(last)
    this.push(null)
  }
}
