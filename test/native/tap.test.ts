import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { asGatewayError } from '../../lib/errors.ts'
import type { ReplyForm } from '../../lib/native/judges.ts'
import { madeCounter } from '../../lib/native/made.ts'
import { tapReader } from '../../lib/native/tap.ts'
import { contract, haveContracts } from '../simulated-gemini/client.ts'
import { native } from './native.ts'

const part = (value: object) => ({ candidates: [{ content: { parts: [value] }, finishReason: 'STOP' }] })
const cutAt = (text: string, cuts: readonly number[]): string[] => {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  return places.slice(1).map((end, index) => text.slice(places[index], end))
}
const countIn = (pieces: readonly string[]) => {
  const counter = madeCounter()
  for (const piece of pieces) counter.push(piece)
  return counter.made
}

describe('what was made is counted off the bytes', () => {
  const sound = 'A'.repeat(64_000)
  const reply = JSON.stringify([
    part({ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }),
    part({ inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data: sound } }),
    part({ text: 'no "mimeType": "image/png" here, nor "data": "x"' }),
    { candidates: [{ groundingMetadata: { webSearchQueries: ['who won?', 'a "quoted" [one]'] } }] },
    { candidates: [{ groundingMetadata: { webSearchQueries: ['who won?'] } }] },
    part({ inlineData: { mimeType: 'image/jpeg', data: '/9j/' } }),
  ])

  test('however they are cut', () => {
    const seconds = (64_000 * 3) / 4 / 2 / 24_000
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (cuts) => {
        const made = countIn(cutAt(reply, cuts))
        expect(made).toMatchObject({ images: 2, searches: 2 })
        expect(made.seconds).toBeCloseTo(seconds, 9)
      }),
    )
  })

  test('indented as Google writes it', () => {
    expect(countIn([JSON.stringify(JSON.parse(reply), null, 2)])).toMatchObject({ images: 2, searches: 2 })
  })

  const recorded = haveContracts ? test : test.skip
  recorded('in recordings', () => {
    const of = (file: string) => countIn([contract(`gemini/recorded/${file}`)])
    expect(of('google-search-grounding-gemini-2.5-flash.json').searches).toBeGreaterThan(0)
    expect(of('tts-gemini-2.5-flash-preview-tts.json').seconds).toBeGreaterThan(1)
    expect(of('stream-image-output-gemini-2.0.sse.txt').images).toBe(1)
  })
})

