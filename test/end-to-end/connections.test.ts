// F14 and F15: connections to Google that are stale, and those that never come about.
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { cooldownsOf, logBook } from './faults/books.ts'
import { ask, CLIENT_KEY, nameOf, SAID, VARIANTS } from './faults/variants.ts'
import { refusal, refused } from './faults/words.ts'

const books = logBook()
const opened: { close(): Promise<unknown> }[] = []
afterAll(async () => {
  for (const { close } of opened.splice(0).toReversed()) await close()
})
const gatewayTo = async (geminiBaseUrl: string): Promise<Gateway> => {
  const gateway = await startGateway({
    geminiBaseUrl,
    geminiKeys: [{ key: 'canary-gemini-key', project: 'only' }],
    clientKeys: [CLIENT_KEY],
    log: books.take,
  })
  opened.push(gateway)
  return gateway
}

const isUnharmed = async (gateway: Gateway): Promise<void> => {
  expect(await cooldownsOf(gateway)).toEqual(new Set())
  expect(gateway.logs.filter(({ source }) => source === 'platform')).toEqual([])
}

test('F14 connections that Google closed while we slept cost no try, and no client hears of it', async () => {
  const gemini = await startSimulatedGemini({ pace: { chunkCharacters: 12 } })
  opened.push(gemini)
  const gateway = await gatewayTo(gemini.origin)
  const round = (name: string) =>
    Promise.all(
      VARIANTS.map(async (variant) => {
        const text = `${name} ${nameOf(variant)}!`
        gemini.script({ text: SAID }, { text })
        return await ask(gateway, variant, text)
      }),
    )
  const before = await round('first')
  gemini.hangUp()
  const after = await round('after')
  expect(after.map(({ status, text }) => [status, text])).toEqual(before.map(({ text }) => [200, text]))
  for (const { requestId } of after) {
    expect((await books.callsOf(requestId)).map(({ outcome }) => outcome)).toEqual(['complete'])
  }
  expect(gemini.requests).toHaveLength(2 * VARIANTS.length)
  await isUnharmed(gateway)
}, 30_000)

/** Each protocol's own words, after one more try on another connection. */
const eachIsTold = async (gateway: Gateway): Promise<void> => {
  await Promise.all(
    VARIANTS.map(async (variant) => {
      const answer = await ask(gateway, variant, 'anybody there?')
      const message = 'The model service could not be reached.'
      expect(refused(answer)).toEqual(refusal(variant.protocol, { kind: 'upstream', message }))
      const calls = await books.callsOf(answer.requestId)
      expect(calls.map(({ outcome }) => outcome)).toEqual(['network', 'network'])
    }),
  )
  await isUnharmed(gateway)
}

test('F15 a name that nobody has', async () => {
  await eachIsTold(await gatewayTo('https://gemini.invalid'))
}, 30_000)

describe('F15', () => {
  let server: Server
  let gateway: Gateway
  let meet: (socket: Socket) => void
  const sockets = new Set<Socket>()
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
      meet(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    gateway = await gatewayTo(`https://127.0.0.1:${port}`)
  }, 30_000)
  const shut = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }

  test.each<[string, (socket: Socket) => void]>([
    ['no TLS where there should be', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a connection that breaks at once', (socket) => void socket.resetAndDestroy()],
    ['a connection that takes more than three seconds', () => undefined],
  ])(
    '%s',
    async (_, how) => {
      // Of its calls an environment makes few a second time: new ones have made none
      await gateway.restart()
      meet = how
      await eachIsTold(gateway)
    },
    30_000,
  )

  test('a port where nobody listens', async () => {
    await gateway.restart()
    await shut()
    await eachIsTold(gateway)
  }, 30_000)
})
