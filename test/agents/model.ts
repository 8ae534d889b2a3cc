// The simulated Gemini as the model of an agent: what it plays, and what of the agent's requests it saw.
import { deepEqual, ok } from 'node:assert/strict'
import type { Arrival, Script, ScriptedTurn, SimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'

export interface Part {
  text?: string
  thought?: boolean
  thoughtSignature?: string
  inlineData?: { mimeType: string; data: string }
  functionCall?: { name: string; args?: Record<string, unknown> }
  functionResponse?: { name: string; response: Record<string, unknown> }
}

export interface Seen {
  systemInstruction?: unknown
  tools?: { functionDeclarations?: { name: string }[]; googleSearch?: object }[]
  contents: { role: string; parts: Part[] }[]
}

/** Agents also ask for titles and the like, without tools: the simulator answers those by itself. */
const isAgents = ({ body }: Arrival): boolean => namesOf(body as Seen).length > 0

export const namesOf = ({ tools = [] }: Seen): string[] =>
  tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name))

const NOTHING: Script = { agent: [] }

/** Tokens as Gemini reports them. */
export type Usage = Partial<
  Record<
    | 'promptTokenCount'
    | 'cachedContentTokenCount'
    | 'toolUsePromptTokenCount'
    | 'candidatesTokenCount'
    | 'thoughtsTokenCount'
    | 'totalTokenCount',
    number
  >
>

/** What a conversation of two turns cost: 24,540 tokens in, of which 11,900 were cached, and 105 out, 70 of them thoughts. */
export const TWO_TURNS: readonly [Usage, Usage] = [
  { promptTokenCount: 12_000, candidatesTokenCount: 30, thoughtsTokenCount: 70, totalTokenCount: 12_100 },
  {
    promptTokenCount: 12_500,
    cachedContentTokenCount: 11_900,
    toolUsePromptTokenCount: 40,
    candidatesTokenCount: 5,
    totalTokenCount: 12_545,
  },
]

/** A turn to the letter: one part, what it cost, and what else the candidate brings. */
export const exactly = (
  part: Part,
  usageMetadata: Usage,
  candidate: Record<string, unknown> = {},
): Extract<Script, { chunks: unknown }> => ({
  chunks: [
    {
      candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', ...candidate }],
      usageMetadata,
      modelVersion: 'a-model',
      responseId: 'an-id',
    },
  ],
})

/** In the conversation in which `mark` is said the model answers by these turns, one after the other. */
export const play = (
  simulated: SimulatedGemini,
  mark: string,
  turns: readonly (ScriptedTurn | Extract<Script, { chunks: unknown }>)[],
): void => {
  simulated.script(
    (arrival) => {
      const turn = isAgents(arrival) ? turns[turnsIn(arrival.body as Seen)] : undefined
      return turn ?? NOTHING
    },
    { text: mark, times: Number.POSITIVE_INFINITY },
  )
}

const turnsIn = ({ contents }: Seen): number =>
  contents.filter(({ role }, index) => role === 'model' && contents[index - 1]?.role !== 'model').length

/** The agent's requests of one conversation as Gemini took them, in their order. */
export const seenOf = ({ requests }: SimulatedGemini, mark: string): Seen[] =>
  requests
    .filter((arrival) => arrival.path.endsWith('enerateContent') && isAgents(arrival) && arrival.status === 200)
    .map(({ body }) => body as Seen)
    .filter((body) => JSON.stringify(body.contents).includes(mark))

export const partsOf = ({ contents }: Seen): Part[] => contents.flatMap(({ parts }) => parts)

/** Results of functions, by the functions' names, as the last request brings them. */
export const resultsIn = (seen: Seen | undefined): (readonly [name: string, output: string])[] =>
  (seen ? partsOf(seen) : []).flatMap(({ functionResponse: result }) =>
    result ? [[result.name, JSON.stringify(result.response)] as const] : [],
  )

/** `]}]`: the user may go on in the same content. */
const CLOSING = 3

/** Each request begins with all of the one before it: what Gemini's prompt cache needs. */
export const expectGrowing = (conversation: readonly Seen[]): void => {
  conversation.forEach((seen, index) => {
    const before = conversation[index - 1]
    if (!before) return
    deepEqual([seen.systemInstruction, seen.tools], [before.systemInstruction, before.tools])
    const [now, earlier] = [JSON.stringify(seen.contents), JSON.stringify(before.contents).slice(0, -CLOSING)]
    if (now.startsWith(earlier)) return
    let at = 0
    while (now[at] === earlier[at]) at++
    const around = (text: string): string => text.slice(Math.max(0, at - 200), at + 200)
    throw new Error(`Request ${index} tells its past differently.\nwas: …${around(earlier)}…\nis: …${around(now)}…`)
  })
}

const SKIP_VALUES = /skip_thought_signature_validator|context_engineering_is_the_way_to_go/

/** The first call of every step carries the signature that Gemini gave it (Gemini itself refuses a wrong one). */
export const expectSigned = (conversation: readonly Seen[]): void => {
  const signatures = conversation.flatMap(({ contents }) =>
    contents
      .map(({ parts }) => parts.find(({ functionCall }) => functionCall))
      .flatMap((call) => (call ? [call.thoughtSignature ?? 'none'] : [])),
  )
  ok(signatures.length > 0, 'no call came back')
  deepEqual(
    signatures.filter((signature) => signature === 'none' || SKIP_VALUES.test(signature)),
    [],
  )
}
