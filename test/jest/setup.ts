// middy calls `awslambda.streamifyResponse` when a handler is built, so the runtime's global must be there first.
import type { Writable } from 'node:stream'
import { runInThisContext } from 'node:vm'

const runtime = {
  streamifyResponse: <T>(handler: T): T => handler,
  HttpResponseStream: {
    from: (stream: Writable & { prelude?: unknown }, prelude: unknown): Writable => Object.assign(stream, { prelude }),
  },
}
Object.assign(globalThis, { awslambda: runtime })

// Google's SDK sends through Node's own dispatcher of fetch, which lies outside of Jest's sandbox until someone asks for it.
const dispatcher = Symbol.for('undici.globalDispatcher.1')
Object.defineProperty(globalThis, dispatcher, {
  configurable: true,
  get: (): unknown => runInThisContext('new Headers(), globalThis[Symbol.for("undici.globalDispatcher.1")]'),
})
