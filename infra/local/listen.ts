import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listening {
  /** `http://host:port` */
  origin: string
  port: number
  /** Ends with every connection gone. */
  close(): Promise<void>
}

/** Opens a server on a port of the loopback interface, if nothing else is said; port 0 is any that is free. */
export const listen = async (server: Server, port = 0, host = '127.0.0.1'): Promise<Listening> => {
  // Clients may keep a connection for as long as they like; closing idle ones would race with their next request.
  server.keepAliveTimeout = 0
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    origin: `http://${name}:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
