import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { DOCUMENTED_CALLS } from './calls.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

test('there are nineteen', () => {
  expect(DOCUMENTED_CALLS).toHaveLength(19)
})

describe.each(['urls', 'api'] as const)('through %s', (frontDoor) => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({ frontDoor })
  }, 60_000)
  afterAll(() => gateway.close())

  test.each(DOCUMENTED_CALLS.map((call) => [call.name, call] as const))(
    '%s',
    async (_, { path, headers, body, check }) => {
      const response = await fetch(gateway.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
      const text = await response.text()
      expect(`${response.status} ${text.slice(0, 300)}`).toMatch(/^200 /)
      expect(response.headers.get('x-request-id')).toBeTruthy()
      check({ status: response.status, type: response.headers.get('content-type') ?? '', text })
    },
  )

  test('nothing was logged that a person should see to', () => {
    expect(gateway.logs.filter(({ text }) => /"level":"(?:warn|error)"/.test(text))).toEqual([])
  })
})
