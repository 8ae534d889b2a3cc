import { Readable } from 'node:stream'

/**
 * A reply's body while it is being sent. It never errors, since that would end the whole environment: one that breaks off
 * says so in its reader's words, and in `broken`.
 */
export class ReplyBody extends Readable {
  #broken = false

  get broken(): boolean {
    return this.#broken
  }

  /** The end, after an error that is told in these words, if any. */
  breakOff(words: string): void {
    this.#broken = true
    this.finish(words)
  }

  /** The end. */
  finish(last: string | Buffer = ''): void {
    if (this.destroyed) return
    if (last.length > 0) this.push(last)
    this.push(null)
  }
}