describe('a JSON array', () => {
  const read = (text: string, cuts: readonly number[], form: ReplyForm = 'array') => {
    const reader = tapReader(form, { emptyIsFault: false })
    let passed = ''
    reader.listen((bytes) => {
      passed += bytes.toString()
    })
    let committedAfter: number | undefined
    const pieces = cutAt(text, cuts)
    try {
      for (const [index, piece] of pieces.entries()) {
        reader.push(Buffer.from(piece))
        if (reader.committed) committedAfter ??= index
      }
      reader.end()
      return { passed, committedAfter, summary: reader.summary }
    } catch (thrown) {
      return { passed, committedAfter, error: asGatewayError(thrown) }
    }
  }
  // As Google writes them: indented, with the comma at the begin of a line.
  const written = [
    { candidates: [{ content: { parts: [{ text: 'Thinking', thought: true }], role: 'model' }, index: 0 }] },
    { ...part({ text: '} ] and "text"' }), usageMetadata: { promptTokenCount: 11, totalTokenCount: 304 } },
  ]
  const authored = `[${written.map((each) => `${JSON.stringify(each, null, 2)}\n`).join(',\r\n')}]\n`
  const recordings = haveContracts
    ? [authored, contract('gemini/recorded/jsonarray-stream-thinking-flash-latest.json')]
    : [authored]

  test('passes as it is, commits with its first content, and tells its usage', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
        for (const recording of recordings) {
          const { passed, summary } = read(recording, cuts)
          expect(passed).toBe(recording)
          expect(summary?.usage).toMatchObject({ promptTokenCount: 11, totalTokenCount: 304 })
        }
      }),
    )
    const firstEnds = authored.indexOf('\n}') + 2
    expect(read(authored, [firstEnds, firstEnds + 20]).committedAfter).toBe(0)
  })

  test.each([
    [
      'an error in place of content',
      '[{"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}]',
      'overloaded',
    ],
    ['an error without a bracket', '{"error": {"code": 503, "message": "x", "status": "UNAVAILABLE"}}', 'overloaded'],
    [
      'an error after content, of which no word goes on',
      authored
        .slice(0, -60)
        .replace(
          /,\r\n\{[\s\S]*$/,
          ',\r\n{"error": {"code": 503, "message": "of project 1", "status": "UNAVAILABLE"}}]',
        ),
      'overloaded',
    ],
    ['an end in the middle', authored.slice(0, -40), 'upstream'],
    ['an end without a finish reason', `${authored.slice(0, authored.indexOf(',\r\n'))}]`, 'upstream'],
    ['an end without a bracket', authored.replace(/\]\s*$/, ''), 'upstream'],
    ['nothing at all', '', 'upstream'],
  ])('%s is a failure', (_, text, kind) => {
    for (const cuts of [[], [200, 300, 301, 302]]) {
      const { error, passed } = read(text, cuts)
      expect(error).toMatchObject({ kind })
      expect(passed).not.toContain('project')
    }
  })

  test('texts full of quotes, brackets and backslashes are cut nowhere inside, however they come', () => {
    const unit = fc.constantFrom('"', '\\', ']', '}', '[', '{', ',', 'a')
    fc.assert(
      fc.property(fc.array(fc.string({ unit })), fc.array(fc.nat()), (texts, cuts) => {
        const all = [...texts, 'end'].map((text) => part({ text }))
        const { passed, error } = read(JSON.stringify(all), cuts)
        expect([error, passed]).toEqual([undefined, JSON.stringify(all)])
      }),
    )
  })
})

describe.each(['whole', 'shown'] as const)('JSON in one piece (%s)', (form) => {
  const read = (text: string) => {
    const reader = tapReader(form, { emptyIsFault: false })
    for (const piece of cutAt(text, [1000, 300_000])) reader.push(Buffer.from(piece))
    reader.end()
  }
  const large = JSON.stringify({ embedding: { values: Array.from({ length: 40_000 }, () => 0.125) } })

  test.each([
    ['HTML', '<!DOCTYPE html><title>Sorry…</title>', 'upstream'],
    ['nothing', '', 'upstream'],
    ['the begin of it', '{"totalTokens": 31, "prompt', 'upstream'],
    ['the begin of much', large.slice(0, -10), 'upstream'],
    ['an error', '{"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}}', 'overloaded'],
  ])('%s is a failure', (_, text, kind) => {
    let thrown: unknown
    try {
      read(text)
    } catch (error) {
      thrown = error
    }
    expect(asGatewayError(thrown)).toMatchObject({ kind })
  })

  test.each([
    ['small', '{"totalTokens": 31}\n'],
    ['empty', '{}\n'],
    ['large', `${large}\n`],
    ['of an operation that failed', '{"name": "operations/a", "done": true, "error": {"code": 3, "message": "x"}}'],
  ])('an answer that is %s passes', (_, text) => {
    expect(() => read(text)).not.toThrow()
  })
})

