import { describe, expect, test } from '@jest/globals'
import { modelOf } from '../../../lib/gemini/models/model.ts'
import { vendorFile } from '../contract.ts'

interface Listed {
  name: string
  outputTokenLimit: number
  maxTemperature?: number
  supportedGenerationMethods: string[]
}

const list = vendorFile('recorded/models-list.json')
const recorded: Listed[] = list ? (JSON.parse(list) as { models: Listed[] }).models : []
const answering = recorded.filter(({ supportedGenerationMethods: methods }) => methods.includes('generateContent'))

describe('what Google says of its models', () => {
  for (const { name, outputTokenLimit, maxTemperature } of answering) {
    test(name, () => {
      const model = modelOf(name)
      expect(model.maxOutputTokens).toBe(outputTokenLimit)
      if (maxTemperature !== undefined) expect(model.maxTemperature).toBe(maxTemperature)
      expect(`models/${model.id}`).toBe(name)
    })
  }

  test('models that embed are known by name', () => {
    for (const { name, supportedGenerationMethods: methods } of recorded) {
      expect([name, modelOf(name).makes === 'embedding']).toEqual([name, methods.includes('embedContent')])
    }
  })
})

describe('names', () => {
  test('a generation nobody knows yet can what the newest can', () => {
    const { id: _, ...newest } = modelOf('gemini-3.8-flash')
    for (const id of ['gemini-4-hydrogen', 'gemini-12.25-pro', 'gemini-flash-latest', 'something-else']) {
      expect(modelOf(id)).toEqual({ id, ...newest })
    }
  })

  test.each([
    ['gemini-2.5-flash-preview-05-20', 'gemini-2.5-flash'],
    ['gemini-2.5-pro-preview-03-25', 'gemini-2.5-pro'],
    ['gemini-2.5-flash-lite-preview-09-2025', 'gemini-2.5-flash-lite'],
    ['gemini-2.0-flash-001', 'gemini-2.0-flash'],
    ['gemini-2.0-flash-exp-0325', 'gemini-1.5-pro-002'],
    ['gemini-3-flash-preview', 'gemini-3.6-flash'],
    ['gemini-3.1-flash-lite-preview', 'gemini-3.5-flash-lite'],
    ['gemini-2.5-flash-preview-image', 'gemini-2.5-flash-image'],
    ['models/gemini-2.5-pro', 'GEMINI-2.5-PRO'],
  ])('%s is as %s', (a, b) => {
    expect({ ...modelOf(a), id: '' }).toEqual({ ...modelOf(b), id: '' })
  })

  test('a date with a 3 in it makes no third generation', () => {
    expect(modelOf('gemini-2.5-pro-preview-03-25').signsCalls).toBe(false)
    expect(modelOf('gemini-2.5-computer-use-preview-10-2025').signsCalls).toBe(false)
  })
})
