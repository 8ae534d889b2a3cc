// The way to Google and what can break on it, with real sockets.
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { asGatewayError } from '../../../lib/errors.ts'
import { faultOf } from '../../../lib/gemini/errors.ts'
import { nodeSend, type Outgoing } from '../../../lib/gemini/upstream/send.ts'

const CALL: Outgoing = { method: 'POST', path: '/v1beta/x', headers: {}, body: '{}', patience: 5_000 }

const servers: { close(): unknown }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})
const portOf = async (server: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const faultFrom = async (origin: string, call = CALL): Promise<string> =>
  await nodeSend(origin)(call).then(
    ({ statusCode }) => `answered ${statusCode}`,
    (thrown: unknown) => faultOf(asGatewayError(thrown)).class,
  )

test('F15 a port where nobody listens', async () => {
  const server = createTcpServer()
  const port = await portOf(server)
  await new Promise((resolve) => server.close(resolve))
  expect(await faultFrom(`http://127.0.0.1:${port}`)).toBe('network')
})

test('F15 a name that nobody has', async () => {
  expect(await faultFrom('https://gemini.invalid')).toBe('network')
})

test('F15 no TLS where there should be', async () => {
  const port = await portOf(createServer((_, response) => void response.end()))
  expect(await faultFrom(`https://127.0.0.1:${port}`)).toBe('network')
})

test('no answer within the patience is a deadline, and nothing to try again', async () => {
  const sockets: Socket[] = []
  const port = await portOf(createTcpServer((socket) => void sockets.push(socket)))
  expect(await faultFrom(`http://127.0.0.1:${port}`, { ...CALL, patience: 50 })).toBe('deadline')
  expect(sockets).toHaveLength(1)
  for (const socket of sockets) socket.destroy()
})

test('F16 a redirect is an answer like any other: it is not followed', async () => {
  let asked = 0
  const port = await portOf(
    createServer((request, response) => {
      asked++
      response.writeHead(307, { location: `http://${request.headers.host}/elsewhere` }).end()
    }),
  )
  expect(await faultFrom(`http://127.0.0.1:${port}`)).toBe('answered 307')
  expect(asked).toBe(1)
})

test('F14 sockets that were closed while we were frozen cost one more connection, and no request', async () => {
  let [connections, stale, frozen] = [0, 0, false]
  const server = createTcpServer((socket) => {
    const fresh = !frozen
    connections++
    socket.on('error', () => undefined)
    socket.on('data', () => {
      // After the thaw, those from before break as soon as they are written to
      if (fresh && frozen) {
        stale++
        socket.resetAndDestroy()
      } else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
    servers.push({ close: () => socket.destroy() })
  })
  const send = nodeSend(`http://127.0.0.1:${await portOf(server)}`)
  const ask = async (): Promise<string> => {
    const response = await send(CALL)
    return (await response.toArray()).join('')
  }
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['ok', 'ok', 'ok'])
  expect(connections).toBe(3)
  frozen = true
  expect(await ask()).toBe('ok')
  expect(await ask()).toBe('ok')
  // The other two of before are not met one by one
  expect(stale).toBe(1)
})

/** A server that answers once, and then breaks each connection so many milliseconds after a request; the new ones it leaves waiting. */
const breakingAfter = async (
  milliseconds: number,
): Promise<{ ask(patience: number): Promise<string>; asked(): number }> => {
  let [asked, connections] = [0, 0]
  const server = createTcpServer((socket) => {
    const isFirst = ++connections === 1
    let answered = false
    socket.on('error', () => undefined)
    socket.on('data', () => {
      asked++
      if (isFirst && answered) setTimeout(() => socket.resetAndDestroy(), milliseconds)
      else if (isFirst) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      answered = true
    })
    servers.push({ close: () => socket.destroy() })
  })
  const send = nodeSend(`http://127.0.0.1:${await portOf(server)}`)
  const ask = (patience: number): Promise<string> =>
    send({ ...CALL, patience }).then(
      async (response) => (await response.toArray()).join(''),
      (thrown: unknown) => faultOf(asGatewayError(thrown)).class,
    )
  expect(await ask(1_000)).toBe('ok')
  return { ask, asked: () => asked - 1 }
}

test('who goes out again on a new connection waits no longer in all', async () => {
  const { ask, asked } = await breakingAfter(300)
  const begun = performance.now()
  expect([await ask(500), asked()]).toEqual(['deadline', 2])
  expect(performance.now() - begun).toBeLessThan(750)
})

test('a connection that breaks long after it was written to was not closed before', async () => {
  const { ask, asked } = await breakingAfter(3_200)
  expect([await ask(5_000), asked()]).toEqual(['network', 1])
}, 10_000)