describe('the events of an interaction', () => {
  const created =
    'event: interaction.created\ndata: {"interaction":{"id":"v1_a"},"event_type":"interaction.created"}\n\n'
  const step = 'event: step.delta\ndata: {"delta":{"text":"a","type":"text"},"event_type":"step.delta"}\n\n'
  const completed = 'event: interaction.completed\ndata: {"event_type":"interaction.completed"}\n\n'
  const done = 'event: done\ndata: [DONE]\n\n'
  const read = (text: string) => () => {
    const reader = tapReader('steps', { emptyIsFault: false })
    reader.push(Buffer.from(text))
    reader.end()
  }

  test.each([
    ['', 'nothing'],
    ['{}', 'no events'],
    [created + step, 'an end in the middle'],
    [`${created}${step}${done.slice(0, 20)}`, 'an end in an event'],
  ])('%j is %s', (text) => {
    expect(read(text)).toThrow(expect.objectContaining({ kind: 'upstream' }))
  })

  const recorded = haveContracts ? ['', '-multi', '-thinking'] : []
  test.each([
    created + step + completed + done,
    created + step + completed,
    created + step + done,
    ...recorded.map((kind) => contract(`gemini/recorded/interactions${kind}-stream.sse.txt`)),
  ])('whole ones pass (%#)', (text) => {
    expect(read(text)).not.toThrow()
  })
})

test('streams reach the client piece by piece, as an array too, and stand on the record', async () => {
  const { ask, simulated, settled, close } = await native(['a'])
  try {
    simulated.pace({ chunkMs: 5, chunkCharacters: 8 })
    const body = { contents: [{ role: 'user', parts: [{ text: 'Tell me about the sea' }] }] }
    const path = '/v1beta/models/gemini-3.6-flash:streamGenerateContent'
    const array = await ask(path, { body })
    const events = await ask(path, { body, query: 'alt=sse&key=secret&$alt=json&prettyPrint=false' })
    expect(array.pieces.length).toBeGreaterThan(3)
    expect(events.pieces.length).toBeGreaterThan(3)
    expect(array.headers['content-type']).toBe('application/json; charset=UTF-8')
    expect(simulated.requests.at(-1)?.query).toEqual({ alt: 'sse', prettyPrint: 'false' })
    expect(
      settled.map(({ outcome, usage, streamed }) => [outcome, streamed, Number(usage.totalTokenCount) > 0]),
    ).toEqual([
      ['complete', true, true],
      ['complete', true, true],
    ])
    await ask('/v1beta/models/gemini-3.1-flash-image:generateContent', { body })
    await ask('/v1beta/interactions', { body: { model: 'gemini-3.6-flash', input: 'Hello' } })
    const streamed = { body: { model: 'gemini-3.6-flash', input: 'Hello', stream: true }, query: 'alt=sse' }
    const [, id = ''] = /"id":"(\w+)"/.exec((await ask('/v1beta/interactions', streamed)).text) ?? []
    expect((await ask(`/v1beta/interactions/${id}`)).status).toBe(200)
    expect((await ask(`/v1beta/interactions/${id}`, { client: 'bob' })).status).toBe(404)
    // What tells of a call again is not counted again
    expect(settled.pop()).toMatchObject({ outcome: 'complete', usage: {}, model: '' })
    // Nor is anything kept under a name that no model can have
    await ask('/v1beta/interactions', { body: { model: `${'x'.repeat(200)} y`, input: 'Hello' } })
    expect(settled.pop()).toMatchObject({ model: '' })
    const veo = '/v1beta/models/veo-3.1-generate-preview:predictLongRunning'
    await ask(veo, {
      body: { instances: [{ prompt: 'A wave' }], parameters: { durationSeconds: '4', sampleCount: 2 } },
    })
    expect(settled.pop()).toMatchObject({ outcome: 'complete', seconds: 8, model: 'veo-3.1-generate-preview' })
    await ask(veo, { body: { instances: [] } })
    expect(settled.pop()).toMatchObject({ outcome: 'caller', seconds: 0 })
    const [picture, ...interactions] = settled.slice(2)
    expect(picture).toMatchObject({ images: 1, model: 'gemini-3.1-flash-image' })
    for (const each of interactions)
      expect(each).toMatchObject({
        outcome: 'complete',
        model: 'gemini-3.6-flash',
        usage: { promptTokenCount: 2, totalTokenCount: 10 },
      })
  } finally {
    await close()
  }
})
