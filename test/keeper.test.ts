// What is kept of a turn, and what is not even collected.
import { expect, test } from '@jest/globals'
import type { Gateway } from '../lib/gateway.ts'
import type { TurnEvent } from '../lib/gemini/turn.ts'
import type { AdmittedRequest } from '../lib/http/exchange.ts'
import { keeperOf } from '../lib/keeper.ts'
import type { ResponsesBody } from '../lib/openai/responses/body.ts'
import { responses } from '../lib/openai/responses/index.ts'
import type { KeptTurn, Memory } from '../lib/protocol.ts'

const END: TurnEvent = {
  type: 'end',
  outcomes: ['stop'],
  reasons: ['STOP'],
  responseId: 'g',
  modelVersion: 'm',
  usage: {},
}
const at = { candidate: 0, index: 0, block: { kind: 'text' } } as const
const text = (literals: readonly string[]): TurnEvent[] => [
  { type: 'open', ...at },
  ...literals.map((literal): TurnEvent => ({ type: 'delta', ...at, literal })),
  { type: 'close', ...at },
  END,
]
const call = (signature: string): TurnEvent[] => {
  const block = { candidate: 0, index: 0, block: { kind: 'call', id: 'call_1', name: 'f' } } as const
  return [
    { type: 'open', ...block },
    { type: 'delta', ...block, literal: '{}' },
    { type: 'close', ...block, signature },
    END,
  ]
}

/** A keeper after these events, with what it wrote where. */
const keep = async (request: object, events: readonly TurnEvent[], keeping = async (): Promise<boolean> => true) => {
  const kept: KeptTurn<ResponsesBody>[] = []
  const signatures: [string, string][] = []
  const logged: unknown[] = []
  const after: unknown[] = []
  const memory: Memory<ResponsesBody> = {
    recall: () => undefined,
    keeps: ({ store }) => store !== false,
    keep: (turn) => {
      kept.push(turn)
      return keeping()
    },
  }
  const gateway = {
    clock: () => 5_000,
    log: (record: unknown) => void logged.push(record),
    signatures: { write: async (_: string, all: Map<string, string>) => void signatures.push(...all) },
  } as unknown as Gateway
  const body = responses.parse({ model: 'm', input: 'Hi', ...request })
  const admitted = { id: 'r', client: { name: 'ann' }, after: (work: unknown) => void after.push(work) }
  const making = { protocol: responses, memory, body, stamp: { id: 'R', created: 1 }, affinity: 'a' }
  const keeper = keeperOf(making, admitted as unknown as AdmittedRequest, gateway)
  for (const event of events) keeper.note(event)
  const closing = keeper.close()
  return { closing, closed: await closing, kept, signatures, logged, after, keeper }
}

test('without anything to keep nothing is waited for', async () => {
  const { closing, kept, after } = await keep({ store: false, stream: true }, text(['a']))
  expect(closing).toEqual({ completed: 5, stored: false })
  expect([kept, after]).toEqual([[], []])
})

test('a turn and its signatures are written side by side, and outlive the connection', async () => {
  const { closed, kept, signatures, after } = await keep({ stream: true }, call('c2ln'))
  expect(closed).toEqual({ completed: 5, stored: true })
  expect(kept).toMatchObject([{ affinity: 'a', closing: { completed: 5, stored: true }, turn: { outcomes: ['stop'] } }])
  expect(signatures).toEqual([['call_1', 'c2ln']])
  expect(after).toHaveLength(1)
})

test.each([
  ['fails', () => Promise.reject(new Error('down')), 1],
  [
    'throws',
    () => {
      throw new Error('down')
    },
    1,
  ],
  ['refuses', () => Promise.resolve(false), 0],
])('a memory that %s: the reply says so', async (_, keeping, warnings) => {
  const { closed, logged } = await keep({}, text(['a']), keeping)
  expect(closed).toEqual({ completed: 5, stored: false })
  expect(logged).toHaveLength(warnings)
})

test.each([true, false])(
  'a turn that is far too long is not handed to the memory; streamed, it is not collected: %s',
  async (stream) => {
    const long = Array.from({ length: 5 }, () => 'a'.repeat(1024 * 1024))
    const { closed, kept, keeper } = await keep({ stream }, text(long))
    expect([closed.stored, kept]).toEqual([false, []])
    if (stream) expect(() => keeper.turn()).toThrow('not collected')
    else expect(keeper.turn().blocks[0]?.[0]?.text.length).toBe(5 * 1024 * 1024)
  },
)
