// F25: replies that have no body to send still end at once, instead of hanging until Lambda ends them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { CLIENT_KEY, nameOf, requestOf, VARIANTS } from './faults/variants.ts'

const MODEL = 'gemini-3.6-flash'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ clientKeys: [CLIENT_KEY], shared: false })
}, 60_000)
afterAll(() => gateway.close())

interface Ended {
  status: number
  body: string
}

const ask = async (method: string, path: string, body?: object): Promise<Ended> => {
  const response = await fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${CLIENT_KEY}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.text() }
}

describe.each(VARIANTS)('F25 $protocol, streamed: $stream', (variant) => {
  const [path, body] = requestOf(variant, `bodiless ${nameOf(variant)}`, MODEL)

  test('a preflight', async () => {
    expect(await ask('OPTIONS', path)).toEqual({ status: 204, body: '' })
  })

  test('a path that is asked with HEAD', async () => {
    expect(await ask('HEAD', path)).toEqual({ status: variant.protocol === 'native' ? 404 : 405, body: '' })
  })

  test('an answer of Google’s that has no body, wherever we try', async () => {
    gateway.simulated.fail({ fault: 'empty-body' }, { times: 3 })
    const { status, body: told } = await ask('POST', path, body)
    expect([status, JSON.parse(told)]).toEqual([502, expect.objectContaining({ error: expect.anything() })])
  })
})

test.each([
  ['HEAD', '/health', 200, ''],
  ['HEAD', '/v1/models', 405, ''],
  ['DELETE', '/v1beta/files/none', 404, undefined],
] as const)('F25 %s %s', async (method, path, status, body) => {
  expect(await ask(method, path)).toEqual({ status, body: body ?? expect.stringContaining('error') })
})

test('F25 an empty 200 to a native call of any kind is no answer', async () => {
  gateway.simulated.fail({ fault: 'empty-body' }, { times: 5 })
  const { status, body } = await ask('GET', `/v1beta/models/${MODEL}`)
  expect([status, JSON.parse(body)]).toMatchObject([502, { error: { status: 'INTERNAL' } }])
  expect(gateway.logs.filter(({ source }) => source === 'platform')).toEqual([])
})
