import type { Gateway } from './gateway.ts'
import { turnCollector } from './gemini/reply/collector.ts'
import { isCarried } from './gemini/request/signatures.ts'
import type { Turn, TurnEvent } from './gemini/turn.ts'
import type { AdmittedRequest } from './http/exchange.ts'
import type { Asked, Closing, Memory, Protocol, Stamp } from './protocol.ts'

/** Notes a turn as it passes, and keeps of it what later requests will need before its last event goes out. */
export interface Keeper {
  note(event: TurnEvent): void
  /** The turn is over. A promise only if there is something to write; it never fails, and outlives the client's connection. */
  close(): Closing | Promise<Closing>
  /** The whole turn, where it was to be collected. */
  turn(): Turn
}

/** One reply in the making. */
export interface Making<Body extends Asked> {
  protocol: Protocol<Body>
  memory: Memory<Body> | undefined
  body: Body
  stamp: Stamp
  /** The choice of project, for the turns that follow. */
  affinity: string
}

/** Characters of one turn. What is longer, pictures mostly, would never fit into what is kept: it isn't even collected. */
const LONGEST = 4 * 1024 * 1024

export const keeperOf = <Body extends Asked>(
  { protocol, memory, body, stamp, affinity }: Making<Body>,
  request: AdmittedRequest,
  gateway: Gateway,
): Keeper => {
  const client = request.client.name
  let remembered = memory?.keeps(body) ? memory : undefined
  let collector = remembered || !body.stream ? turnCollector() : undefined
  let length = 0
  const forgetful = protocol.forgetsSignatures(body)
  const signatures = new Map<string, string>()

  const turn = (): Turn => {
    if (!collector) throw new Error('the turn was not collected')
    return collector.turn()
  }
  const lost = (message: string) => (error: unknown) => {
    gateway.log({ level: 'warn', message, requestId: request.id, error })
    return false
  }

  return {
    turn,
    note(event) {
      if (remembered && event.type === 'delta') {
        length += event.literal.length
        if (length > LONGEST) remembered = undefined
        if (length > LONGEST && body.stream) collector = undefined
      }
      collector?.write(event)
      if (forgetful && event.type === 'close' && event.block.kind === 'call' && isCarried(event.signature)) {
        signatures.set(event.block.id, event.signature)
      }
    },
    close() {
      const completed = Math.floor(gateway.clock() / 1000)
      const remember = async ({ keep }: Memory<Body>): Promise<boolean> =>
        keep({ body, stamp, closing: { completed, stored: true }, turn: turn(), affinity }, client)
      const stored = remembered && remember(remembered).catch(lost('A turn could not be kept; its reply says so.'))
      const signed =
        signatures.size > 0
          ? gateway.signatures.write(client, signatures).catch(lost('Signatures could not be kept.'))
          : undefined
      if (!stored && !signed) return { completed, stored: false }
      const work = Promise.all([stored ?? false, signed]).then(([kept]) => ({ completed, stored: kept }))
      request.after(work)
      return work
    },
  }
}
