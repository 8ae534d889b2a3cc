import { GatewayError } from '../../errors.ts'
import type { Model } from '../models/model.ts'
import type { Content, FunctionCall, GenerateContentRequest, Json, Part } from '../wire.ts'
import { type CallResult, partsOfResult, unanswered } from './results.ts'

export type { CallResult } from './results.ts'

interface OpenCall {
  call: FunctionCall
  result?: CallResult
}

interface ModelTurn {
  role: 'model'
  parts: Part[]
  calls: OpenCall[]
}

type Turn = ModelTurn | { role: 'user'; parts: Part[] }

const BEFORE_MODEL: Part = { text: '(The conversation goes on from here.)' }
const CONTINUE: Part = {
  text: 'Continue your last message exactly where it ends. Repeat nothing of it and put nothing before the continuation.',
}

const said = (part: Part): boolean => part.text !== '' || part.thoughtSignature !== undefined

/**
 * Gathers a conversation the way Gemini wants it. State: the turns so far, and which calls are open.
 *
 * - Turns of one side in a row are one content; empty texts are left out, and with them empty turns.
 * - Results stand in the order of the calls, straight after the turn that called, before anything else the user said. A call
 *   that the conversation passed over gets a stand-in for its result; calls at the very end that nobody answered are left out.
 * - Gemini answers a user, so a conversation that ends on the model (a prefilled answer) gets the instruction to continue it;
 *   one that begins with the model gets a line before it; one of system texts alone sends them as the user's.
 */
export class Conversation {
  readonly #system: string[] = []
  readonly #turns: Turn[] = []
  /** The turns that called so far, by the calls' ids, in order. */
  readonly #callers = new Map<string, ModelTurn[]>()
  /** The latest turn with calls, for results that name no id. */
  #latest: ModelTurn | undefined
  /** A result has come since the last turn, so that a model turn now is a new one. */
  #answered = false

  /** Leading texts become the system instruction; later ones stay where they are, as a user's turn that says so. */
  system(text: string): void {
    if (text === '') return
    if (this.#turns.length === 0) this.#system.push(text)
    else this.user([{ text: `<system>\n${text}\n</system>` }])
  }

  /** What the user gives along, before all that is said. */
  lead(parts: readonly Part[]): void {
    const [first] = this.#turns
    if (parts.length === 0) return
    if (first?.role === 'user') first.parts.unshift(...parts)
    else this.#turns.unshift({ role: 'user', parts: [...parts] })
  }

  user(parts: readonly Part[]): void {
    const spoken = parts.filter(said)
    if (spoken.length === 0) return
    const last = this.#turns.at(-1)
    if (last?.role === 'user') last.parts.push(...spoken)
    else this.#turns.push({ role: 'user', parts: spoken })
  }

  /** A call's `functionCall.id` is what results refer to. */
  model(parts: readonly Part[]): void {
    const spoken = parts.filter(said)
    if (spoken.length === 0) return
    const turn = this.#modelTurn()
    for (const part of spoken) {
      turn.parts.push(part)
      if (!part.functionCall) continue
      const open: OpenCall = { call: part.functionCall }
      turn.calls.push(open)
      this.#latest = turn
      const id = part.functionCall.id ?? ''
      const callers = this.#callers.get(id)
      if (!callers) this.#callers.set(id, [turn])
      else if (callers.at(-1) !== turn) callers.push(turn)
    }
  }

  /**
   * `param` names the client's field, for the error when no call fits. An id that was used twice means the latest turn where
   * such a call has no result yet, and there the calls in their order; a second result for one call replaces the first.
   * Without an id the name decides, or the only open call.
   */
  result(result: CallResult, param: string): void {
    const open = result.callId === '' ? this.#openByName(result.name) : this.#openById(result.callId)
    if (!open) {
      const what = result.callId === '' ? 'This result names no call' : `No earlier call has the id "${result.callId}"`
      throw new GatewayError('invalid_request', `${what}, so its result has no place.`, { param })
    }
    open.result = result
    this.#answered = true
  }

  /** `param` names the client's field that holds the conversation. */
  build(model: Model, param = 'messages'): Pick<GenerateContentRequest, 'contents' | 'systemInstruction'> {
    const system = this.#system.map((text): Part => ({ text }))
    const contents = joined(this.#turns.flatMap((turn, i) => this.#contentsOf(turn, i, model)))
    if (contents.length === 0) {
      if (system.length === 0) throw new GatewayError('invalid_request', 'The conversation is empty.', { param })
      return { contents: [{ role: 'user', parts: system }] }
    }
    if (contents[0]?.role === 'model') contents.unshift({ role: 'user', parts: [BEFORE_MODEL] })
    if (contents.at(-1)?.role === 'model') contents.push({ role: 'user', parts: [CONTINUE] })
    if (system.length === 0) return { contents }
    return model.system
      ? { systemInstruction: { parts: system }, contents }
      : { contents: joined([{ role: 'user', parts: system }, ...contents]) }
  }

  #modelTurn(): ModelTurn {
    const last = this.#turns.at(-1)
    if (last?.role === 'model' && !this.#answered) return last
    const turn: ModelTurn = { role: 'model', parts: [], calls: [] }
    this.#turns.push(turn)
    this.#answered = false
    return turn
  }

  #openById(id: string): OpenCall | undefined {
    const callers = this.#callers.get(id)
    const isOpen = ({ call, result }: OpenCall): boolean => call.id === id && !result
    const turn = callers?.findLast(({ calls }) => calls.some(isOpen)) ?? callers?.at(-1)
    return turn?.calls.find(isOpen) ?? turn?.calls.findLast(({ call }) => call.id === id)
  }

  #openByName(name: string | undefined): OpenCall | undefined {
    const open = this.#latest?.calls.filter(({ result }) => !result) ?? []
    return open.find(({ call }) => call.name === name) ?? (open.length === 1 ? open[0] : undefined)
  }

  #contentsOf(turn: Turn, position: number, model: Model): Content[] {
    if (turn.role === 'user' || turn.calls.length === 0) return [{ role: turn.role, parts: turn.parts }]
    const ends = position === this.#turns.length - 1
    if (ends && turn.calls.every(({ result }) => !result)) {
      return [{ role: 'model', parts: turn.parts.filter((part) => !part.functionCall) }]
    }
    const results = turn.calls.map(({ call, result }) =>
      result ? partsOfResult(call, result, model) : { response: unanswered(call), beside: [] },
    )
    return [
      { role: 'model', parts: turn.parts },
      {
        role: 'user',
        parts: [...results.map(({ response }) => response), ...results.flatMap(({ beside }) => beside)],
      },
    ]
  }
}

/** Contents in a row of one role as one, without empty ones. */
const joined = (contents: readonly Content[]): Content[] => {
  const whole: Content[] = []
  for (const { role, parts } of contents) {
    const last = whole.at(-1)
    if (parts.length === 0) continue
    if (last && last.role === role) last.parts = [...last.parts, ...parts]
    else whole.push({ role, parts })
  }
  return whole
}

export type { Json }
