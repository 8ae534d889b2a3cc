import type { Delta } from '../../../lib/openai/chat/wire.ts'

type Json = Record<string, unknown>

export interface Chunk extends Json {
  choices: { index: number; delta: Delta; finish_reason: string | null }[]
}

/** A stream as its chunks and how it ends, or an error that says what is wrong with its framing. */
export const readStream = (text: string): { chunks: Chunk[]; end: 'done' | Json } => {
  if (!text.endsWith('\n\n')) throw new Error('the stream ends inside of a frame')
  const frames = text.slice(0, -2).split('\n\n')
  const bodies = frames
    .filter((frame) => frame !== ': ping')
    .map((frame) => {
      if (!frame.startsWith('data: ') || frame.includes('\n')) throw new Error(`no frame: ${frame}`)
      return frame.slice('data: '.length)
    })
  const last = bodies.pop() ?? ''
  const chunks = bodies.map((body) => JSON.parse(body) as Chunk)
  if (chunks.some((chunk) => 'error' in chunk)) throw new Error('an error is not the last frame')
  if (last === '[DONE]') return { chunks, end: 'done' }
  const end = JSON.parse(last) as Json
  if (!('error' in end)) throw new Error('the last frame is neither [DONE] nor an error')
  return { chunks, end }
}

/** Fields of a delta in the order in which they may come; those of one stage may alternate. */
const STAGES: readonly (readonly string[])[] = [
  ['role,content'],
  ['content', 'reasoning_content', 'images', 'audio', 'tool_calls', 'function_call', 'refusal', ''],
  ['annotations', 'extra_content'],
]

/** How one choice may go on: role first, text, calls counted from 0, finish reason last and once. */
class Course {
  #stage = 0
  #calls = 0
  #finished = false

  readonly index: number

  constructor(index: number) {
    this.index = index
  }

  get finished(): boolean {
    return this.#finished
  }

  take({ delta, finish_reason }: Chunk['choices'][number], hasLogprobs: boolean): void {
    this.#expect(!this.#finished, 'goes on after its finish reason')
    if (finish_reason !== null) {
      this.#expect(this.#stage > 0 && Object.keys(delta).length === 0, 'finishes with a delta or before its role')
      this.#finished = true
      return
    }
    const fields = Object.keys(delta).join(',')
    const stage = STAGES.findIndex((names) => names.includes(fields) || this.#isClosing(names, delta))
    this.#expect(stage >= 0, `has a delta of ${fields}`)
    this.#expect(
      stage === 0 ? this.#stage === 0 : stage >= this.#stage && this.#stage > 0,
      `has ${fields} too late or early`,
    )
    this.#expect(fields !== '' || hasLogprobs, 'has an empty delta')
    this.#stage = Math.max(stage, 1)
    for (const call of delta.tool_calls ?? []) this.#takeCall(call)
  }

  /** Several fields at once are for the end. */
  #isClosing(names: readonly string[], delta: Delta): boolean {
    return names === STAGES[2] && Object.keys(delta).every((field) => [...names, 'audio'].includes(field))
  }

  #takeCall(call: NonNullable<Delta['tool_calls']>[number]): void {
    const { index, id } = call
    this.#expect(index === this.#calls++, `has call ${index} out of turn`)
    this.#expect(/^\w{1,40}$/.test(id), `has a call with id ${id}`)
    const { name } = call.type === 'custom' ? call.custom : call.function
    this.#expect(name !== '', 'has a call without a name')
    if (call.type === 'function') JSON.parse(call.function.arguments)
  }

  #expect(fact: boolean, fault: string): void {
    if (!fact) throw new Error(`choice ${this.index} ${fault}`)
  }
}

/** What SDKs forgive: throws where a stream is not exactly as OpenAI's own are. */
export const checkGrammar = (text: string, { includeUsage = false } = {}): void => {
  const { chunks, end } = readStream(text)
  const [first] = chunks
  const courses = new Map<number, Course>()
  const counted = end === 'done' && includeUsage ? chunks.at(-1) : undefined
  for (const chunk of chunks) {
    for (const field of ['id', 'object', 'created', 'model'])
      if (chunk[field] !== first?.[field]) throw new Error(`${field} changed`)
    if (chunk === counted) continue
    if (includeUsage ? chunk['usage'] !== null : 'usage' in chunk) throw new Error('usage is not told at the end alone')
    const [choice, ...more] = chunk.choices
    if (!choice || more.length > 0) throw new Error('a chunk has not exactly one choice')
    if (!courses.has(choice.index)) courses.set(choice.index, new Course(choice.index))
    courses.get(choice.index)?.take(choice, 'logprobs' in choice)
  }
  if (counted && (counted.choices.length > 0 || !counted['usage'])) throw new Error('the last chunk is not the usage')
  if (end !== 'done') return
  for (const { finished, index } of courses.values()) if (!finished) throw new Error(`choice ${index} never finishes`)
}
