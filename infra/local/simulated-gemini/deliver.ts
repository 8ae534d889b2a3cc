// Writes a reply, at its pace, and watches for the client that goes away.
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from './faults.ts'
import type { World } from './world.ts'

const HEADERS = { server: 'scaffolding on HTTPServer2', vary: 'Origin', 'x-content-type-options': 'nosniff' }

/** True when the client took everything that was meant for it. */
export const deliver = async (world: World, response: ServerResponse, delivery: Delivery): Promise<boolean> => {
  const { reply, finally: ending, early, bytesPerSecond } = delivery
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const wait = async (ms: number): Promise<void> => {
    if (ms > 0) await sleep(ms, undefined, { signal: gone.signal }).catch(() => undefined)
  }
  await wait(world.pace.firstByteMs)
  if (!early) {
    response.writeHead(reply.status, { ...HEADERS, ...reply.headers })
    response.flushHeaders()
    for (const [index, { bytes }] of reply.pieces.entries()) {
      if (gone.signal.aborted) return false
      if (index > 0) await wait(reply.delayMs ?? world.pace.chunkMs)
      for (const slice of bytesPerSecond === undefined ? [bytes] : bytesOf(bytes)) {
        if (!response.write(slice)) await drained(response, gone.signal)
        if (bytesPerSecond !== undefined) await wait(1000 / bytesPerSecond)
      }
    }
  }
  return close(response, ending, gone.signal, wait)
}

const close = async (
  response: ServerResponse,
  ending: Delivery['finally'],
  gone: AbortSignal,
  wait: (ms: number) => Promise<void>,
): Promise<boolean> => {
  if (ending === 'reset') {
    // What was written shall leave before the reset does.
    await wait(5)
    response.socket?.resetAndDestroy()
    return true
  }
  if (ending !== 'end') {
    if (ending.silentMs === undefined) await aborted(gone)
    else await wait(ending.silentMs)
  }
  const left = gone.aborted
  response.end()
  return !left
}

const aborted = async (gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (gone.aborted) resolve()
    else gone.addEventListener('abort', () => resolve(), { once: true })
  })

const bytesOf = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))

const drained = async (response: ServerResponse, gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (gone.aborted) return resolve()
    response.once('drain', resolve)
    gone.addEventListener('abort', () => resolve(), { once: true })
  })
