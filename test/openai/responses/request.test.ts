import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError } from '../../../lib/errors.ts'
import { modelOf } from '../../../lib/gemini/models/model.ts'
import type { GenerateContentRequest, Part } from '../../../lib/gemini/wire.ts'
import { responses } from '../../../lib/openai/responses/index.ts'
import { IGNORED, REFUSED } from '../../../lib/openai/responses/request.ts'
import { CASES } from './contract.ts'
import { eventsOf, says, tell } from './turns.ts'

const convert = (json: Record<string, unknown>): GenerateContentRequest => {
  const body = responses.parse(json)
  return responses.toGemini(body, modelOf(body.model)).request
}

describe("the reply's output, sent back as the next input", () => {
  const f = { type: 'function', name: 'f', parameters: { type: 'object' } }
  const tools = [
    f,
    { type: 'custom', name: 'p' },
    { type: 'namespace', name: 'n', description: '', tools: [f] },
    { type: 'shell' },
  ]
  const signature = 'c2lnbmF0dXJl'
  const call = (name: string, args: Record<string, unknown>): Part => ({ functionCall: { name, args } })

  /** What Gemini gets of a turn of its own, when the client sends back all it got. */
  const returned = (parts: Part[], request: object): Part[] => {
    const { reply } = tell({ tools, ...request }, eventsOf([says(parts), says([], 'STOP')]))
    const outputs = reply.output.flatMap((item): object[] =>
      'call_id' in item && item.type === 'shell_call'
        ? [{ type: 'shell_call_output', call_id: item.call_id, output: [] }]
        : item.type === 'function_call' || item.type === 'custom_tool_call'
          ? [{ type: `${item.type}_output`, call_id: item.call_id, output: 'ok' }]
          : [],
    )
    const input = [{ role: 'user', content: 'Hi' }, ...reply.output, ...outputs, { role: 'user', content: 'Go on' }]
    const { contents } = convert({ model: 'gemini-3-flash', input, tools })
    expect(contents.map(({ role }) => role)).toEqual(['user', 'model', 'user'])
    return (contents[1]?.parts ?? []).map((part) => {
      if (!part.functionCall) return part
      const { id: _, ...functionCall } = part.functionCall
      return { ...part, functionCall }
    })
  }

  const SIGNED: Record<string, Part[]> = {
    'parallel calls, signed on the first': [
      { ...call('f', { a: 1 }), thoughtSignature: signature },
      call('p', { input: 'x' }),
    ],
    'a text and its signature': [{ text: 'Hello', thoughtSignature: signature }],
    'a text, then a call with a signature each': [
      { text: 'Now', thoughtSignature: 'YWJj' },
      { ...call('n__f', {}), thoughtSignature: signature },
    ],
    'a shell call': [
      {
        ...call('shell', { commands: ['ls'], timeout_ms: null, max_output_length: null }),
        thoughtSignature: signature,
      },
    ],
    'code with its result': [
      { executableCode: { language: 'PYTHON', code: 'x' }, thoughtSignature: signature },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
    ],
    'a picture': [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' }, thoughtSignature: signature }],
  }
  test.each(Object.entries(SIGNED))('%s', (_name, parts) => {
    expect(returned([{ text: 'hm', thought: true }, ...parts], { store: false })).toEqual(parts)
    expect(returned(parts, { include: ['reasoning.encrypted_content'] })).toEqual(parts)
  })
  test('a signature that a client cut is missing, not wrong', () => {
    const input = [
      { role: 'user', content: 'Hi' },
      { type: 'reasoning', id: 'rs', summary: [], encrypted_content: `c1:tg1.g.${signature.slice(0, -2)}` },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: '' },
    ]
    expect(JSON.stringify(convert({ model: 'gemini-3-flash', input, tools }))).not.toContain('thoughtSignature')
  })
})

interface ComplianceCase {
  id: string
  transport: string
  endpoint: string
  local: boolean
  request: Record<string, unknown>
}

const compliance = existsSync(CASES)
  ? (JSON.parse(readFileSync(CASES, 'utf8')) as ComplianceCase[]).filter(
      ({ transport, endpoint, local }) => transport === 'http' && endpoint === '/responses' && !local,
    )
  : []
if (compliance.length === 0) console.warn('skipped: the Open Responses cases are not at ../shared/contracts')
else {
  test.each(compliance)('Open Responses: $id', ({ request }) => {
    const { contents } = convert({ ...request, model: 'gemini-3-flash' })
    expect(contents.at(-1)?.role).toBe('user')
  })
}

test('every field that is said to be ignored is taken and changes nothing', () => {
  const body = { model: 'gemini-3-flash', input: 'Hi' }
  for (const field of Object.keys(IGNORED).filter((path) => !path.startsWith('tools[]'))) {
    const [name = '', inner] = field.split('.')
    const value = inner ? { [inner]: 'x' } : ({ metadata: { a: 'b' }, store: true, max_tool_calls: 3 }[name] ?? 'x')
    const { thinkingConfig: _, ...generationConfig } = convert({ ...body, [name]: value }).generationConfig ?? {}
    expect([field, generationConfig]).toEqual([field, {}])
  }
})

test('every field that is said to be refused is refused by name', () => {
  for (const param of Object.keys(REFUSED)) {
    const value = param === 'background' ? true : { id: 'x' }
    expect(() => convert({ model: 'm', input: 'Hi', [param]: value })).toThrow(expect.objectContaining({ param }))
  }
})

test('names that JavaScript gives a meaning to pass unharmed', () => {
  const parameters = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}',
  ) as object
  const request = convert({
    model: 'gemini-3-flash',
    input: [
      { role: 'user', content: 'Hi' },
      { type: 'function_call', call_id: '__proto__', name: 'constructor', arguments: '{"__proto__":{"a":1}}' },
      { type: 'function_call_output', call_id: '__proto__', output: 'ok' },
    ],
    tools: [{ type: 'function', name: 'constructor', parameters }],
  })
  const text = JSON.stringify(request)
  expect(text).toContain('"args":{"__proto__":{"a":1}}')
  expect(text).toContain('"__proto__":{"type":"string"}')
  expect(text).toContain('"functionResponse":{"id":"__proto__","name":"constructor"')
})

test('no body, however wrong, is more than a bad request', () => {
  const types = [
    'message',
    'function_call',
    'function_call_output',
    'custom_tool_call',
    'reasoning',
    'shell_call',
    'tool_search_output',
    'image_generation_call',
    'computer_call_output',
    'additional_tools',
    'mcp_call',
  ]
  const any = fc.oneof(fc.jsonValue(), fc.constantFrom(...types, 'c1', 'user', 'assistant'))
  const item = fc.record(
    {
      type: fc.constantFrom(...types),
      role: any,
      content: any,
      call_id: fc.constantFrom('c1', 'c2'),
      name: any,
      arguments: any,
      output: any,
      input: any,
      encrypted_content: any,
      action: any,
      tools: any,
      result: any,
    },
    { requiredKeys: [] },
  )
  const body = fc.record(
    {
      input: fc.oneof(any, fc.array(item)),
      tools: any,
      tool_choice: any,
      text: any,
      reasoning: any,
      include: any,
      temperature: any,
      stream: any,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(body, (json) => {
      try {
        convert({ model: 'gemini-3-flash', ...json })
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError)
        expect(error).toMatchObject({ kind: 'invalid_request' })
      }
    }),
    { numRuns: 500 },
  )
})
