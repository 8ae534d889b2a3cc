// What was said and kept is told to Gemini just as if the client had sent it again.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { modelOf } from '../../../lib/gemini/models/model.ts'
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

test('whatever a turn put out can be gone back to', async () => {
  const request = {
    model: 'gemini-3.6-flash',
    input: 'Hi',
    tools: [
      { type: 'web_search' },
      { type: 'code_interpreter', container: { type: 'auto' } },
      { type: 'shell' },
      { type: 'local_shell' },
      { type: 'apply_patch' },
      { type: 'tool_search', execution: 'client' },
      { type: 'custom', name: 'patch' },
      { type: 'namespace', name: 'crm', tools: [{ type: 'function', name: 'find' }] },
    ],
  }
  const source = { uri: 'https://a.example', title: 'A' }
  const calls = [
    ['shell', { commands: ['ls'] }],
    ['local_shell', { command: ['ls'] }],
    ['apply_patch', { type: 'create_file', path: 'a', diff: '+a' }],
    ['tool_search', { query: 'b' }],
    ['patch', { input: 'free text' }],
    ['crm__find', { who: 'c' }],
  ] as const
  const turn: Turn = {
    ...TURN,
    blocks: [
      [
        { kind: 'search', queries: ['q'], sources: [source], text: '' },
        { kind: 'code', language: 'PYTHON', text: 'print(1)', signature: SIGNATURE },
        { kind: 'codeResult', ok: true, text: '1' },
        { kind: 'text', text: 'Cited.', citations: [{ start: 0, end: 5, source }] },
        { kind: 'media', mimeType: 'image/png', text: 'iVBORw0KGgo=', signature: SIGNATURE },
        ...calls.map(([name, args], index) => ({
          kind: 'call' as const,
          id: `call_${index}`,
          name,
          text: JSON.stringify(args),
          ...(index === 0 && { signature: SIGNATURE }),
        })),
      ],
    ],
  }
  const memory = responsesMemory(stateInMemory())
  const body = responses.parse(request)
  const closing = { completed: 1, stored: true }
  expect(await memory.keep({ body, stamp: STAMP, closing, turn, affinity: 'a' }, 'someone')).toBe(true)
  const input = [{ type: 'custom_tool_call_output', call_id: 'call_4', output: 'done' }]
  const next = responses.parse({ ...request, input, previous_response_id: `resp_${STAMP.id}` })
  const recalled = await memory.recall(next, 'someone')
  if (!recalled) throw new Error('nothing was recalled')
  const { contents } = responses.toGemini(recalled, modelOf(request.model)).request
  expect(contents.slice(1)).toMatchObject([
    {
      role: 'model',
      parts: [
        { executableCode: { code: 'print(1)' }, thoughtSignature: SIGNATURE },
        { codeExecutionResult: { output: '1' } },
        { text: 'Cited.' },
        { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' }, thoughtSignature: SIGNATURE },
        { functionCall: { name: 'shell', args: { commands: ['ls'] } }, thoughtSignature: SIGNATURE },
        { functionCall: { name: 'local_shell', args: { command: ['ls'] } } },
        { functionCall: { name: 'apply_patch', args: { type: 'create_file', path: 'a', diff: '+a' } } },
        { functionCall: { name: 'tool_search', args: { query: 'b' } } },
        { functionCall: { name: 'patch', args: { input: 'free text' } } },
        { functionCall: { name: 'crm__find', args: { who: 'c' } } },
      ],
    },
    { role: 'user', parts: calls.map(([name]) => ({ functionResponse: { name } })) },
  ])
})
