import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError } from '../../../lib/errors.ts'
import { modelOf } from '../../../lib/gemini/models/model.ts'
import { Conversation } from '../../../lib/gemini/request/conversation.ts'
import type { Content, Part } from '../../../lib/gemini/wire.ts'
import { faultsOf } from '../contract.ts'

const NEWEST = modelOf('gemini-3.8-flash')
const FLASH_2_5 = modelOf('gemini-2.5-flash')

const call = (id: string, name: string): Part => ({ functionCall: { id, name, args: {} } })
const responsesOf = ({ parts }: Content): { id?: string; name: string }[] =>
  parts.flatMap(({ functionResponse }) => functionResponse ?? [])
const callsOf = ({ parts }: Content): { id?: string; name: string }[] =>
  parts.flatMap(({ functionCall }) => functionCall ?? [])
const identity = ({ id, name }: { id?: string; name: string }): object => ({ id, name })

/** Google's rules for the order of contents, as its 400s state them. */
const expectAccepted = (contents: readonly Content[]): void => {
  expect(faultsOf('GenerateContentRequest', { contents })).toEqual([])
  expect(contents.length).toBeGreaterThan(0)
  expect(contents[0]?.role).toBe('user')
  expect(contents.at(-1)?.role).toBe('user')
  contents.forEach((content, i) => {
    const next = contents[i + 1]
    expect(content.parts.length).toBeGreaterThan(0)
    expect(content.parts.filter(({ text, thoughtSignature }) => text === '' && !thoughtSignature)).toEqual([])
    if (next) expect(next.role).not.toBe(content.role)
    const calls = content.role === 'model' ? callsOf(content) : []
    if (next?.role === 'user') {
      const responses = responsesOf(next)
      expect(responses.map(identity)).toEqual(calls.map(identity))
      expect(next.parts.slice(0, responses.length).every(({ functionResponse }) => functionResponse)).toBe(true)
    }
  })
}

type Step =
  | { do: 'system' | 'user' | 'say'; text: string }
  | { do: 'call'; count: number }
  | { do: 'answer'; which: number; picture: boolean }

const text = fc.constantFrom('', ' ', 'a', 'Größe')
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('system' as const, 'user' as const, 'say' as const), text }),
    fc.record({ do: fc.constant('call' as const), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant('answer' as const), which: fc.nat({ max: 9 }), picture: fc.boolean() }),
  ),
  { maxLength: 25 },
)

const play = (script: readonly Step[]): Conversation => {
  const conversation = new Conversation()
  const open: string[] = []
  let made = 0
  for (const step of script) {
    if ('text' in step) {
      if (step.do === 'system') conversation.system(step.text)
      else if (step.do === 'user') conversation.user([{ text: step.text }])
      else conversation.model([{ text: step.text }])
    } else if (step.do === 'call') {
      const ids = Array.from({ length: step.count }, () => `c${made++}`)
      open.push(...ids)
      conversation.model(ids.map((id) => call(id, `tool_${id}`)))
    } else {
      const [callId] = open.splice(step.which % Math.max(1, open.length), 1)
      if (callId === undefined) continue
      const media = step.picture ? [{ mimeType: 'image/png', data: 'AAAA' }] : []
      conversation.result({ callId, output: 'ok', media }, 'p')
    }
  }
  return conversation
}

