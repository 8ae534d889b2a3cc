// What was said and kept is told to Gemini just as if the client had sent it again.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { modelOf } from '../../../lib/gemini/models.ts'
import type { Turn } from '../../../lib/gemini/turn.ts'
import { responses } from '../../../lib/openai/responses/index.ts'
import { responsesMemory } from '../../../lib/openai/responses/memory.ts'
import { storedItems, type Written } from '../../../lib/openai/responses/stored.ts'
import { stateInMemory } from '../../state/memory.ts'
import { faultsOf } from './contract.ts'
import { STAMP } from './turns.ts'

const FOLDER = join(import.meta.dirname, '../../cases/responses')
const read = (name: string): { model: string; input?: Written } =>
  JSON.parse(readFileSync(join(FOLDER, name, 'request.json'), 'utf8')) as { model: string; input?: Written }
const names = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'gemini.json')))

const SIGNATURE = Buffer.from('a signature of Gemini’s own, which is long enough').toString('base64')
const TURN: Turn = {
  blocks: [
    [
      { kind: 'thought', text: 'Hm.' },
      { kind: 'text', text: 'Well.', signature: SIGNATURE },
      { kind: 'call', id: 'call_9', name: 'look', text: '{"at":"it"}', signature: SIGNATURE },
    ],
  ],
  outcomes: ['calls'],
  reasons: ['STOP'],
  responseId: 'g',
  modelVersion: 'm',
  usage: {},
}
const OUTPUT = { type: 'function_call_output', call_id: 'call_9', output: 'seen' }
const AS_SENT = [
  {
    role: 'model',
    parts: [
      { text: 'Well.', thoughtSignature: SIGNATURE },
      { functionCall: { id: 'call_9', name: 'look', args: { at: 'it' } }, thoughtSignature: SIGNATURE },
    ],
  },
  { role: 'user', parts: [{ functionResponse: { id: 'call_9', name: 'look', response: { output: 'seen' } } }] },
]

const SHOWN = ['reasoning.encrypted_content']
const cases = names.flatMap(
  (name) =>
    [
      [name, []],
      [name, SHOWN],
    ] as const,
)

test.each(cases)('%s, the client asking for %j', async (name, include) => {
  const request = { ...read(name), include, store: true }
  const memory = responsesMemory(stateInMemory())
  const body = responses.parse(request)
  const kept = { body, stamp: STAMP, closing: { completed: 1, stored: true }, turn: TURN, affinity: 'a' }
  expect(await memory.keep(kept, 'someone')).toBe(true)

  const next = responses.parse({ ...request, input: [OUTPUT], previous_response_id: `resp_${STAMP.id}` })
  const recalled = await memory.recall(next, 'someone')
  if (!recalled) throw new Error('nothing was recalled')
  const model = modelOf(request.model)
  const before = responses.toGemini(body, model).request
  const after = responses.toGemini(recalled, model).request
  expect(after.contents.slice(-2)).toMatchObject(AS_SENT)
  const said = JSON.stringify(after.contents)
  for (const part of before.contents.flatMap(({ parts }) => parts)) {
    if (
      part.text !==
      'Continue your last message exactly where it ends. Repeat nothing of it and put nothing before the continuation.'
    )
      expect(said).toContain(JSON.stringify(part).slice(1, -1))
  }
  expect(after.tools).toEqual(before.tools)
  expect(after.systemInstruction).toEqual(before.systemInstruction)
})

// Sound and video are none of OpenAI's.
test.each(names.filter((name) => name !== 'every-kind-of-content'))(
  '%s is listed in the form that clients read',
  (name) => {
    for (const item of storedItems(read(name).input ?? [], 'n')) {
      if (KNOWN.has(item.type)) expect(faultsOf('ItemResource', item)).toEqual([])
    }
  },
)

/** Items that the list of a response's input knows, as OpenAI documents it. */
const KNOWN: ReadonlySet<string> = new Set([
  'message',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
])
