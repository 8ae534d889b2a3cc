// One HTTP request: read, logged, let in or not, answered, delivered.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Arrival } from './contract.ts'
import { deliver } from './deliver.ts'
import { GoogleError } from './errors.ts'
import type { Exchange, Reply } from './exchange.ts'
import { type Delivery, sound, spoiled } from './faults.ts'
import { admit, credentialsOf, projectOf } from './keys.ts'
import { modelIn, route } from './routes.ts'
import { takeFault } from './scripts.ts'
import type { World } from './world.ts'

const MOST_LOGGED = 5000
// Of all bodies in the log together; the oldest go first.
const MOST_LOGGED_BYTES = 2 ** 28

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(Buffer.from(piece as Uint8Array))
  return Buffer.concat(pieces)
}

export const answer = async (world: World, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = await readAll(request)
  const arrival = arrivalOf(world, request, body)
  world.requests.push(arrival)
  forget(world.requests)
  const delivery = await deliveryOf(world, arrival, body)
  arrival.status = delivery.reply.status
  if (!(await deliver(world, response, delivery))) arrival.cut = true
}

const forget = (log: Arrival[]): void => {
  if (log.length > MOST_LOGGED) log.splice(0, MOST_LOGGED / 5)
  let bytes = log.reduce((sum, arrival) => sum + arrival.bytes, 0)
  while (bytes > MOST_LOGGED_BYTES && log.length > 1) bytes -= log.shift()?.bytes ?? 0
}

const arrivalOf = (world: World, request: IncomingMessage, body: Buffer): Arrival => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulated')
  const path = decodeURIComponent(pathname)
  const query = Object.fromEntries(searchParams)
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
  const { key, credentials } = credentialsOf(headers, query)
  const model = modelIn(path)
  return {
    at: world.now(),
    method: request.method ?? 'GET',
    path,
    query,
    headers,
    body: parsed(body, headers['content-type']),
    bytes: body.length,
    credentials,
    ...(key !== undefined && { key, project: projectOf(world, key) }),
    ...(model !== undefined && { model }),
  }
}

const parsed = (body: Buffer, type = ''): unknown => {
  if (body.length === 0) return undefined
  if (!type.includes('json') && type !== '') return body
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    // The log keeps what came; the handler says what is wrong with it.
    return body
  }
}

const refused = (error: unknown): Reply => {
  if (error instanceof GoogleError) return { as: 'json', status: error.code, body: error.body }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    as: 'json',
    status: 500,
    body: { error: { code: 500, message: `simulator: ${message}`, status: 'INTERNAL' } },
  }
}

const deliveryOf = async (world: World, arrival: Arrival, body: Buffer): Promise<Delivery> => {
  try {
    const project = admit(world, arrival)
    const { handler, version, params, pure } = route(arrival.method, arrival.path)
    const exchange: Exchange = { world, arrival, project, version, params, body }
    // Only a sound request meets a fault: what is wrong with one must show.
    const early = pure ? undefined : takeFault(world, arrival)
    if (early) return spoiled(exchange, { as: 'json', status: 200, body: {} }, early)
    const reply = await handler(exchange)
    const fault = pure ? takeFault(world, arrival) : undefined
    return fault ? spoiled(exchange, reply, fault) : sound(reply)
  } catch (error) {
    return sound(refused(error))
  }
}
