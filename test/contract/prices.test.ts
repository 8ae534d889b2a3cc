import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MODELS } from '../../infra/local/simulated-gemini/models.ts'
import { costOf, type PricedCall, type PricedUsage } from '../../lib/contract/prices.ts'

const IN_2026 = Date.UTC(2026, 10, 23)
type Made = Pick<PricedCall, 'images' | 'seconds' | 'searches'>
const cost = (model: string, usage: PricedUsage, more: Made = {}, at = IN_2026) =>
  costOf({ model, modelVersion: '', usage, ...more }, at)
const tokens = (promptTokenCount: number, candidatesTokenCount = 0) => ({ promptTokenCount, candidatesTokenCount })

describe('by hand, in millionths of a dollar', () => {
  test.each([
    ['text', 'gemini-2.5-flash', tokens(1000, 100), 300 + 250],
    ['thoughts are output', 'gemini-2.5-pro', { ...tokens(1000, 100), thoughtsTokenCount: 400 }, 1250 + 5000],
    ['cached input is cheaper', 'gemini-3-flash-preview', { ...tokens(1000), cachedContentTokenCount: 800 }, 100 + 40],
    ['what tools put in is input', 'gemini-2.5-flash', { ...tokens(0), toolUsePromptTokenCount: 1000 }, 300],
    ['200,000 are short', 'gemini-3.1-pro-preview', tokens(200_000, 1000), 400_000 + 12_000],
    ['one more is long', 'gemini-3.1-pro-preview', tokens(200_001, 1000), 800_004 + 18_000],
    [
      'sound is dearer, and cached sound a tenth of it',
      'gemini-2.5-flash',
      {
        ...tokens(3000),
        cachedContentTokenCount: 1000,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 1000 },
          { modality: 'AUDIO', tokenCount: 2000 },
        ],
        cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 1000 }],
      },
      300 + 1000 + 100,
    ],
    [
      'pictures beside text',
      'gemini-3-pro-image-preview',
      { ...tokens(100, 1220), candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }] },
      200 + 1200 + 134_400,
    ],
    ['flex is half', 'gemini-2.5-flash', { ...tokens(1000, 100), serviceTier: 'flex' }, 275],
    ['priority is dearer', 'gemini-2.5-flash', { ...tokens(1000, 100), serviceTier: 'PRIORITY' }, 990],
    ['half a micro-dollar is rounded', 'gemini-2.5-flash-lite', tokens(5), 1],
  ] as const)('%s', (_, model, usage, micro) => {
    expect(cost(model, usage as PricedUsage)).toMatchObject({ microUsd: micro })
    expect(cost(model, usage as PricedUsage).assumed).toBeUndefined()
  })

  test('pictures whose tokens nobody told apart, searches, and pictures by the piece', () => {
    expect(cost('gemini-2.5-flash-image', tokens(0, 1290), { images: 1 }).microUsd).toBe(38_700)
    expect(cost('gemini-2.5-flash', tokens(0), { searches: 3 }).microUsd).toBe(35_000)
    expect(cost('gemini-3-flash-preview', tokens(0), { searches: 3 }).microUsd).toBe(42_000)
    expect(cost('imagen-4.0-generate-001', {}, { images: 3 }).microUsd).toBe(120_000)
    expect(cost('veo-3.1-generate-preview', {}).microUsd).toBe(3_200_000)
    expect(cost('veo-3.1-generate-preview', {}, { seconds: 4 }).microUsd).toBe(1_600_000)
    expect(cost('gemini-2.5-flash-preview-tts', {}, { seconds: 4 }).microUsd).toBe(0)
  })
})

test('a price holds from its day on', () => {
  const on = (...day: [number, number, number]) => cost('gemini-3.7-flash', tokens(1000), {}, Date.UTC(...day))
  expect(on(2026, 11, 31)).toEqual({ microUsd: 750, since: '2026-07-01' })
  expect(on(2027, 0, 1)).toEqual({ microUsd: 1500, since: '2027-01-01' })
  expect(on(2020, 0, 1).microUsd).toBe(750)
})

describe('names', () => {
  test('the answering model counts, not the name that was asked for', () => {
    const call = { model: 'gemini-flash-latest', modelVersion: 'gemini-2.5-flash-lite', usage: tokens(1000) }
    expect(costOf(call, IN_2026)).toEqual({ microUsd: 100, since: '2025-07-22' })
  })

  test.each([
    ['gemini-2.5-flash-preview-09-2025', 300, undefined],
    ['gemini-2.5-flash-lite-001', 100, undefined],
    ['gemini-9-flash', 1500, 'gemini-3.5-flash'],
    ['gemini-2.5-flash-native-audio', 1500, 'gemini-3.5-flash'],
    ['gemini-9-flash-lite-preview', 300, 'gemini-3.5-flash-lite'],
    ['gemini-9-pro', 2000, 'gemini-3.1-pro'],
    ['gemini-embedding-9', 200, 'gemini-embedding-2'],
    ['gemma-4-31b-it', 0, undefined],
    ['gemma-5-large', 2000, 'gemini-3.1-pro'],
    ['constructor', 2000, 'gemini-3.1-pro'],
  ])('%s', (name, micro, assumed) => {
    const { microUsd, assumed: standIn } = cost(name, tokens(1000))
    expect({ microUsd, standIn }).toEqual({ microUsd: micro, standIn: assumed })
  })

  test('every model that Gemini lists has a price or a stand-in; no text model of 2.5 or later needs one', () => {
    const assumed = MODELS.filter(({ id }) => cost(id, tokens(1_000_000)).assumed !== undefined).map(({ id }) => id)
    for (const { id } of MODELS.filter(({ id }) => !id.startsWith('gemma-')))
      expect(cost(id, tokens(1_000_000)).microUsd).toBeGreaterThan(0)
    expect(assumed.filter((id) => /^gemini-[\d.]+-(?:flash|flash-lite|pro)(?:-preview)?$/.test(id))).toEqual([])
  })
})

test('whatever a model is called, tokens are never free, and more of them never cost less', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(2_000_000), fc.nat(100_000), fc.nat(1000), (name, input, output, more) => {
      const { microUsd } = cost(name, tokens(input, output))
      expect(Number.isInteger(microUsd)).toBe(true)
      expect(microUsd).toBeGreaterThanOrEqual(input + output >= 10 ? 1 : 0)
      expect(cost(name, tokens(input + more, output + more)).microUsd).toBeGreaterThanOrEqual(microUsd)
    }),
  )
})