describe('any conversation', () => {
  test('comes out in an order that Google accepts', () => {
    fc.assert(
      fc.property(fc.constantFrom(NEWEST, FLASH_2_5, modelOf('gemma-3-27b-it')), steps, (model, script) => {
        const conversation = play(script)
        try {
          expectAccepted(conversation.build(model).contents)
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error
          const spoke = script.some((step) => (step.do === 'call' ? false : 'text' in step && step.text !== ''))
          expect([error.kind, error.param, spoke]).toEqual(['invalid_request', 'messages', false])
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('that grows turn by turn begins each time with the very same bytes', () => {
    const rounds = fc.array(fc.record({ calls: fc.integer({ min: 0, max: 3 }), question: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(rounds, (script) => {
        let before: string[] = []
        for (let length = 1; length <= script.length; length++) {
          const conversation = new Conversation()
          conversation.system('You help.')
          conversation.user([{ text: 'Begin.' }])
          script.slice(0, length).forEach(({ calls, question }, round) => {
            conversation.model([
              { text: `Answer ${round}` },
              ...Array.from({ length: calls }, (_, i) => call(`${round}_${i}`, 'f')),
            ])
            for (let i = calls - 1; i >= 0; i--) conversation.result({ callId: `${round}_${i}`, output: `${i}` }, 'p')
            if (question || calls === 0) conversation.user([{ text: `Question ${round}` }])
            else conversation.system(`Reminder ${round}`)
          })
          const contents = conversation.build(NEWEST).contents.map((content) => JSON.stringify(content))
          expect(contents.slice(0, before.length)).toEqual(before)
          before = contents
        }
      }),
    )
  })
})

describe('results', () => {
  test('end a step: calls after them are the next, calls without one between are the same', () => {
    const conversation = new Conversation()
    conversation.user([{ text: 'Go' }])
    conversation.model([call('a', 'f')])
    conversation.model([call('b', 'f')])
    conversation.result({ callId: 'a', output: '' }, 'p')
    conversation.result({ callId: 'b', output: '' }, 'p')
    conversation.model([call('c', 'f')])
    conversation.result({ callId: 'c', output: '' }, 'p')
    expect(conversation.build(NEWEST).contents.map((content) => callsOf(content).map(({ id }) => id))).toEqual([
      [],
      ['a', 'b'],
      [],
      ['c'],
      [],
    ])
  })

  test('stand in the order of the calls, before what the user said, under the names of the calls', () => {
    const conversation = new Conversation()
    conversation.user([{ text: 'Go' }])
    conversation.model([call('a', 'first'), call('b', 'second')])
    conversation.user([{ text: 'meanwhile' }])
    conversation.result({ callId: 'b', name: 'wrong', output: 'B' }, 'p')
    conversation.result({ callId: 'a', output: { n: 1 } }, 'p')
    expect(conversation.build(NEWEST).contents.at(-1)).toEqual({
      role: 'user',
      parts: [
        { functionResponse: { id: 'a', name: 'first', response: { output: { n: 1 } } } },
        { functionResponse: { id: 'b', name: 'second', response: { output: 'B' } } },
        { text: 'meanwhile' },
      ],
    })
  })

  test('an id used again means the nearest call without a result; a second result replaces the first', () => {
    const conversation = new Conversation()
    conversation.user([{ text: 'Go' }])
    conversation.model([call('1', 'f')])
    conversation.result({ callId: '1', output: 'old' }, 'p')
    conversation.model([call('1', 'g')])
    conversation.result({ callId: '1', output: 'draft' }, 'p')
    conversation.result({ callId: '1', output: 'new' }, 'p')
    const outputs = conversation
      .build(NEWEST)
      .contents.flatMap(({ parts }) => parts.flatMap(({ functionResponse }) => functionResponse ?? []))
      .map(({ name, response }) => [name, response['output']])
    expect(outputs).toEqual([
      ['f', 'old'],
      ['g', 'new'],
    ])
  })

  test('an id that calls of one turn share means them in their order', () => {
    const conversation = new Conversation()
    conversation.user([{ text: 'Go' }])
    conversation.model([call('f', 'f'), call('f', 'f'), call('g', 'g')])
    conversation.result({ callId: 'f', output: 'first' }, 'p')
    conversation.result({ callId: 'f', output: 'draft' }, 'p')
    conversation.result({ callId: 'f', output: 'second' }, 'p')
    conversation.result({ callId: 'g', output: 'third' }, 'p')
    const last = conversation.build(NEWEST).contents.at(-1)
    const outputs = last?.parts.map(({ functionResponse }) => functionResponse?.response['output'])
    expect(outputs).toEqual(['first', 'second', 'third'])
  })

  test('one without an id finds its call by name', () => {
    const conversation = new Conversation()
    conversation.user([{ text: 'Go' }])
    conversation.model([{ functionCall: { name: 'f' } }, { functionCall: { name: 'g' } }])
    conversation.result({ callId: '', name: 'g', output: 1 }, 'p')
    conversation.result({ callId: '', output: 2 }, 'p')
    const last = conversation.build(NEWEST).contents.at(-1)
    expect(last && responsesOf(last)).toEqual([
      { name: 'f', response: { output: 2 } },
      { name: 'g', response: { output: 1 } },
    ])
  })

  test('one for a call that never was is the fault of the field that holds it', () => {
    const conversation = new Conversation()
    conversation.user([{ text: 'Go' }])
    expect(() => conversation.result({ callId: 'x', output: '' }, 'messages[1].tool_call_id')).toThrow(
      expect.objectContaining({ kind: 'invalid_request', param: 'messages[1].tool_call_id' }),
    )
  })

  test('a failure is an error; JSON stays an object where no digit is lost', () => {
    const answer = (output: unknown, failed = false): unknown => {
      const conversation = new Conversation()
      conversation.user([{ text: 'Go' }])
      conversation.model([call('a', 'f')])
      conversation.result({ callId: 'a', output, failed }, 'p')
      return conversation.build(NEWEST).contents.at(-1)?.parts[0]?.functionResponse?.response
    }
    expect(answer('boom', true)).toEqual({ error: 'boom' })
    expect(answer('{"$ref": 1}')).toEqual({ output: { $ref: 1 } })
    expect(answer('{"id": 12345678901234567890}')).toEqual({ output: '{"id": 12345678901234567890}' })
    expect(answer('{"far": [1e400]}')).toEqual({ output: '{"far": [1e400]}' })
    expect(answer('{not json')).toEqual({ output: '{not json' })
    expect(answer('')).toEqual({ output: '' })
    expect(answer(null)).toEqual({ output: '' })
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    expect(answer(deep)).toEqual({ output: deep })
  })

  test('pictures go into the result where the model takes them there, else beside it', () => {
    const withPicture = (model: typeof NEWEST): Part[] | undefined => {
      const conversation = new Conversation()
      conversation.user([{ text: 'Look' }])
      conversation.model([call('a', 'f')])
      conversation.result(
        {
          callId: 'a',
          output: '',
          media: [
            { mimeType: 'image/png', data: 'AAAA' },
            { mimeType: 'audio/wav', data: 'BBBB' },
          ],
          files: [{ fileUri: 'https://x/y.png' }],
        },
        'p',
      )
      return conversation.build(model).contents.at(-1)?.parts
    }
    const picture = { inlineData: { mimeType: 'image/png', data: 'AAAA' } }
    const sound = { inlineData: { mimeType: 'audio/wav', data: 'BBBB' } }
    const file = { fileData: { fileUri: 'https://x/y.png' } }
    const response = { id: 'a', name: 'f', response: { output: '' } }
    expect(withPicture(NEWEST)).toEqual([{ functionResponse: { ...response, parts: [picture] } }, sound, file])
    expect(withPicture(FLASH_2_5)).toEqual([{ functionResponse: response }, picture, sound, file])
  })
})

describe('ends', () => {
  test('calls that nobody answered at the very end are left out; earlier ones get a stand-in', () => {
    const conversation = new Conversation()
    conversation.user([{ text: 'Go' }])
    conversation.model([call('a', 'f')])
    expect(conversation.build(NEWEST).contents).toEqual([{ role: 'user', parts: [{ text: 'Go' }] }])
    conversation.user([{ text: 'Never mind' }])
    expect(conversation.build(NEWEST).contents.map(({ parts }) => parts.map((part) => Object.keys(part)[0]))).toEqual([
      ['text'],
      ['functionCall'],
      ['functionResponse', 'text'],
    ])
  })

  test('a prefilled answer stays the model’s, and the user asks to continue it', () => {
    const conversation = new Conversation()
    conversation.user([{ text: 'JSON, please' }])
    conversation.model([{ text: '{' }])
    const { contents } = conversation.build(NEWEST)
    expect(contents[1]).toEqual({ role: 'model', parts: [{ text: '{' }] })
    expect(contents[2]?.parts[0]?.text).toMatch(/^Continue/)
  })

  test('system texts lead or stay in place, and alone they are the question', () => {
    const conversation = new Conversation()
    conversation.system('One')
    conversation.system('Two')
    expect(conversation.build(NEWEST)).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'One' }, { text: 'Two' }] }],
    })
    conversation.user([{ text: 'Hi' }])
    conversation.system('Three')
    const { systemInstruction, contents } = conversation.build(NEWEST)
    expect(systemInstruction).toEqual({ parts: [{ text: 'One' }, { text: 'Two' }] })
    expect(contents).toHaveLength(1)
    expect(contents[0]?.parts[1]?.text).toContain('Three')
    expect(conversation.build(modelOf('gemma-3-27b-it')).contents[0]?.parts[0]).toEqual({ text: 'One' })
  })

  test('building changes nothing, so it can be done for one model after another', () => {
    const conversation = new Conversation()
    conversation.model([{ text: 'Hello' }, call('a', 'f')])
    conversation.result({ callId: 'a', output: 'x' }, 'p')
    conversation.user([{ text: 'Hi' }])
    const first = JSON.stringify(conversation.build(FLASH_2_5))
    conversation.build(modelOf('gemma-3-27b-it'))
    expect(JSON.stringify(conversation.build(FLASH_2_5))).toBe(first)
  })
})
