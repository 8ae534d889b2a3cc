// Plays generativelanguage.googleapis.com on loopback, for tests and for `npm start` without keys of one's own.
// On its own: node infra/launch.mjs infra/local/simulated-gemini/index.ts [PORT]
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import type { Options, SimulatedGemini } from './contract.ts'
import { CONTROL, control } from './control.ts'
import { queueFault, queueScripts } from './scripts.ts'
import { answer } from './server.ts'
import { makeWorld } from './world.ts'

export type * from './contract.ts'

/** Listens when the promise resolves. `close` ends open connections too. */
export const startSimulatedGemini = async (options: Options = {}): Promise<SimulatedGemini> => {
  const world = makeWorld(options)
  const { port = 0, host = '127.0.0.1' } = options
  const open = new Set<Socket>()
  const stale = new WeakSet<Socket>()

  const controls = {
    requests: world.requests,
    keys: {
      set: (key, state, model) => void world.keys.set(model === undefined ? key : `${key} ${model}`, state),
      assign: (key, project) => void world.projects.set(key, project),
    },
    script: (replies, when) => queueScripts(world, replies, when),
    fail: (fault, when) => queueFault(world, fault, when),
    pace: (pace) => void Object.assign(world.pace, pace),
    hangUp: () => {
      for (const socket of open) stale.add(socket)
    },
    reset: () => {
      for (const list of [world.requests, world.scripts, world.faults]) list.splice(0)
      world.keys.clear()
      for (const [key, state] of Object.entries(options.keys ?? {})) world.keys.set(key, state)
    },
  } satisfies Partial<SimulatedGemini>

  const server = createServer((request, response) => {
    if (stale.has(request.socket)) return void request.socket.resetAndDestroy()
    const path = request.url?.split('?')[0]
    const done = path === CONTROL ? controlled(controls, request, response) : answer(world, request, response)
    done.catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const { port: taken } = server.address() as AddressInfo
  world.origin = `http://${host}:${taken}`
  return {
    ...controls,
    origin: world.origin,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Controls = Parameters<typeof control>[0]

const controlled = async (
  controls: Controls,
  request: AsyncIterable<unknown> & { method?: string },
  response: ServerResponse,
): Promise<void> => {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(Buffer.from(piece as Uint8Array))
  try {
    const said = control(controls, request.method ?? 'GET', Buffer.concat(pieces).toString())
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: message }))
  }
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  const { origin } = await startSimulatedGemini({ port: Number(process.argv[2] ?? 0), pace: { chunkMs: 20 } })
  console.log(`Simulated Gemini: ${origin}`)
}
