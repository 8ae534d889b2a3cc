import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Model, modelOf } from '../../../lib/gemini/models/model.ts'
import { type Effort, type ThinkingWish, thinkingOf } from '../../../lib/gemini/models/thinking.ts'

const NAMES = [
  'gemini-2.5-pro',
  'gemini-2.5-flash',
  'gemini-2.5-flash-lite',
  'gemini-3-pro-preview',
  'gemini-3.1-pro-preview',
  'gemini-3-flash-preview',
  'gemini-3.8-flash',
  'gemini-3.1-flash-lite-image',
]
const EFFORTS: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']
const STRENGTHS = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']

const wishes = fc.record<ThinkingWish>(
  {
    effort: fc.constantFrom(...EFFORTS),
    budget: fc.oneof(fc.constant(-1), fc.constant(0), fc.integer({ min: 1, max: 200_000 })),
    show: fc.boolean(),
  },
  { requiredKeys: [] },
)

const strength = (wish: ThinkingWish, model: Model): number => {
  const config = thinkingOf(wish, model)
  return config?.thinkingBudget ?? STRENGTHS.indexOf(config?.thinkingLevel ?? '')
}

describe('thinking', () => {
  test('whatever is wished, the model takes it: level or budget, in its range', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), wishes, (name, wish) => {
        const { thinking } = modelOf(name)
        const config = thinkingOf(wish, modelOf(name)) ?? {}
        if (thinking.by === 'level') {
          expect(config.thinkingBudget).toBeUndefined()
          if (config.thinkingLevel) expect(thinking.levels).toContain(config.thinkingLevel)
        } else if (thinking.by === 'budget') {
          expect(config.thinkingLevel).toBeUndefined()
          const { thinkingBudget: budget = -1 } = config
          const inRange = budget >= thinking.least && budget <= thinking.most
          expect(inRange || budget === -1 || (budget === 0 && thinking.canBeOff)).toBe(true)
        }
      }),
    )
  })

  test.each(NAMES)('%s never thinks less for more effort or a larger budget', (name) => {
    const model = modelOf(name)
    const byEffort = EFFORTS.map((effort) => strength({ effort }, model))
    expect(byEffort).toEqual(byEffort.toSorted((a, b) => a - b))
    const byBudget = [1, 512, 513, 1024, 4000, 8192, 8193, 24_576, 99_999].map((budget) => strength({ budget }, model))
    expect(byBudget).toEqual(byBudget.toSorted((a, b) => a - b))
  })

  test('a level the model lacks becomes its neighbour, upward where two are as near', () => {
    expect(thinkingOf({ effort: 'medium' }, modelOf('gemini-3-pro-preview'))).toEqual({ thinkingLevel: 'HIGH' })
    expect(thinkingOf({ effort: 'minimal' }, modelOf('gemini-3-pro-preview'))).toEqual({ thinkingLevel: 'LOW' })
    expect(thinkingOf({ effort: 'low' }, modelOf('gemini-3.1-flash-lite-image'))).toEqual({ thinkingLevel: 'MINIMAL' })
  })

  // https://ai.google.dev/gemini-api/docs/thinking: the range of each model's budget
  test.each([
    ['gemini-2.5-pro', 128, 32_768],
    ['gemini-2.5-flash', 1, 24_576],
    ['gemini-2.5-flash-lite', 512, 24_576],
  ])('%s thinks for %i to %i tokens', (name, least, most) => {
    expect(thinkingOf({ budget: 1 }, modelOf(name))).toEqual({ thinkingBudget: least })
    expect(thinkingOf({ effort: 'max' }, modelOf(name))).toEqual({ thinkingBudget: most })
  })

  test('none is as little as the model can, unseen', () => {
    const none: ThinkingWish = { effort: 'none', show: true }
    expect(thinkingOf(none, modelOf('gemini-3.8-flash'))).toEqual({ includeThoughts: false, thinkingLevel: 'LOW' })
    expect(thinkingOf(none, modelOf('gemini-2.5-flash'))).toEqual({ includeThoughts: false, thinkingBudget: 0 })
    expect(thinkingOf(none, modelOf('gemini-2.5-pro'))).toEqual({ includeThoughts: false, thinkingBudget: 128 })
    expect(thinkingOf({ budget: 0 }, modelOf('gemini-3.8-flash'))).toEqual(
      thinkingOf(none, modelOf('gemini-3.8-flash')),
    )
  })

  test('dynamic is left to the model', () => {
    expect(thinkingOf({ budget: -1 }, modelOf('gemini-2.5-pro'))).toEqual({ thinkingBudget: -1 })
    expect(thinkingOf({ budget: -1, show: true }, modelOf('gemini-3.8-flash'))).toEqual({ includeThoughts: true })
    expect(thinkingOf({ budget: -1 }, modelOf('gemini-3.8-flash'))).toBeUndefined()
  })

  test('nothing is said where nothing is wished, or the model has no thinking to set', () => {
    expect(thinkingOf({}, modelOf('gemini-3.8-flash'))).toBeUndefined()
    expect(thinkingOf({}, modelOf('gemini-2.5-flash'))).toBeUndefined()
    for (const name of ['gemini-2.0-flash', 'gemini-2.5-flash-image', 'gemini-2.5-flash-preview-tts']) {
      expect(thinkingOf({ effort: 'high', budget: 5, show: true }, modelOf(name))).toBeUndefined()
    }
  })
})
