import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { modelOf } from '../../../lib/gemini/models/model.ts'
import { generationOf, jsonInstruction, type Wishes } from '../../../lib/gemini/request/generation.ts'
import { faultsOf } from '../contract.ts'

const NEWEST = modelOf('gemini-3.8-flash')
const FLASH_2_5 = modelOf('gemini-2.5-flash')
const FLASH_2_0 = modelOf('gemini-2.0-flash')
const IMAGE = modelOf('gemini-3.1-flash-image')
const SPEECH = modelOf('gemini-2.5-flash-preview-tts')

const number = fc.option(fc.double({ noDefaultInfinity: true }), { nil: null })
const wishes = fc.record<Wishes>(
  {
    maxTokens: number,
    temperature: number,
    topP: number,
    topK: number,
    stop: fc.option(fc.array(fc.string()), { nil: null }),
    seed: number,
    presencePenalty: fc.option(fc.double({ min: -2, max: 2, noNaN: true }), { nil: null }),
    frequencyPenalty: fc.option(fc.double({ min: -2, max: 2, noNaN: true }), { nil: null }),
    candidates: number,
    logprobs: number,
    json: fc.option(fc.record({ schema: fc.option(fc.constant({ type: 'object' }), { nil: undefined }) }), {
      nil: undefined,
    }),
    modalities: fc.option(fc.array(fc.constantFrom('TEXT' as const, 'IMAGE' as const, 'AUDIO' as const)), {
      nil: undefined,
    }),
    thinking: fc.option(fc.record({ effort: fc.constantFrom('none' as const, 'high' as const) }), { nil: undefined }),
  },
  { requiredKeys: [] },
)

describe('generation config', () => {
  test('whatever is wished, Google has nothing against the form, and every value is in its range', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(NEWEST, FLASH_2_5, FLASH_2_0, IMAGE, SPEECH),
        wishes,
        fc.boolean(),
        (model, wish, hasFunctions) => {
          const config = generationOf(wish, model, hasFunctions)
          expect(faultsOf('GenerationConfig', JSON.parse(JSON.stringify(config)))).toEqual([])
          expect(Object.values(config)).not.toContain(undefined)
          expect(Object.values(config)).not.toContain(null)
          expect(config.stopSequences?.length ?? 1).toBeGreaterThan(0)
          expect(config.stopSequences?.length ?? 1).toBeLessThanOrEqual(5)
          expect(config.stopSequences ?? []).not.toContain('')
          expect(config.maxOutputTokens ?? 1).toBeGreaterThanOrEqual(1)
          expect(config.maxOutputTokens ?? 1).toBeLessThanOrEqual(model.maxOutputTokens)
          expect(config.temperature ?? 0).toBeGreaterThanOrEqual(0)
          expect(config.temperature ?? 0).toBeLessThanOrEqual(model.maxTemperature)
          expect(Math.abs(config.seed ?? 0)).toBeLessThanOrEqual(2 ** 31)
          expect(config.logprobs === undefined || config.responseLogprobs).toBe(true)
        },
      ),
    )
  })

  test('0 is a wish; null is none', () => {
    expect(generationOf({ temperature: 0, seed: 0, topP: null, maxTokens: null }, NEWEST, false)).toEqual({
      temperature: 0,
      seed: 0,
    })
  })

  test('a choice among no tokens is none', () => {
    for (const topK of [0, -1, 0.5]) expect(generationOf({ topK }, NEWEST, false)).toEqual({})
    expect(generationOf({ topK: 1e12 }, NEWEST, false)).toEqual({ topK: 2 ** 31 - 1 })
  })

  test('penalties and candidates go only to models that take them', () => {
    const wish: Wishes = { presencePenalty: 0.5, frequencyPenalty: 0.5, candidates: 3 }
    expect(generationOf(wish, FLASH_2_0, false)).toEqual({
      presencePenalty: 0.5,
      frequencyPenalty: 0.5,
      candidateCount: 3,
    })
    expect(generationOf(wish, FLASH_2_5, false)).toEqual({ candidateCount: 3 })
    expect(generationOf(wish, NEWEST, false)).toEqual({})
  })

  test('0 logprobs asks for the chosen tokens alone', () => {
    expect(generationOf({ logprobs: 0 }, NEWEST, false)).toEqual({ responseLogprobs: true })
    expect(generationOf({ logprobs: 99 }, NEWEST, false)).toEqual({ responseLogprobs: true, logprobs: 20 })
  })

  test('JSON mode gives way to functions before Gemini 3, and is said in words', () => {
    const wish: Wishes = { json: { schema: { type: 'object', properties: { a: { const: 'x' } } } } }
    expect(generationOf(wish, NEWEST, true).responseMimeType).toBe('application/json')
    expect(jsonInstruction(wish, NEWEST, true)).toBeUndefined()
    expect(generationOf(wish, FLASH_2_5, false).responseMimeType).toBe('application/json')
    expect(generationOf(wish, FLASH_2_5, true)).toEqual({})
    expect(jsonInstruction(wish, FLASH_2_5, true)).toContain('"const":"x"')
  })

  test('a model that speaks is asked to; one that draws keeps what was asked of it', () => {
    expect(generationOf({ modalities: ['TEXT'] }, SPEECH, false).responseModalities).toEqual(['AUDIO'])
    const drawn: Wishes = { modalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '16:9' }, json: {} }
    expect(generationOf(drawn, IMAGE, false)).toEqual({
      responseModalities: ['TEXT', 'IMAGE'],
      imageConfig: { aspectRatio: '16:9' },
    })
    expect(generationOf(drawn, NEWEST, false)).toEqual({ responseMimeType: 'application/json' })
  })
})
