// What an operator's settings change, seen by clients of every family and by Gemini.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { asked, PROTOCOLS, post } from './families.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ settings: { streamTimeout: 6 } })
}, 60_000)
afterAll(() => gateway.close())
beforeEach(() => gateway.simulated.reset())

describe('a stream that takes longer than it may', () => {
  const ENDS: Record<(typeof PROTOCOLS)[number], RegExp> = {
    chat: /\ndata: \{"error":\{"message":"[^"]*longer than this gateway may run/,
    responses: /\nevent: response\.failed\ndata: .*longer than this gateway may run/,
    messages: /\nevent: error\ndata: .*longer than this gateway may run/,
    gemini: /\{\s*"error":[^]*longer than this gateway may run/,
  }
  test('is ended in the words of its protocol', async () => {
    gateway.simulated.fail({ fault: 'silence', after: 1 }, { times: PROTOCOLS.length })
    const ended = PROTOCOLS.map(async (protocol) => [protocol, await post(gateway, ...asked(protocol, true))] as const)
    for (const [protocol, { status, text }] of await Promise.all(ended)) {
      expect({ protocol, status }).toEqual({ protocol, status: 200 })
      expect(text).toMatch(ENDS[protocol])
    }
  })
})
