import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { type Acknowledgment, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { synth } from './synth.ts'

const findings = (): string[] => {
  const { app, stack } = synth()
  return [new AwsSolutionsChecks(app), new ServerlessChecks(app)].flatMap((pack) =>
    pack.validateScope(stack).violations.map(({ ruleName }) => ruleName),
  )
}

afterEach(() => {
  jest.restoreAllMocks()
})

describe('cdk-nag, rules for solutions and for serverless', () => {
  test('finds nothing unexplained', () => {
    expect(findings()).toEqual([])
  })

  test('every explanation answers a finding, in a sentence', () => {
    const given: Acknowledgment[] = []
    jest.spyOn(Validations.prototype, 'acknowledge').mockImplementation((...rules) => {
      given.push(...rules)
    })
    expect([...new Set(findings())].sort()).toEqual([...new Set(given.map(({ id }) => id))].sort())
    for (const { reason } of given) expect(reason).toMatch(/^[A-Z].{20,}\.$/)
  })
})
