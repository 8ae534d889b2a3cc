import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError } from '../../../lib/errors.ts'
import { modelOf } from '../../../lib/gemini/models/model.ts'
import { plainSignature } from '../../../lib/gemini/request/signatures.ts'
import { chat } from '../../../lib/openai/chat/index.ts'
import type { Completion } from '../../../lib/openai/chat/wire.ts'
import { namesIn } from '../../golden.ts'
import { decode, replyOf, upstream } from '../../quirks.ts'

const convert = (json: unknown) => {
  const body = chat.parse(json)
  return chat.toGemini(body, modelOf(body.model))
}
const hi = { model: 'gemini-3.5-flash', messages: [{ role: 'user', content: 'Hi' }] }

describe('what a call knows beside the request', () => {
  test('the client’s own names of its tools, and whether to stream', () => {
    const call = convert({
      ...hi,
      model: 'gemini-2.5-flash',
      stream: true,
      tools: [
        { type: 'function', function: { name: 'a b' } },
        { type: 'custom', name: 'patch' },
        { type: 'web_search' },
      ],
      functions: [{ name: 'old' }],
    })
    expect(call).toMatchObject({ model: 'gemini-2.5-flash', stream: true, functions: ['a b', 'patch', 'old'] })
  })

  test('every hint of who is talking', () => {
    const hints = { prompt_cache_key: 'k', user: 'u', safety_identifier: 's', metadata: { user_id: 'm', other: 1 } }
    expect(convert({ ...hi, ...hints }).affinity.hints).toEqual(['k', 'u', 's', 'm'])
    expect(convert({ ...hi, user: '', metadata: { user_id: 5 } }).affinity.hints).toEqual([])
  })
})

describe('a conversation that goes on', () => {
  // A client that keeps messages whole, as the SDK's users do, gets back to Gemini exactly what Gemini said.
  test.each(['call-then-stop-chunk', 'parallel-calls', 'thoughts-then-text-then-call', 'signature-on-empty-text'])(
    '%s comes back signed',
    (quirk) => {
      const body = chat.parse(hi)
      const { choices } = replyOf({ protocol: chat, request: {} }, body, decode(upstream(quirk))) as Completion
      const message = choices[0]?.message
      const results = (message?.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'ok' }))
      const next = convert({
        ...hi,
        messages: [...hi.messages, message, ...results, { role: 'user', content: 'And?' }],
      })
      const said = upstreamParts(quirk)
      expect(next.request.contents[1]?.parts).toMatchObject(said)
    },
  )

  /** What Gemini said, but for thoughts and empty texts, a trailing signature moved to its text. */
  const upstreamParts = (quirk: string): object[] => {
    const parts = [
      ...upstream(quirk)
        .toString()
        .matchAll(/^data: (.*)$/gm),
    ]
      .flatMap(([, json]) => JSON.parse(json ?? '').candidates?.[0]?.content?.parts ?? [])
      .filter((part: { thought?: boolean }) => !part.thought) as { text?: string; thoughtSignature?: string }[]
    return parts.flatMap((part, index) => {
      if (part.text === '') return []
      const trailing = parts[index + 1]
      return trailing?.text === '' && trailing.thoughtSignature
        ? { ...part, thoughtSignature: trailing.thoughtSignature }
        : part
    })
  }

  test('the signatures of the authored streams are ones that come back', () => {
    const found = [
      ...upstream('parallel-calls')
        .toString()
        .matchAll(/"thoughtSignature": "([^"]+)"/g),
    ]
    expect(found.length).toBeGreaterThan(0)
    for (const [, signature] of found) expect(plainSignature(signature)).toBe(signature)
  })
})

describe('bodies that nobody would send', () => {
  const cases = join(import.meta.dirname, '../../cases/chat')
  const requests = namesIn(cases).map((name): unknown =>
    JSON.parse(readFileSync(join(cases, name, 'request.json'), 'utf8')),
  )

  /** The body with one of its values, however deep, put in another's place. */
  const withChange = (value: unknown, at: number, other: unknown): unknown => {
    let left = at
    const visit = (node: unknown): unknown => {
      if (left-- === 0) return other
      if (Array.isArray(node)) return node.map(visit)
      return typeof node === 'object' && node !== null
        ? Object.fromEntries(Object.entries(node).map(([key, field]) => [key, visit(field)]))
        : node
    }
    return visit(value)
  }

  test('are converted or refused with a field, never a fault of ours', () => {
    fc.assert(
      fc.property(fc.constantFrom(...requests), fc.nat(60), fc.jsonValue({ maxDepth: 2 }), (request, at, other) => {
        try {
          convert(withChange(request, at, other))
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error
          expect(error.kind).toBe('invalid_request')
        }
      }),
      { numRuns: 2000 },
    )
  })
})
