import type { Outcome } from '../../gemini/finish.ts'
import { isCarried } from '../../gemini/request/signatures.ts'
import type { Block, FinishedBlock } from '../../gemini/turn.ts'
import { callItem } from './calls.ts'
import { carry } from './carrier.ts'
import { codeItem, mediaItem, messageItem, signedItem, thoughtItem } from './items.ts'
import type { Callable } from './tools.ts'
import type { OutputItem } from './wire.ts'

export interface OutputOptions {
  /** The stamp's. */
  id: string
  callables: ReadonlyMap<string, Callable>
  /** The client sends signatures back in reasoning items. */
  signed: boolean
  /** Web searches name the pages they found. */
  sources: boolean
  /** Calls after the first are kept from a client that can't take them. */
  onlyOneCall: boolean
}

/** An item that came whole, or one that grew with its block and has `ended`. */
export interface Step {
  ended: boolean
  index: number
  item: OutputItem
}

export const PREFIXES: Record<OutputItem['type'], string> = {
  reasoning: 'rs',
  message: 'msg',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  local_shell_call: 'lsh',
  shell_call: 'sh',
  apply_patch_call: 'apc',
  tool_search_call: 'tsc',
  web_search_call: 'ws',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  compaction: 'cmp',
}

/** What makes a turn's blocks into output items, for the reply and the stream alike. */
export type ItemMaker = Pick<Output, 'items' | 'signatures' | 'open' | 'growing' | 'close' | 'end'>

/**
 * Texts, thoughts and code become items that are still unfinished when their block is: a reasoning item takes the signature
 * of the call after it, code takes its result, and the last of all takes the response's status. State: the items, and what
 * the last one waits for.
 */
export class Output {
  readonly items: OutputItem[] = []
  /** Of items, by their ids, whose signatures no reasoning item carries: for the turn that is kept. */
  readonly signatures = new Map<string, string>()
  readonly #options: OutputOptions
  #waiting: { signature?: string | undefined } | undefined
  #called = false

  constructor(options: OutputOptions) {
    this.#options = options
  }

  #nextId(type: OutputItem['type']): string {
    return `${PREFIXES[type]}_${this.#options.id}_${this.items.length}`
  }

  /** A block begins: unless it can add to the item before it, that item is over. */
  open(block: Block): Step[] {
    const last = this.items.at(-1)
    const adds =
      (block.kind === 'call' && last?.type === 'reasoning') ||
      (block.kind === 'codeResult' && last?.type === 'code_interpreter_call')
    return adds ? [] : this.#settle()
  }

  /** The item that grows with a block, while it is empty; undefined for a block that is of use only when it is whole. */
  growing({ kind }: Block): OutputItem | undefined {
    switch (kind) {
      case 'text':
        return messageItem(this.#nextId('message'), { kind, text: '' })
      case 'thought':
        return thoughtItem(this.#nextId('reasoning'), '')
      case 'code':
        return codeItem(this.#nextId('code_interpreter_call'), this.#options.id, '')
      case 'call':
      case 'codeResult':
      case 'media':
      case 'search':
      case 'fetch':
        return undefined
    }
  }

  /** A block is over, and perhaps an item with it. */
  close(block: FinishedBlock): Step[] {
    switch (block.kind) {
      case 'text':
        return this.#wait(messageItem(this.#nextId('message'), block), block.signature)
      case 'thought':
        return this.#wait(thoughtItem(this.#nextId('reasoning'), block.text))
      case 'code':
        return this.#wait(
          codeItem(this.#nextId('code_interpreter_call'), this.#options.id, block.text),
          block.signature,
        )
      case 'codeResult':
        return this.#addResult(block.text)
      case 'call':
        return this.#call(block)
      case 'media':
        return this.#whole(
          mediaItem(block, (type) => this.#nextId(type)),
          block.signature,
        )
      case 'search':
        return this.#whole({
          id: this.#nextId('web_search_call'),
          type: 'web_search_call',
          status: 'completed',
          action: {
            type: 'search',
            query: block.queries[0] ?? '',
            queries: [...block.queries],
            ...(this.#options.sources && { sources: block.sources.map(({ uri }) => ({ type: 'url', url: uri })) }),
          },
        })
      case 'fetch':
        return block.pages
          .filter(({ outcome }) => outcome === 'read')
          .flatMap(({ uri: url }) =>
            this.#whole({
              id: this.#nextId('web_search_call'),
              type: 'web_search_call',
              status: 'completed',
              action: { type: 'open_page', url },
            }),
          )
    }
  }

  /** The turn is over; an item that it cut short says so. */
  end(outcome: Outcome): Step[] {
    const last = this.items.at(-1)
    const cut = outcome === 'length' || outcome === 'filtered'
    if (cut && this.#waiting && (last?.type === 'message' || last?.type === 'code_interpreter_call')) {
      this.#replaceLast({ ...last, status: 'incomplete' })
    }
    return this.#settle()
  }

  #wait(item: OutputItem, signature?: string): Step[] {
    this.items.push(item)
    this.#waiting = { signature }
    return []
  }

  #whole(item: OutputItem, signature?: string): Step[] {
    const index = this.items.push(item) - 1
    return [{ ended: false, index, item }, ...this.#sign(signature)]
  }

  #replaceLast(item: OutputItem): void {
    this.items[this.items.length - 1] = item
  }

  #settle(): Step[] {
    const index = this.items.length - 1
    const item = this.items[index]
    if (!this.#waiting || !item) return []
    const { signature } = this.#waiting
    this.#waiting = undefined
    return [{ ended: true, index, item }, ...this.#sign(signature)]
  }

  /** A signature that belongs to the item before: an item of its own behind it. */
  #sign(signature: string | undefined): Step[] {
    if (!this.#options.signed) this.#note(signature)
    const content = signature && this.#options.signed ? carry({ signature }) : undefined
    return content ? this.#whole(signedItem(this.#nextId('reasoning'), content)) : []
  }

  /** A call's signature stands before it: in the thoughts that led to it, or alone. */
  #call(block: FinishedBlock & { kind: 'call' }): Step[] {
    if (this.#options.onlyOneCall && this.#called) return this.#settle()
    this.#called = true
    const { signature, id: callId } = block
    const content = signature && this.#options.signed ? carry({ signature, callId }) : undefined
    const last = this.items.at(-1)
    const steps: Step[] = []
    if (content && this.#waiting && last?.type === 'reasoning') {
      this.#replaceLast({ ...last, encrypted_content: content })
      steps.push(...this.#settle())
    } else {
      steps.push(...this.#settle())
      if (content) steps.push(...this.#whole(signedItem(this.#nextId('reasoning'), content)))
    }
    steps.push(...this.#whole(callItem(block, this.#options.callables, (type) => this.#nextId(type))))
    if (!this.#options.signed) this.#note(signature)
    return steps
  }

  #note(signature: string | undefined): void {
    const last = this.items.at(-1)
    if (last && isCarried(signature)) this.signatures.set(last.id, signature)
  }

  #addResult(logs: string): Step[] {
    const last = this.items.at(-1)
    const outputs = [{ type: 'logs' as const, logs }]
    if (!this.#waiting || last?.type !== 'code_interpreter_call') {
      return this.#whole({ ...codeItem(this.#nextId('code_interpreter_call'), this.#options.id, ''), outputs })
    }
    this.#replaceLast({ ...last, outputs })
    return this.#settle()
  }
}
