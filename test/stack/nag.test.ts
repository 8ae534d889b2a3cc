import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { type Acknowledgment, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { OPTIONS, synth } from './synth.ts'

const findings = (settings: Record<string, unknown>): string[] => {
  const { app, stack } = synth(settings)
  return [new AwsSolutionsChecks(app), new ServerlessChecks(app)].flatMap((pack) =>
    pack.validateScope(stack).violations.map(({ ruleName }) => ruleName),
  )
}

afterEach(() => {
  jest.restoreAllMocks()
})

describe.each(Object.entries(OPTIONS))('cdk-nag, rules for solutions and for serverless: %s', (_, settings) => {
  test('finds nothing unexplained', () => {
    expect(findings(settings)).toEqual([])
  })

  test('every explanation answers a finding, in a sentence', () => {
    const given: Acknowledgment[] = []
    jest.spyOn(Validations.prototype, 'acknowledge').mockImplementation((...rules) => {
      given.push(...rules)
    })
    expect([...new Set(findings(settings))].sort()).toEqual([...new Set(given.map(({ id }) => id))].sort())
    for (const { reason } of given) expect(reason).toMatch(/^[A-Z].{20,}\.$/)
  })
})
