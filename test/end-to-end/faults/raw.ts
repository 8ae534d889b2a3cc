// A request as no client library would send it.
import { connect } from 'node:net'
import { CLIENT_KEY } from './variants.ts'

export interface RawReply {
  status: number
  /** Head and body. */
  reply: string
}

/** A request as its bytes, to the letter: what `fetch` would put right arrives as it is. */
export const askRaw = async (
  gatewayUrl: string,
  target: string,
  headers: readonly string[],
  body: string,
): Promise<RawReply> => {
  const { host, hostname, port } = new URL(gatewayUrl)
  const head = [
    `POST ${target} HTTP/1.1`,
    ...(headers.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${host}`]),
    `x-goog-api-key: ${CLIENT_KEY}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...headers,
  ]
  const socket = connect(Number(port), hostname)
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  let reply = ''
  socket.on('data', (bytes: Buffer) => (reply += bytes.toString()))
  // Who refuses a head need not read it to its end
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(reply)?.[1]), reply }
}
